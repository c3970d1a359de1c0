//! What other programs say to the files.

use crate::support::{
    Workspace, done,
    tools::{conda_lock, hadolint},
};

#[test]
fn hadolint_has_nothing_to_say() {
    for folder in ["macos", "windows", "hand"] {
        let workspace = Workspace::with(folder);
        done(&mut workspace.convert());
        let Some((is_content, said)) = hadolint(&workspace) else { return };
        assert!(is_content && said.is_empty(), "{folder}: {said}");
    }
}

#[test]
fn conda_lock_reads_the_lock_and_renders_the_same_packages() {
    for folder in ["macos", "windows", "hand"] {
        let workspace = Workspace::with(folder);
        done(&mut workspace.convert());
        let Some(mut theirs) = conda_lock(&workspace) else { return };
        theirs.retain(|line| line.starts_with("https://"));
        let lock = workspace.lock();
        let line =
            |package: &envlock::lockfile::Package| format!("{}#{}", package.url, package.hash.md5.as_deref().unwrap());
        let mut ours: Vec<String> = lock.conda_packages().map(line).collect();
        theirs.sort_unstable();
        ours.sort();
        assert_eq!(theirs, ours, "{folder}");
    }
}
