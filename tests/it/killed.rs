//! Runs that are killed: whatever they had begun, the files are those of before or those of after.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use assert_cmd::Command;

use crate::support::{IMAGE, Workspace, done, fixtures};

/// How often runs are killed, where `ENVLOCK_KILLS` says nothing else.
const KILLS: u32 = 24;
const MORE: &str = "dependencies: [numpy, pandas]\n";
const LESS: &str = "dependencies: [zlib]\n";

fn convert(workspace: &Workspace, layers: &str) -> Command {
    let channel = format!("conda-forge={}", fixtures().join("channel").display());
    let mut command = workspace.convert_bare();
    command.args(["--no-pip", "--channel", &channel, "--base-image", IMAGE, "--layers", layers]);
    command
}

/// The files that belong to the lock.
fn written(workspace: &Workspace) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut contents = workspace.contents();
    contents.retain(|path, _| !path.ends_with("environment.yml"));
    contents
}

#[test]
fn a_killed_run_is_ended_or_undone_by_the_next_command() {
    let kills = env::var("ENVLOCK_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS);
    let workspace = Workspace::empty();
    let sides = [(MORE, "3"), (LESS, "1")];
    let mut known = Vec::new();
    let mut longest = Duration::ZERO;
    for (environment, layers) in sides {
        workspace.write("environment.yml", environment);
        let start = Instant::now();
        done(&mut convert(&workspace, layers));
        longest = longest.max(start.elapsed());
        known.push(written(&workspace));
    }
    assert_ne!(known[0], known[1]);
    for round in 0..kills {
        let (environment, layers) = sides[round as usize % 2];
        workspace.write("environment.yml", environment);
        // Each moment of a run comes up, those at its end, when files are written, more often.
        let part = f64::from(round * 37 % 100) / 100.0;
        let moment = longest.mul_f64(if round % 4 == 0 { part } else { 0.7 + 0.4 * part });
        // It may have come to its end by then.
        convert(&workspace, layers).timeout(moment).output().unwrap();
        // Any command will do; whether the lock is fresh is another matter.
        workspace.envlock().args(["check", "conda-lock.yml"]).output().unwrap();
        let mut found = written(&workspace);
        found.retain(|path, _| !is_left(path));
        assert!(known.contains(&found), "round {round}: {:?}", found.keys().collect::<Vec<_>>());
        if round % 8 == 0 {
            done(&mut convert(&workspace, layers));
            assert_eq!(written(&workspace), known[round as usize % 2], "round {round}");
        }
    }
}

/// Whether it is a file that got no name; the next conversion removes it.
fn is_left(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".envlock-"))
}
