//! What other programs say to lockfile and Dockerfile.

use super::{
    converted, environment,
    files::{pure, sdist},
    index::{Form, index, index_line},
};
use crate::support::{
    Workspace,
    tools::{conda_lock, hadolint},
};

fn workspace() -> Option<Workspace> {
    let server = index(Form::Json, &[pure("app", "1.0", &["lib"]), sdist("lib", "2.0", &[])]);
    let workspace = environment(&["numpy=1.19.4"], &[&index_line(&server), "app"])?;
    converted(&workspace, &[]);
    Some(workspace)
}

#[test]
fn hadolint_has_nothing_to_say() {
    let Some(workspace) = workspace() else { return };
    let Some((is_content, said)) = hadolint(&workspace) else { return };
    assert!(is_content && said.is_empty(), "{said}");
}

#[test]
fn conda_lock_reads_what_pip_installs() {
    let Some(workspace) = workspace() else { return };
    let Some(mut theirs) = conda_lock(&workspace) else { return };
    theirs.retain(|line| line.starts_with("# pip "));
    theirs.sort_unstable();
    let lock = workspace.lock();
    let line = |it: &envlock::lockfile::Package| {
        format!("# pip {} @ {}#sha256={}", it.name, it.url, it.hash.sha256.as_deref().unwrap())
    };
    let ours: Vec<String> = lock.pip_packages().map(line).collect();
    assert_eq!(ours.len(), 2);
    assert_eq!(theirs, ours);
}
