//! What belongs to a lock, written from the lock alone.

use std::{
    fs,
    path::{Path, PathBuf},
};

use miette::miette;

use crate::{
    dockerfile::{self, COMPOSE, DOCKERIGNORE, ImageFile, TEMPLATE},
    limits::INPUT,
    lockfile::{self, Lockfile},
    project::{
        files::{self, Output},
        locks::read_lock,
        ours::is_written_by_us,
        plan::is_same,
    },
    report::Written,
    words::{and, unix_lines},
};

/// Writes the Dockerfile of a lock, and what else belongs to it, byte for byte as `convert` writes them: to a directory, or
/// else beside the lock.
///
/// # Errors
///
/// Where the lock can't be read or is another program's, or where a file can't be written. One that envlock didn't write,
/// or that belongs to another lock, is overwritten with `force` only.
pub fn render(lock: &Path, directory: Option<&Path>, force: bool) -> miette::Result<Vec<Written>> {
    let (parsed, text) = read_lock(lock)?;
    let directory = files::output_dir(directory, lock);
    let outputs = companions(&parsed, &text, &directory)?;
    files::plan(&directory, &files::names(&outputs), force)?;
    if !force {
        refuse_beside_another(lock, &text, &directory)?;
    }
    Ok(write(&outputs, &directory)?)
}

/// Leaves alone what belongs to the lock of a directory, where that isn't this one.
fn refuse_beside_another(lock: &Path, text: &str, directory: &Path) -> miette::Result<()> {
    let other = directory.join(lockfile::FILE_NAME);
    if is_same(&other, lock) || files::read_if_there(&other)?.is_none_or(|it| unix_lines(it) == text) {
        return Ok(());
    }
    Err(miette!(
        code = "render-taken",
        help = "choose another place with --output-dir, or write there all the same with --force",
        "the Dockerfile in {} belongs to {}, and would be lost",
        files::or_here(directory).display(),
        other.display(),
    ))
}

/// What belongs to a lock, whose text this is: what its image is built from, and how a container is started. A
/// `Dockerfile.in` of the directory is filled in.
pub(super) fn companions(lock: &Lockfile, text: &str, directory: &Path) -> miette::Result<Vec<Output>> {
    let template = files::read_if_there(&directory.join(TEMPLATE))?.map(unix_lines);
    let files = dockerfile::files(lock, &lockfile::sha256_hex(text), template.as_deref())?;
    let compose = dockerfile::compose(lock)?.map(|text| ImageFile { name: COMPOSE.to_owned(), text });
    let output = |ImageFile { name, text }| Output { path: directory.join(name), contents: text };
    Ok(files.into_iter().chain(compose).map(output).collect())
}

/// A note where a `.dockerignore` keeps from the builder what the Dockerfile needs.
pub(super) fn kept_out(outputs: &[Output], directory: &Path) -> Option<String> {
    let text = INPUT.read_text(&directory.join(DOCKERIGNORE)).ok()?;
    let needed = files::names(outputs).into_iter().filter(|name| dockerfile::is_beside(name));
    let ignored = dockerfile::ignored(&text, needed);
    let lines: Vec<String> = ignored.iter().map(|name| format!("`!{name}`")).collect();
    let lines = and(&lines);
    (!ignored.is_empty()).then(|| {
        format!("{DOCKERIGNORE} keeps from docker what the Dockerfile needs: add the lines {lines} at its end")
    })
}

/// The files beside the Dockerfile that envlock wrote for another lock, and that this one has no use for: a list of a
/// layer that isn't there any more, or of a pip section.
pub(super) fn left_over(outputs: &[Output], directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(files::or_here(directory)).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let is_beside = |name: &String| dockerfile::is_beside(name) || name == COMPOSE;
    let mut paths: Vec<PathBuf> = names.filter(is_beside).map(|name| directory.join(name)).collect();
    paths.retain(|path| outputs.iter().all(|output| output.path != *path) && is_written_by_us(path));
    paths.sort();
    paths
}

/// Writes what belongs together, and removes what doesn't belong to it any more.
pub(super) fn write(outputs: &[Output], directory: &Path) -> Result<Vec<Written>, files::FileError> {
    files::write_all(directory, outputs, &left_over(outputs, directory))
}
