//! Writing the outputs: all of them or none, and nothing that isn't envlock's.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use miette::{Diagnostic, IntoDiagnostic, WrapErr};
use thiserror::Error;

use super::{
    first_contact::hint,
    journal::{Journal, Turn, UNPLACED, finish},
    ours::is_ours,
    plan::is_same,
};
use crate::{
    base::repository::real,
    limits::LOCK,
    lockfile,
    report::Written,
    temporary::{TemporaryFile, uninterrupted},
    words::unix_lines,
};

/// What an environment file is called as a rule.
pub(crate) const ENVIRONMENT: &str = "environment.yml";
/// How many symbolic links are followed, as Linux does.
const LINKS: usize = 40;

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Where.
    pub path: PathBuf,
    /// What.
    pub contents: String,
}

/// The names of outputs.
pub(crate) fn names(outputs: &[Output]) -> Vec<&str> {
    outputs.iter().filter_map(|it| it.path.file_name()?.to_str()).collect()
}

/// Why the outputs can't be written, or the environment file can't be found.
#[derive(Debug, Error, Diagnostic)]
pub enum FileError {
    /// No file was named, and there is none of the usual names in the directory.
    #[error("there is no environment.yml in {}", if .0.as_os_str().is_empty() { "this directory".into() } else { .0.to_string_lossy() })]
    #[diagnostic(code("no-environment-file"))]
    #[diagnostic(help("{1}"))]
    NoEnvironment(PathBuf, String),
    /// An environment file is there, and an installed environment is another.
    #[error("{} is there already, and isn't what is installed", .0.display())]
    #[diagnostic(code("other-environment-file"))]
    #[diagnostic(help(
        "convert that file without --from-env; choose another place with --output-dir; or overwrite it with --force"
    ))]
    OtherEnvironment(PathBuf),
    /// Something of that name was written by another program, or by hand.
    #[error("{} is there already, and envlock didn't write it", .0.display())]
    #[diagnostic(code("output-foreign"))]
    #[diagnostic(help("choose another place with --output-dir, or overwrite it with --force"))]
    Foreign(PathBuf),
    /// A symbolic link bears the name of an output, and leads out of its directory.
    #[error("{} is a symbolic link that leads to {}, out of the directory", .link.display(), .target.display())]
    #[diagnostic(code("output-link"))]
    #[diagnostic(help(
        "remove the link; choose another place with --output-dir; or write to where it leads with --force"
    ))]
    LeadsOut {
        /// The link.
        link: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// Two outputs are links to one file, or one is a link to the other.
    #[error("{} and {} are the same file", .0.display(), .1.display())]
    #[diagnostic(code("output-twice"))]
    #[diagnostic(help("remove the symbolic link, or choose another place with --output-dir"))]
    Twice(PathBuf, PathBuf),
    /// A directory bears the name of an output.
    #[error("{} is a directory", .0.display())]
    #[diagnostic(code("output-directory"))]
    #[diagnostic(help("choose another place with --output-dir"))]
    IsADirectory(PathBuf),
    /// The output directory is a file.
    #[error("{} is not a directory", .0.display())]
    #[diagnostic(code("output-not-directory"))]
    #[diagnostic(help("choose another place with --output-dir"))]
    NotADirectory(PathBuf),
    /// A file can't be read.
    #[error("can't read {}", .path.display())]
    #[diagnostic(code("file-unreadable"))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file can't be put in its place, although it is written.
    #[error("can't replace {}", .path.display())]
    #[diagnostic(code("output-not-replaced"))]
    #[diagnostic(help(
        "other files may have been written already: run the command again once this one can be replaced"
    ))]
    Replace {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that is of no use any more can't be removed.
    #[error("can't remove {}", .path.display())]
    #[diagnostic(code("output-not-removed"))]
    #[diagnostic(help("everything else is written; remove it by hand"))]
    Remove {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file can't be written.
    #[error("can't write {}", .path.display())]
    #[diagnostic(code("output-unwritable"))]
    #[diagnostic(help("nothing was changed; choose another place with --output-dir"))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The environment file of a directory: `environment.yml`, else `environment.yaml`.
///
/// # Errors
///
/// When neither is there.
pub fn environment_file(directory: &Path) -> Result<PathBuf, FileError> {
    [ENVIRONMENT, "environment.yaml"]
        .map(|name| directory.join(name))
        .into_iter()
        .find(|it| it.exists())
        .ok_or_else(|| FileError::NoEnvironment(directory.to_owned(), hint()))
}

/// The lock that a command is about: the one named, that of the directory named, else that of this directory.
#[must_use]
pub fn lock_file(named: Option<&Path>) -> PathBuf {
    match named {
        None => PathBuf::from(lockfile::FILE_NAME),
        Some(directory) if directory.is_dir() => directory.join(lockfile::FILE_NAME),
        Some(lock) => lock.to_owned(),
    }
}

/// The directory to write to: the one named, else that of the environment file.
#[must_use]
pub fn output_dir(named: Option<&Path>, environment: &Path) -> PathBuf {
    named.or_else(|| environment.parent()).unwrap_or(Path::new("")).to_owned()
}

/// The directory by a name that is never empty: that of this one is `.`.
#[must_use]
pub fn or_here(directory: &Path) -> &Path {
    if directory.as_os_str().is_empty() { Path::new(".") } else { directory }
}

/// The directory of a file, by a name that is never empty.
#[must_use]
pub fn beside(file: &Path) -> &Path {
    or_here(file.parent().unwrap_or(Path::new("")))
}

/// Reads a lock or another text, with Unix's line ends.
///
/// # Errors
///
/// Where it isn't there, or isn't text.
pub fn read_text(file: &Path) -> miette::Result<String> {
    finish(beside(file));
    let text = LOCK.read_text(file).into_diagnostic();
    text.wrap_err_with(|| format!("can't read {}", file.display())).map(unix_lines)
}

/// Reads a text that need not be there.
pub(crate) fn read_if_there(file: &Path) -> miette::Result<Option<String>> {
    match LOCK.read_text(file) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).into_diagnostic().wrap_err_with(|| format!("can't read {}", file.display())),
    }
}

