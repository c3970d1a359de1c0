//! What other programs say to lockfile and Dockerfile.

use std::process::Command;

use super::{
    converted, environment,
    files::{pure, sdist},
    index::{Form, index, index_line},
};
use crate::support::{Workspace, tool};

fn workspace() -> Option<Workspace> {
    let server = index(Form::Json, &[pure("app", "1.0", &["lib"]), sdist("lib", "2.0", &[])]);
    let workspace = environment(&["numpy=1.19.4"], &[&index_line(&server), "app"])?;
    converted(&workspace, &[]);
    Some(workspace)
}

#[test]
fn hadolint_has_nothing_to_say() {
    let (Some(hadolint), Some(workspace)) = (tool("hadolint"), workspace()) else { return };
    let output = Command::new(hadolint).arg(workspace.path().join("Dockerfile")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
}

#[test]
fn conda_lock_reads_what_pip_installs() {
    let (Some(conda_lock), Some(workspace)) = (tool("conda-lock"), workspace()) else { return };
    let output = Command::new(conda_lock)
        .args(["render", "--kind", "explicit", "--platform", "linux-64", "conda-lock.yml"])
        .current_dir(workspace.path())
        .env("HOME", workspace.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rendered = workspace.read("conda-linux-64.lock");
    let mut theirs: Vec<&str> = rendered.lines().filter(|line| line.starts_with("# pip ")).collect();
    theirs.sort_unstable();
    let lock = workspace.lock();
    let line = |it: &envlock::lockfile::Package| {
        format!("# pip {} @ {}#sha256={}", it.name, it.url, it.hash.sha256.as_deref().unwrap())
    };
    let ours: Vec<String> = lock.pip_packages().map(line).collect();
    assert_eq!(ours.len(), 2);
    assert_eq!(theirs, ours);
}
