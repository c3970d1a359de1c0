//! Which environments a command is about: from the names of files and directories, and from `envlock.toml`.

use std::path::{Path, PathBuf};

use miette::miette;

use super::{
    ConvertArgs, Given,
    config::{CONFIG, Config},
    files,
};

/// An environment to convert.
#[derive(Clone, Debug)]
pub struct Target {
    /// The environment file.
    pub file: PathBuf,
    /// Where its lock is, or will be.
    pub directory: PathBuf,
    /// The options to convert it with.
    pub args: ConvertArgs,
    /// Whether `envlock.toml` has them.
    pub is_configured: bool,
}

impl Target {
    fn new(args: ConvertArgs, file: PathBuf, is_configured: bool) -> Self {
        let directory = files::output_dir(args.output_dir.as_deref(), &file);
        Self { file, directory, args, is_configured }
    }
}

/// The environments that a command line of `convert` names: those of `envlock.toml` where it names none and there is
/// such a file.
///
/// # Errors
///
/// Where a file isn't there, an `envlock.toml` can't be read, or two environments would be written to one directory.
pub fn targets(args: &ConvertArgs) -> miette::Result<Vec<Target>> {
    let here = configured(Path::new(""), &args.given)?;
    let mut found = Vec::new();
    if args.files.is_empty() {
        found = match here {
            Some(all) => all,
            None => vec![Target::new(args.clone(), files::environment_file(Path::new(""))?, false)],
        };
    } else {
        for file in &args.files {
            found.extend(named(file, args, here.as_deref().unwrap_or_default())?);
        }
    }
    refuse_shared_directories(&found)?;
    Ok(found)
}

fn named(file: &Path, args: &ConvertArgs, here: &[Target]) -> miette::Result<Vec<Target>> {
    if is_config(file) {
        return Ok(configured_by(&Config::read(file)?, &args.given)?);
    }
    if file.is_dir() {
        return match configured(file, &args.given)? {
            Some(all) => Ok(all),
            None => Ok(vec![Target::new(args.clone(), files::environment_file(file)?, false)]),
        };
    }
    let configured = here.iter().find(|it| is_same(&it.file, file)).cloned();
    Ok(vec![configured.unwrap_or_else(|| Target::new(args.clone(), file.to_owned(), false))])
}

/// The environments of the `envlock.toml` of a directory, if it has one.
///
/// # Errors
///
/// Where it can't be read.
pub fn configured(directory: &Path, given: &Given) -> miette::Result<Option<Vec<Target>>> {
    let config = Config::of(directory)?;
    Ok(config.map(|config| configured_by(&config, given)).transpose()?)
}

/// The environments of an `envlock.toml`.
///
/// # Errors
///
/// Where an option of it can't be one.
pub fn configured_by(config: &Config, given: &Given) -> Result<Vec<Target>, super::config::ConfigError> {
    let target = |args: ConvertArgs| {
        let file = args.files.first().cloned().unwrap_or_default();
        Target::new(args, file, true)
    };
    Ok(config.arguments(given)?.into_iter().map(target).collect())
}

/// Whether it is an `envlock.toml`, whatever it is called.
#[must_use]
pub fn is_config(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == CONFIG) || file.extension().is_some_and(|it| it == "toml")
}

/// Whether two paths are of the same file.
#[must_use]
pub fn is_same(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    a == b || real(a).is_some_and(|a| real(b) == Some(a))
}

fn refuse_shared_directories(targets: &[Target]) -> miette::Result<()> {
    for (index, target) in targets.iter().enumerate() {
        let twin = targets[..index]
            .iter()
            .find(|it| it.directory == target.directory || is_same(&it.directory, &target.directory));
        if let Some(twin) = twin {
            return Err(miette!(
                help = "give each a directory of its own: with `output-dir` in envlock.toml, or by converting one at a time with --output-dir",
                "{} and {} would both be written to {}",
                twin.file.display(),
                target.file.display(),
                shown(&target.directory)
            ));
        }
    }
    Ok(())
}

/// A directory as a person reads it.
fn shown(directory: &Path) -> String {
    if directory.as_os_str().is_empty() { "this directory".to_owned() } else { directory.display().to_string() }
}
