//! Lines that can't be locked: each is named with a way out.

use std::{fs, path::PathBuf};

use super::{
    converted, dropped, environment,
    files::pure,
    index::{Form, index, index_line},
    installed, refusal, refused,
};
use crate::support::{Run, Workspace, done, run, snapshots};

const UNLOCKABLE: [&str; 8] = [
    "-e .",
    "./libcomcat.zip",
    "ncurses==6.1=h0a44026_1002",
    "-r ../requirements-ci.txt",
    "--install-option=x",
    "svn+https://host/x",
    "https://host/download?file=x",
    "not a requirement",
];

#[test]
fn all_lines_that_can_not_be_locked_are_told_at_once() {
    let _guard = snapshots();
    let Some(workspace) = environment(&[], &UNLOCKABLE) else { return };
    insta::assert_snapshot!("refused-pip", refusal(&workspace, &[]));
}

#[test]
fn they_are_left_out_where_that_is_asked_for() {
    let server = index(Form::Json, &[pure("app", "1.0", &[])]);
    let line = index_line(&server);
    let lines: Vec<&str> = [&*line, "app", "app-gone==1.0"].into_iter().chain(UNLOCKABLE).collect();
    let Some(workspace) = environment(&[], &lines) else { return };
    let report = converted(&workspace, &["--skip-unlockable"]);
    assert_eq!(installed(&report), ["app 1.0 wheel asked"]);
    let dropped = dropped(&report);
    assert_eq!(dropped.len(), UNLOCKABLE.len() + 1);
    assert!(dropped[0].starts_with("7: app-gone==1.0: no index has it"), "{dropped:?}");
}

#[test]
fn nothing_is_told_of_a_file_elsewhere_or_of_what_is_no_requirement() {
    let other = Workspace::empty();
    other.write(".netrc", "hidden==1\n");
    let Some(workspace) = environment(&["numpy=1.19.4"], &["numpy"]) else { return };
    converted(&workspace, &[]);
    let lines = format!("    - -r {}\n    - -r own.txt\n", other.path().join(".netrc").display());
    workspace.write("environment.yml", workspace.read("environment.yml") + &lines);
    workspace.write("own.txt", "machine h login me password hidden\n");
    let told = refused(&workspace, &[]);
    assert!(told.contains(".netrc` can't be read: it is outside of the environment file's directory"), "{told}");
    assert!(told.contains("the file of `-r own.txt` can't be read: its line 1 is neither"), "{told}");
    let checked = run(workspace.envlock().args(["check", "--format", "github"]));
    assert_eq!(checked.code, 1);
    let skipped = converted(&workspace, &["--skip-unlockable"]);
    let all = [told, checked.stdout, checked.stderr, skipped.to_string(), workspace.read("conda-lock.yml")];
    assert!(!all.concat().contains("hidden"), "{all:?}");
    done(workspace.envlock().arg("check"));
}

#[test]
fn a_version_that_no_index_has_is_told_with_the_nearest() {
    let versions = ["1.0", "1.4", "2.0", "3.0"];
    let server = index(Form::Json, &versions.map(|version| pure("app", version, &[])));
    let Some(workspace) = environment(&[], &[&index_line(&server), "app==1.3"]) else { return };
    let told = refused(&workspace, &[]);
    assert!(
        told.contains("environment.yml:6: `app==1.3` is a version that no index has; there are 1.0, 1.4 and 2.0"),
        "{told}"
    );
    assert!(told.contains("it may have been installed from a directory or a repository"), "{told}");

    let Some(workspace) = environment(&[], &[&index_line(&server), "app==1.4+cu118"]) else { return };
    let told = refused(&workspace, &[]);
    assert!(told.contains("a version with +cu118 is on an index of its own"), "{told}");
}

/// A program `uv` in a directory, which is uv however that was installed: as a program, or as a script that needs the search
/// path to find it.
fn uv_of(directory: &Workspace) -> Option<PathBuf> {
    let uv = crate::support::tool("uv")?;
    let path = std::env::var("PATH").unwrap();
    directory.write("uv", format!("#!/bin/sh\nPATH='{path}' exec '{}' \"$@\"\n", uv.display()));
    let uv = directory.path().join("uv");
    fs::set_permissions(&uv, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    Some(uv)
}

#[test]
fn without_uv_a_pip_section_is_an_error_that_says_how_to_get_it() {
    let Some(workspace) = environment(&[], &["app"]) else { return };
    let told = {
        let run = run(workspace.convert_all().env("PATH", "/nowhere"));
        assert_eq!(run.code, 2);
        run.stderr
    };
    assert!(told.contains("needs uv, which is not to be found"), "{told}");
    assert!(told.contains("pip install uv"), "{told}");
    // And without any Python.
    let only_uv = Workspace::empty();
    if uv_of(&only_uv).is_none() {
        return;
    }
    let run = run(workspace.convert_all().env("PATH", only_uv.path()).env("ENVLOCK_PYTHON", "/nowhere/python"));
    assert!(run.code == 2 && run.stderr.contains("a Python to run uv with"), "{}", run.stderr);
}

#[test]
fn uv_and_its_python_may_be_named() {
    let server = index(Form::Json, &[pure("app", "1.0", &[])]);
    let Some(workspace) = environment(&[], &[&index_line(&server), "app"]) else { return };
    let (Some(uv), Some(python)) = (uv_of(&workspace), crate::support::tool("python3")) else { return };
    // A shim of pyenv needs the search path; the Python itself doesn't.
    let output = std::process::Command::new(python).args(["-c", "import sys; print(sys.executable)"]).output().unwrap();
    let python = String::from_utf8(output.stdout).unwrap();
    let mut command = workspace.convert_all();
    command.env("PATH", "/nowhere").env("ENVLOCK_UV", uv).env("ENVLOCK_PYTHON", python.trim());
    let named = run(&mut command);
    assert_eq!(named.code, 0, "{}", named.stderr);
}

#[test]
fn nothing_needs_uv_where_conda_has_met_the_section_or_it_is_left_out() {
    let Some(workspace) = environment(&["numpy=1.19.4"], &["numpy"]) else { return };
    let run_ = run(workspace.convert_all().env("PATH", "/nowhere"));
    assert_eq!(run_.code, 0, "{}", run_.stderr);
    let Some(workspace) = environment(&[], &["app"]) else { return };
    let run_ = run(workspace.convert_all().arg("--no-pip").env("PATH", "/nowhere"));
    assert_eq!(run_.code, 0, "{}", run_.stderr);
}

#[test]
fn a_uv_that_is_too_old_is_named_with_the_version_that_is_needed() {
    let Some(run) = run_with_uv("echo 'uv 0.7.0'") else { return };
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("uv 0.7.0 (") && run.stderr.contains("envlock needs uv 0.8.4 or newer"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("uv self update"), "{}", run.stderr);
}

#[test]
fn a_uv_that_gets_no_more_memory_is_told_with_the_limit() {
    let script = "[ $1 = --version ] && exit 0\necho 'memory allocation of 4096 bytes failed' >&2\nkill -ABRT $$";
    let Some(run) = run_with_uv(script) else { return };
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("uv wants more memory than the 4."), "{}", run.stderr);
}

/// Converts an environment with a pip section, with a script in the place of uv.
fn run_with_uv(script: &str) -> Option<Run> {
    let workspace = environment(&[], &["app"])?;
    workspace.write("uv", format!("#!/bin/sh\n{script}\n"));
    let uv = workspace.path().join("uv");
    fs::set_permissions(&uv, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    Some(run(workspace.convert_all().env("ENVLOCK_UV", &uv)))
}
