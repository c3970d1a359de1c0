//! A file as it was in a revision.

use std::{
    env, io,
    path::{self, Path},
    process::{Command, Output},
};

use miette::{IntoDiagnostic, WrapErr, miette};

use crate::project::files;

/// The text of a file in a revision; `None` where the revision doesn't have it.
///
/// # Errors
///
/// Where there is no git, no repository or no such revision.
pub(super) fn show(revision: &str, file: &Path) -> miette::Result<Option<String>> {
    let directory = files::beside(file);
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    commit(directory, revision)?;
    if git(directory, &["ls-tree", "--name-only", revision, "--", &name])?.stdout.is_empty() {
        return Ok(None);
    }
    let shown = git(directory, &["show", "--end-of-options", &format!("{revision}:./{name}")])?;
    if !shown.status.success() {
        let why = String::from_utf8_lossy(&shown.stderr).trim().to_owned();
        return Err(miette!(code = "git-failed", "--git {revision}: git can't show {}: {why}", file.display()));
    }
    let text = String::from_utf8(shown.stdout).into_diagnostic();
    text.map(Some).wrap_err_with(|| format!("{} at {revision} is not text", file.display()))
}

/// What `REV..REV` and `REV...REV` compare, as in `git diff`: where an end is missing, it is HEAD, and three dots start at
/// the commit that both ends have in common. `None` where it is one revision.
///
/// # Errors
///
/// Where git doesn't know an end, or they have nothing in common.
pub(super) fn range(revisions: &str, file: &Path) -> miette::Result<Option<(String, String)>> {
    let or_head = |revision: &str| if revision.is_empty() { "HEAD".to_owned() } else { revision.to_owned() };
    if let Some((before, after)) = revisions.split_once("...") {
        let directory = files::beside(file);
        let (before, after) = (or_head(before), or_head(after));
        let base = git(directory, &["merge-base", &commit(directory, &before)?, &commit(directory, &after)?])?;
        let base = String::from_utf8_lossy(&base.stdout).trim().to_owned();
        if base.is_empty() {
            return Err(miette!(
                code = "git-no-common",
                help = format!("compare the two themselves: envlock diff --git {before}..{after}"),
                "--git {revisions}: git knows no commit that both have in common"
            ));
        }
        let short = git(directory, &["rev-parse", "--short", &base])?;
        return Ok(Some((String::from_utf8_lossy(&short.stdout).trim().to_owned(), after)));
    }
    Ok(revisions.split_once("..").map(|(before, after)| (or_head(before), or_head(after))))
}

/// The commit that a revision names.
fn commit(directory: &Path, revision: &str) -> miette::Result<String> {
    let inside = git(directory, &["rev-parse", "--is-inside-work-tree"])?;
    if !inside.status.success() {
        return Err(miette!(
            code = "git-no-repository",
            help = "compare two files: envlock diff OLD NEW",
            "--git: {} is in no git repository",
            path::absolute(directory).unwrap_or_else(|_| directory.to_owned()).display()
        ));
    }
    let named = format!("{revision}^{{commit}}");
    let found = git(directory, &["rev-parse", "--verify", "--quiet", "--end-of-options", &named])?;
    if !found.status.success() {
        return Err(miette!(
            code = "git-no-revision",
            help = "name a commit, branch or tag that is in this clone; a shallow clone has only the newest commits: git fetch --unshallow",
            "--git {revision}: git knows no such revision here"
        ));
    }
    Ok(String::from_utf8_lossy(&found.stdout).trim().to_owned())
}

fn git(directory: &Path, arguments: &[&str]) -> miette::Result<Output> {
    let mut command = Command::new("git");
    // git's hooks are started with paths that hold where they are started.
    if let Some(repository) = env::var_os("GIT_DIR") {
        let work_tree = env::var_os("GIT_WORK_TREE").unwrap_or_else(|| ".".into());
        for (name, place) in [("GIT_DIR", repository), ("GIT_WORK_TREE", work_tree)] {
            command.env(name, path::absolute(&place).unwrap_or_else(|_| place.into()));
        }
    }
    match command.arg("-C").arg(directory).args(arguments).output() {
        Ok(output) => Ok(output),
        Err(error) if error.kind() == io::ErrorKind::NotFound && directory.is_dir() => Err(miette!(
            code = "git-missing",
            help = "install git, or compare two files: envlock diff OLD NEW",
            "--git: there is no git on the path"
        )),
        Err(error) => Err(error).into_diagnostic().wrap_err("git can't be run"),
    }
}
