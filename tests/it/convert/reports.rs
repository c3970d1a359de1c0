//! What is printed and written, whole, as snapshots for a reader.

use insta::assert_snapshot;

use crate::support::{Workspace, done, snapshots};

#[test]
fn an_export_from_macos() {
    whole("macos");
}

#[test]
fn an_export_from_windows() {
    whole("windows");
}

#[test]
fn a_file_written_by_hand() {
    whole("hand");
}

/// Everything that comes of one of the fixtures.
fn whole(folder: &str) {
    let _snapshots = snapshots();
    let workspace = Workspace::with(folder);
    // Nothing says how wide the terminal is.
    let report = done(workspace.convert().env_remove("COLUMNS"));
    assert_eq!(report.stdout, "");
    assert_snapshot!(format!("{folder}-report"), report.stderr);
    assert_snapshot!(format!("{folder}-lock"), workspace.read("conda-lock.yml"));
    assert_snapshot!(format!("{folder}-dockerfile"), workspace.read("Dockerfile"));

    let again = done(workspace.convert().env_remove("COLUMNS").arg("-vv"));
    assert_eq!(again.stdout, "");
    assert_snapshot!(format!("{folder}-report-verbose"), again.stderr);

    let elsewhere = Workspace::with(folder);
    let document = done(elsewhere.convert().arg("--json"));
    assert_eq!(document.stderr, "");
    assert_snapshot!(format!("{folder}-report-json"), document.stdout);
}

#[test]
fn quiet_prints_nothing_and_writes_the_same() {
    let (quiet, plain) = (Workspace::with("macos"), Workspace::with("macos"));
    let run = done(quiet.convert().arg("--quiet"));
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    done(&mut plain.convert());
    assert_eq!(quiet.contents(), plain.contents());
}

#[test]
fn help() {
    let _snapshots = snapshots();
    let workspace = Workspace::empty();
    for (name, arguments) in [("help", &["--help"][..]), ("help-convert", &["convert", "--help"])] {
        let run = done(workspace.envlock().args(arguments));
        assert_eq!(run.stderr, "");
        assert_snapshot!(name, run.stdout);
    }
}
