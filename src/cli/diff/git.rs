//! A file as it was in a revision.

use std::{
    io,
    path::Path,
    process::{Command, Output},
};

use miette::{IntoDiagnostic, WrapErr, miette};

use super::super::files;

/// The text of a file in a revision; `None` where the revision doesn't have it.
///
/// # Errors
///
/// Where there is no git, no repository or no such revision.
pub(super) fn show(revision: &str, file: &Path) -> miette::Result<Option<String>> {
    let directory = files::beside(file);
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let inside = git(directory, &["rev-parse", "--is-inside-work-tree"])?;
    if !inside.status.success() {
        return Err(miette!(
            help = "compare two files: envlock diff OLD NEW",
            "--git: {} is in no git repository",
            std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned()).display()
        ));
    }
    let commit = format!("{revision}^{{commit}}");
    if !git(directory, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])?.status.success() {
        return Err(miette!(
            help = "name a commit, branch or tag that is in this clone; a shallow clone has only the newest commits: git fetch --unshallow",
            "--git {revision}: git knows no such revision here"
        ));
    }
    if git(directory, &["ls-tree", "--name-only", revision, "--", &name])?.stdout.is_empty() {
        return Ok(None);
    }
    let shown = git(directory, &["show", "--end-of-options", &format!("{revision}:./{name}")])?;
    if !shown.status.success() {
        let why = String::from_utf8_lossy(&shown.stderr).trim().to_owned();
        return Err(miette!("--git {revision}: git can't show {}: {why}", file.display()));
    }
    let text = String::from_utf8(shown.stdout).into_diagnostic();
    text.map(Some).wrap_err_with(|| format!("{} at {revision} is not text", file.display()))
}

fn git(directory: &Path, arguments: &[&str]) -> miette::Result<Output> {
    match Command::new("git").arg("-C").arg(directory).args(arguments).output() {
        Ok(output) => Ok(output),
        Err(error) if error.kind() == io::ErrorKind::NotFound && directory.is_dir() => Err(miette!(
            help = "install git, or compare two files: envlock diff OLD NEW",
            "--git: there is no git on the path"
        )),
        Err(error) => Err(error).into_diagnostic().wrap_err("git can't be run"),
    }
}