/// Where each of the names will be written. Called before the work is done, so that it isn't done in vain.
///
/// The directory need not exist. A file that is there already must have been written by envlock, which a comment in
/// its first lines says, and a symbolic link lead to a place below the directory, unless `force` is set.
///
/// # Errors
///
/// When the directory is a file, when a file is there that isn't to be overwritten, or when one would be written twice.
pub fn plan(directory: &Path, names: &[&str], force: bool) -> Result<Vec<PathBuf>, FileError> {
    if !directory.as_os_str().is_empty() && directory.exists() && !directory.is_dir() {
        return Err(FileError::NotADirectory(directory.to_owned()));
    }
    finish(or_here(directory));
    let paths: Vec<PathBuf> = names.iter().map(|name| directory.join(name)).collect();
    let targets: Vec<PathBuf> = paths.iter().map(|path| follow(path)).collect();
    for (index, (path, target)) in paths.iter().zip(&targets).enumerate() {
        if path.is_dir() {
            return Err(FileError::IsADirectory(path.clone()));
        }
        if !force && path.is_symlink() && !is_below(target, directory) {
            return Err(FileError::LeadsOut { link: path.clone(), target: target.clone() });
        }
        if let Some((other, _)) = paths.iter().zip(&targets).take(index).find(|(_, it)| is_same(it, target)) {
            return Err(FileError::Twice(other.clone(), path.clone()));
        }
        if !force && read(path)?.is_some_and(|it| !is_ours(&it)) {
            return Err(FileError::Foreign(path.clone()));
        }
    }
    Ok(paths)
}

/// Says where an environment file of other contents is in the way of one.
///
/// # Errors
///
/// Where it is.
pub(crate) fn refuse_other(file: &Path, text: &str) -> Result<(), FileError> {
    match read(file)? {
        Some(there) if unix_lines(String::from_utf8_lossy(&there).into_owned()) != text => {
            Err(FileError::OtherEnvironment(file.to_owned()))
        }
        _ => Ok(()),
    }
}

