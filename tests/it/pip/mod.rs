//! The pip section, locked by `envlock convert`: against an index of this machine, against PyPI, and installed.

mod again;
mod alone;
mod files;
mod fresh;
mod index;
mod layer;
mod lines;
mod provided;
pub mod pypi;
mod refused;
mod scratch;
mod served;
mod tools;
mod wishes;

use crate::support::{Workspace, done, run, tool};
use serde_json::Value;

/// A workspace with an environment of Python 3.7 on the fixtures' channel, of these conda and pip lines; `None` where
/// there is no uv.
fn environment(conda: &[&str], pip: &[&str]) -> Option<Workspace> {
    tool("uv")?;
    let conda = conda.iter().map(|line| format!("  - {line}\n")).collect::<Vec<_>>().concat();
    let pip = pip.iter().map(|line| format!("    - \"{line}\"\n")).collect::<Vec<_>>().concat();
    Some(Workspace::holding(&format!("dependencies:\n  - python=3.7.8\n  - pip\n{conda}  - pip:\n{pip}")))
}

/// Converts, pip section and all, and gives the report.
fn converted(workspace: &Workspace, options: &[&str]) -> Value {
    done(workspace.convert_all().args(options).arg("--json")).json()
}

/// Converts in vain, and gives what is said, on one line. Nothing is written.
fn refused(workspace: &Workspace, options: &[&str]) -> String {
    let told = refusal(workspace, options).replace('│', " ");
    told.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same as it is printed.
fn refusal(workspace: &Workspace, options: &[&str]) -> String {
    let before = workspace.contents();
    let run = run(workspace.convert_all().args(options));
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert_eq!(workspace.contents(), before);
    run.stderr
}

/// What pip installs: `name version form role`.
fn installed(report: &Value) -> Vec<String> {
    let packages = report["pip"]["packages"].as_array().unwrap();
    let word = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
    packages.iter().map(|it| ["name", "version", "form", "role"].map(|key| word(it, key)).join(" ")).collect()
}

/// The lines that pip doesn't install: `line: text: reason`.
fn dropped(report: &Value) -> Vec<String> {
    let lines = report["pip"]["dropped"].as_array().unwrap();
    let told =
        |it: &Value| format!("{}: {}: {}", it["line"], it["text"].as_str().unwrap(), it["reason"].as_str().unwrap());
    lines.iter().map(told).collect()
}

/// The address and the SHA-256, or the commit, of what pip installs, by name.
fn locked(workspace: &Workspace, name: &str) -> (String, String) {
    let lock = workspace.lock();
    let package = lock.pip_packages().find(|package| package.name == name).unwrap();
    let hash = match &package.artifact {
        envlock::lockfile::Artifact::Git { commit, .. } => commit.clone(),
        _ => package.sha256().unwrap(),
    };
    (package.address().into_owned(), hash)
}
