//! What other programs say to lockfile and Dockerfile.

use super::{
    converted, environment,
    files::{pure, sdist},
    index::{Form, index, index_line},
};
use crate::support::{
    Workspace, done,
    server::Server,
    tools::{conda_lock, hadolint, py_rattler},
};

/// An environment with packages of pip, and the index that they are from.
fn workspace() -> Option<(Workspace, Server)> {
    let server = index(Form::Json, &[pure("app", "1.0", &["lib", "numpy>=1, <2"]), sdist("lib", "2.0", &[])]);
    let workspace = environment(&["numpy=1.19.4"], &[&index_line(&server), "app"])?;
    converted(&workspace, &[]);
    Some((workspace, server))
}

#[test]
fn hadolint_has_nothing_to_say() {
    let Some((workspace, _server)) = workspace() else { return };
    let Some((is_content, said)) = hadolint(&workspace) else { return };
    assert!(is_content && said.is_empty(), "{said}");
}

#[test]
fn conda_lock_reads_what_pip_installs() {
    let Some((workspace, _server)) = workspace() else { return };
    let Some(mut theirs) = conda_lock(&workspace) else { return };
    theirs.retain(|line| line.starts_with("# pip "));
    theirs.sort_unstable();
    let lock = workspace.lock();
    let line = |it: &envlock::lockfile::Package| {
        format!("# pip {} @ {}#sha256={}", it.name, it.address(), it.sha256().unwrap())
    };
    let ours: Vec<String> = lock.pip_packages().map(line).collect();
    assert_eq!(ours.len(), 2);
    assert_eq!(theirs, ours);
}

#[test]
fn py_rattler_reads_what_pip_installs_and_what_that_needs() {
    let Some((workspace, _server)) = workspace() else { return };
    let Some(mut theirs) = py_rattler(&workspace) else { return };
    let lock = workspace.lock();
    let is_of_pip = |line: &String| lock.pip_packages().any(|it| line.starts_with(&format!("{} ", it.name)));
    assert_eq!(theirs.len(), lock.packages().len());
    theirs.retain(is_of_pip);
    theirs.sort();
    assert_eq!(theirs, ["app 1.0 lib numpy>=1,<2", "lib 2.0"]);
}

/// conda-lockfiles refuses such a lock, and the report tells its users what to take.
#[test]
fn the_report_names_a_list_for_conda() {
    let Some((workspace, _server)) = workspace() else { return };
    let said = |options: &[&str]| {
        let said = done(workspace.convert_all().args(options)).stderr;
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let reason = ", without pip's packages (conda-lockfiles refuses a lock that has them)";
    let told = said(&[]);
    assert!(told.ends_with(&format!("conda create --name NAME --file conda-linux-64.lock{reason}")), "{told}");
    let told = said(&["--output-dir", "my images"]);
    assert!(told.ends_with(&format!("--file 'my images/conda-linux-64.lock'{reason}")), "{told}");
    let told = said(&["--no-pip"]);
    assert!(!told.contains("for conda"), "{told}");
}
