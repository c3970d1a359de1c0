//! What other programs say to the files.

use std::process::Command;

use crate::support::{Workspace, done, tool};

#[test]
fn hadolint_has_nothing_to_say() {
    let Some(hadolint) = tool("hadolint") else { return };
    for folder in ["macos", "windows", "hand"] {
        let workspace = Workspace::with(folder);
        done(&mut workspace.convert());
        let output = Command::new(&hadolint).arg(workspace.path().join("Dockerfile")).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{folder}: {said}");
    }
}

#[test]
fn conda_lock_reads_the_lock_and_renders_the_same_packages() {
    let Some(conda_lock) = tool("conda-lock") else { return };
    for folder in ["macos", "windows", "hand"] {
        let workspace = Workspace::with(folder);
        done(&mut workspace.convert());
        let output = Command::new(&conda_lock)
            .args(["render", "--kind", "explicit", "--platform", "linux-64", "conda-lock.yml"])
            .current_dir(workspace.path())
            .env("HOME", workspace.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{folder}: {}", String::from_utf8_lossy(&output.stderr));

        let rendered = workspace.read("conda-linux-64.lock");
        let mut theirs: Vec<&str> = rendered.lines().filter(|line| line.starts_with("https://")).collect();
        let lock = workspace.lock();
        let line =
            |package: &envlock::lockfile::Package| format!("{}#{}", package.url, package.hash.md5.as_deref().unwrap());
        let mut ours: Vec<String> = lock.conda_packages().map(line).collect();
        theirs.sort_unstable();
        ours.sort();
        assert_eq!(theirs, ours, "{folder}");
    }
}
