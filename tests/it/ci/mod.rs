//! What CI systems are given: the GitHub action, and the files that the book shows. The scripts are run as the systems
//! run them, in a repository with an `origin`, and no server is asked.

mod action;
mod files;
mod gitlab;
mod merge;

use std::fs;

use crate::support::{Run, repository::Repository, run, tool};

/// A directory that git pushes to; its branch `main` is the repository's.
fn add_origin(repository: &Repository) {
    let origin = repository.beside("origin.git");
    repository.git(&["init", "--quiet", "--bare", "--initial-branch=main", origin.to_str().unwrap()]);
    repository.git(&["remote", "add", "origin", origin.to_str().unwrap()]);
    repository.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
}

/// Takes the repository back to `main`, as a fresh checkout has it, pins another numpy there, and pushes that.
fn change_on_main(repository: &Repository, directory: &str, version: &str) {
    repository.git(&["reset", "--quiet", "--hard", "origin/main"]);
    repository.repin(directory, version);
    repository.commit("Pin another numpy");
    repository.git(&["push", "--quiet"]);
}

/// The branches that the origin has, `main` among them.
fn branches(repository: &Repository) -> Vec<String> {
    let listed = repository.git(&["ls-remote", "--heads", "origin"]);
    listed.lines().map(|line| line.split_once("refs/heads/").unwrap().1.to_owned()).collect()
}

/// What the branch `envlock/update` of the origin has over `main`: the commits, and the files that differ.
fn over_main(repository: &Repository) -> (usize, Vec<String>) {
    repository.git(&["fetch", "--quiet", "origin"]);
    let commits = repository.git(&["rev-list", "origin/main..origin/envlock/update"]).lines().count();
    let files = repository.git(&["diff", "--name-only", "origin/main...origin/envlock/update"]);
    (commits, files.lines().map(str::to_owned).collect())
}

/// What shellcheck has to say of a script, nothing at best; `None` where there is no shellcheck.
fn shellcheck(repository: &Repository, shell: &str, script: &str) -> Option<String> {
    tool("shellcheck")?;
    let file = repository.beside("script");
    fs::write(&file, script).unwrap();
    let Run { code, stdout, stderr } =
        run(repository.command("shellcheck").args(["--norc", "--severity=style", "--shell", shell]).arg(file));
    assert!(code < 2, "{stderr}");
    Some(stdout)
}
