//! What uv is told, which may hold credentials: nobody else may read it, and nothing of it stays.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use super::environment;
use crate::support::run;

/// What is a matter of milliseconds has failed after this.
const LONG: Duration = Duration::from_secs(20);

/// In the place of uv: notes the modes of where it is and of what it is given, and then does as it is told.
fn stand_in(path: &Path, then: &str) {
    let script = "#!/bin/sh\nif [ \"$1\" = --version ]; then echo uv 0.13.9; exit; fi\n\
                  stat -c '%a %n' . * > \"$NOTES.new\"\ncat uv.toml >> \"$NOTES.new\"\nmv \"$NOTES.new\" \"$NOTES\"\n";
    fs::write(path, format!("{script}{then}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn credentials_are_nobody_elses_and_a_killed_run_leaves_none() {
    let line = "--index-url http://ada:s3cr3t@127.0.0.1:9/simple";
    let Some(workspace) = environment(&[], &[line, "app"]) else { return };
    let (uv, notes, scratch) =
        (workspace.path().join("uv"), workspace.path().join("notes"), workspace.path().join(".cache/scratch"));
    stand_in(&uv, "exec sleep 30 > /dev/null 2>&1");
    let mut command = workspace.convert_all();
    command.env("ENVLOCK_UV", &uv).env("NOTES", &notes);
    let mut shell = Command::new("sh");
    // Whatever the umask is.
    shell.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(command.get_program());
    let mut child = workspace.start(shell, &command);
    let begun = Instant::now();
    while !notes.exists() {
        assert!(begun.elapsed() < LONG && child.try_wait().unwrap().is_none(), "uv isn't asked");
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let told = fs::read_to_string(&notes).unwrap();
    for expected in ["700 .\n", "600 uv.toml\n", "600 requirements.in\n", "600 constraints.txt\n", "ada:s3cr3t"] {
        assert!(told.contains(expected), "{told}");
    }
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), 1, "a killed run cleans nothing");

    stand_in(&uv, "exit 1");
    let next = run(workspace.convert_all().env("ENVLOCK_UV", &uv).env("NOTES", &notes));
    assert!(next.code == 2 && next.stderr.contains("uv failed"), "{}", next.stderr);
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), 0);
}