/// Writes the outputs, and removes files that belong to nothing any more: all outputs are on the disk before the first
/// one takes its place. If this process is killed meanwhile, the next one that looks into the directory ends it, and two
/// that write into one directory wait for each other.
///
/// A file that holds the same already isn't touched. One that is replaced keeps its permissions, and a symbolic link
/// stays one. Missing directories are made.
///
/// # Errors
///
/// When something can't be written. Then every file is as it was, unless it is the last step that fails: putting a
/// written file in its place ([`FileError::Replace`]), or removing one.
pub fn write_all(directory: &Path, outputs: &[Output], leaving: &[PathBuf]) -> Result<Vec<Written>, FileError> {
    let directory = or_here(directory);
    fs::create_dir_all(directory).map_err(|source| FileError::Write { path: directory.to_owned(), source })?;
    // A link may lead deeper, where a killed run has left files as well. In one order, so that nobody waits for nobody.
    let places = outputs.iter().map(|output| follow(&output.path)).collect::<Vec<_>>();
    let places = places.iter().map(|place| beside(place)).chain([directory]);
    let places: BTreeSet<PathBuf> = places.filter_map(|place| place.canonicalize().ok()).collect();
    let _turns: Vec<Turn> = places.iter().map(|place| Turn::take(place)).collect();
    let staged = outputs.iter().map(stage).collect::<Result<Vec<_>, _>>()?;
    let name = |path: &Path| path.file_name()?.to_str().map(str::to_owned);
    // Where a symbolic link leads elsewhere, the journal has no word for it.
    let is_here = |(_, target): &&(TemporaryFile, PathBuf)| beside(target) == directory;
    let begun = |(file, target): &(TemporaryFile, PathBuf)| Some((name(file.path())?, name(target)?));
    let names = staged.iter().flatten().filter(is_here).filter_map(begun).collect();
    let journal = Journal { names, leaving: leaving.iter().filter_map(|path| name(path)).collect() };
    let put = |(output, staged): (&Output, Option<(TemporaryFile, PathBuf)>)| {
        let changed = staged.is_some();
        if let Some((file, target)) = staged {
            file.persist(&target).map_err(|(source, _)| FileError::Replace { path: output.path.clone(), source })?;
        }
        Ok(Written { path: output.path.display().to_string(), changed, removed: false })
    };
    let work = || -> Result<Vec<Written>, FileError> {
        let mut written = outputs.iter().zip(staged).map(put).collect::<Result<Vec<_>, _>>()?;
        written.extend(leaving.iter().map(|path| remove(path)).collect::<Result<Vec<_>, _>>()?);
        Ok(written)
    };
    let done = uninterrupted(|| journal.around(directory, work));
    done.map_err(|source| FileError::Write { path: directory.to_owned(), source })?
}

fn remove(path: &Path) -> Result<Written, FileError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(FileError::Remove { path: path.to_owned(), source })
        }
        _ => Ok(Written { path: path.display().to_string(), changed: true, removed: true }),
    }
}

/// Writes the output beside its place; nothing if it holds the same already.
fn stage(output: &Output) -> Result<Option<(TemporaryFile, PathBuf)>, FileError> {
    let target = follow(&output.path);
    if target.is_dir() {
        return Err(FileError::IsADirectory(output.path.clone()));
    }
    if read(&target)?.is_some_and(|it| it == output.contents.as_bytes()) {
        return Ok(None);
    }
    let directory = beside(&target);
    let stage = || {
        fs::create_dir_all(directory)?;
        let file = TemporaryFile::new(directory, UNPLACED, true)?;
        if let Ok(metadata) = fs::metadata(&target) {
            fs::set_permissions(file.path(), metadata.permissions())?;
        }
        fs::write(file.path(), &output.contents)?;
        Ok(file)
    };
    match stage() {
        Ok(file) => Ok(Some((file, target))),
        Err(source) => Err(FileError::Write { path: output.path.clone(), source }),
    }
}

/// The place that a chain of symbolic links leads to, whether or not something is there.
fn follow(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        let Ok(link) = fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("")).join(link);
    }
    path
}

/// Whether a place is in a directory, or deeper. Where that can't be told, it isn't.
fn is_below(place: &Path, directory: &Path) -> bool {
    match (real(place), real(or_here(directory))) {
        (Some(place), Some(directory)) => place.starts_with(directory),
        _ => false,
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    match LOCK.read(path) {
        Ok(contents) => Ok(Some(contents)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(FileError::Read { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
