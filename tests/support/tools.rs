//! Other programs that the files are handed to.

use std::process::Command;

use super::{Workspace, tool};

/// What hadolint says of the Dockerfile, and that it is content; `None` where there is no hadolint.
pub fn hadolint(workspace: &Workspace) -> Option<(bool, String)> {
    let output = Command::new(tool("hadolint")?).arg(workspace.path().join("Dockerfile")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    Some((output.status.success(), said.into_owned()))
}

/// The lines of the explicit list that conda-lock renders the lock to; `None` where there is no conda-lock.
pub fn conda_lock(workspace: &Workspace) -> Option<Vec<String>> {
    let output = Command::new(tool("conda-lock")?)
        .args(["render", "--kind", "explicit", "--platform", "linux-64", "conda-lock.yml"])
        .current_dir(workspace.path())
        .env("HOME", workspace.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(workspace.read("conda-linux-64.lock").lines().map(str::to_owned).collect())
}
