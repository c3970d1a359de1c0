//! What is installed: the prefix of a conda environment, of any platform, read into an [`Installed`] and written as an
//! environment file.
//!
//! Sources: `conda/core/prefix_data.py` and `conda/history.py` of <https://github.com/conda/conda> for `conda-meta`, and
//! "Recording installed projects" of packaging.python.org (PEP 376, 610 and 627) for what pip leaves behind.
//!
//! The prefix may be anybody's. What can't be read in it is a note that names the file; nothing in it is run or written.

mod channels;
mod direct_url;
mod error;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod history;
mod metadata;
mod pip;
mod records;
#[cfg(test)]
mod tests;
mod text;
mod variables;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    io,
    path::{Path, PathBuf},
};

use rattler_conda_types::{PackageName, Subdir};

pub(crate) use error::PrefixError;
pub(crate) use text::environment_file;

use self::records::CondaPackage;
use crate::words::{count, one_line, path_in_words};

/// The directory of a prefix in which conda keeps what it knows of it.
pub(crate) const META: &str = "conda-meta";

/// What is installed in a prefix.
#[derive(Clone, Debug)]
pub(crate) struct Installed {
    /// What the environment is called.
    pub name: String,
    /// The platform of its packages; `None` where all of them are for every platform.
    pub platform: Option<Subdir>,
    /// The channels that the packages came from, without credentials: the one of most packages first.
    pub channels: Vec<String>,
    /// The conda packages: by name, version and build string.
    pub packages: BTreeMap<PackageName, (String, String)>,
    /// Those of them that were asked for; `None` where that isn't known.
    pub requested: Option<BTreeSet<PackageName>>,
    /// What pip installed, in order of the names.
    pub pip: Vec<PipInstalled>,
    /// The variables that are set when it is activated, without secrets.
    pub variables: BTreeMap<String, String>,
    /// What there is to say of it: sentences without a full stop.
    pub notes: Vec<String>,
}

/// A package that pip installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PipInstalled {
    /// The requirement that installs it again: `requests==2.31.0`, `a @ git+https://host/a@COMMIT`.
    pub requirement: String,
    /// Whether somebody asked for it; else another one needs it.
    pub requested: bool,
}

/// Whether a directory is a conda environment.
#[must_use]
pub(crate) fn is_prefix(directory: &Path) -> bool {
    directory.join(META).is_dir()
}

/// Reads what is installed in a prefix; `name` is what the environment is called.
///
/// # Errors
///
/// Where it is no conda environment, or none of its records can be read.
pub(crate) fn read(prefix: &Path, name: &str) -> Result<Installed, PrefixError> {
    if !is_prefix(prefix) {
        return Err(PrefixError::not_conda(prefix));
    }
    let mut notes = Vec::new();
    let mut records = records::read(prefix, &mut notes)?;
    let platform = records::platform(&records);
    let site = pip::site_packages(&records, platform);
    let pip = match &site {
        Some(site) => pip::read(prefix, site, &mut records, &mut notes),
        None => Vec::new(),
    };
    let (requested, how) = requested(prefix, &records, &mut notes);
    let channels = channels::of(&records, &mut notes);
    let variables = variables::read(prefix, &mut notes);
    let platform_words = platform.map(|it| format!(" ({it})")).unwrap_or_default();
    notes.insert(
        0,
        format!(
            "read from {}{platform_words}: {} of conda, {} of pip; {how}",
            path_in_words(prefix),
            count(records.len(), "package"),
            pip.len(),
        ),
    );
    let packages = records.into_iter().map(|it| (it.name, (it.version, it.build))).collect();
    Ok(Installed { name: one_line(name), platform, channels, packages, requested, pip, variables, notes })
}

/// The packages that were asked for, and how that is known.
///
/// An environment that was made from an export or a lock asks for everything in it, which tells nothing.
fn requested(
    prefix: &Path,
    records: &[CondaPackage],
    notes: &mut Vec<String>,
) -> (Option<BTreeSet<PackageName>>, String) {
    let mut asked = history::read(&meta(prefix, "history"), notes);
    asked.extend(records.iter().filter(|it| it.is_requested).map(|it| it.name.clone()));
    asked.retain(|name| records.iter().any(|it| it.name == *name));
    let guessed = "what no other package needs counts as asked for";
    if asked.is_empty() {
        return (None, format!("nothing tells which were asked for, so {guessed}"));
    }
    if records.len() > 1 && asked.len() * 10 >= records.len() * 9 {
        return (None, format!("nearly all were asked for by name, as from an export, so {guessed}"));
    }
    let verb = if asked.len() == 1 { "was" } else { "were" };
    let how = format!("{} {verb} asked for", asked.len());
    (Some(asked), how)
}

/// What was read; nothing where nothing is there, or where it can't be read, which is noted.
fn or_noted<T: Default>(read: io::Result<T>, path: &Path, notes: &mut Vec<String>) -> T {
    read.unwrap_or_else(|error| {
        if error.kind() != io::ErrorKind::NotFound {
            notes.push(passed_over(path, error));
        }
        T::default()
    })
}

/// The note on what isn't read, and why.
fn passed_over(path: &Path, why: impl Display) -> String {
    one_line(&format!("{} is passed over: {why}", path_in_words(path)))
}

fn meta(prefix: &Path, file: &str) -> PathBuf {
    prefix.join(META).join(file)
}
