//! What other programs say to the files.

use crate::support::{
    IMAGE, Workspace, done,
    tools::{conda_lock, hadolint, py_rattler},
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
fn hadolint_has_nothing_to_say_of_any_base() {
    let digest = IMAGE.split_once('@').unwrap().1;
    let micromamba = IMAGE;
    let at = |name: &str| format!("{name}@{digest}");
    for (base, options) in [
        ("condaforge/miniforge3:24.11.3-0", vec![]),
        ("quay.io/jupyter/minimal-notebook:2025-03-14", vec!["--installer-image", micromamba]),
        ("debian:13-slim", vec!["--installer-image", micromamba]),
        ("ubuntu:24.04", vec!["--installer-image", micromamba, "--installer", "envlock"]),
        ("nvidia/cuda:12.4.1-base-ubuntu22.04", vec!["--installer-image", micromamba]),
        ("team/base:1", vec!["--layers", "3"]),
    ] {
        let workspace = Workspace::with("hand");
        done(workspace.convert_on(&at(base)).args(options));
        let Some((is_content, said)) = hadolint(&workspace) else { return };
        assert!(is_content && said.is_empty(), "{base}: {said}");
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
        let line = |package: &envlock::lockfile::Package| format!("{}#{}", package.address(), package.md5().unwrap());
        let mut ours: Vec<String> = lock.conda_packages().map(line).collect();
        theirs.sort_unstable();
        ours.sort();
        assert_eq!(theirs, ours, "{folder}");
    }
}

#[test]
fn py_rattler_reads_the_same_packages() {
    for folder in ["macos", "windows", "hand"] {
        let workspace = Workspace::with(folder);
        done(&mut workspace.convert());
        let Some(theirs) = py_rattler(&workspace) else { return };
        let lock = workspace.lock();
        let ours: Vec<String> = lock.conda_packages().map(|it| format!("{} {}", it.name, it.version)).collect();
        assert_eq!(sorted(theirs), sorted(ours), "{folder}");
    }
}

/// As `rattler_conda_lock` requires it, which refuses any other text.
#[test]
fn the_content_hash_is_a_sha_256() {
    let workspace = Workspace::with("hand");
    done(&mut workspace.convert());
    let read: serde_yaml::Value = serde_yaml::from_str(&workspace.read("conda-lock.yml")).unwrap();
    let hashes = read["metadata"]["content_hash"].as_mapping().unwrap().clone();
    let is_hash = |text: &serde_yaml::Value| is_hash(text.as_str().unwrap());
    assert!(hashes.keys().eq(["linux-64"]) && hashes.values().all(is_hash), "{hashes:?}");
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}
