//! Right after a conversion the lock is fresh, whatever the environment file.

use std::{cell::Cell, env, fs, path::PathBuf, sync::Mutex, thread};

use super::pypi::pypi;
use crate::support::{Workspace, real_environments, run, snapshot_channel, tool};

/// So many conversions run at a time.
const AT_A_TIME: usize = 4;

/// Converts every file of the corpus that is converted with these options, and checks each. Gives how many that were, and
/// what `check` says of those that aren't fresh.
fn checked(options: &[&str], is_meant: impl Fn(&str) -> bool) -> Option<(usize, Vec<String>)> {
    let (directory, channel) = (real_environments()?, snapshot_channel()?);
    let channel = format!("conda-forge={}", channel.join("conda-forge").display());
    let mut files: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.retain(|file| {
        file.extension().is_some_and(|it| it == "yml") && is_meant(&String::from_utf8_lossy(&fs::read(file).unwrap()))
    });
    let (files, told) = (Mutex::new(files), Mutex::new((0, Vec::new())));
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let Some(file) = files.lock().unwrap().pop() else { return };
                    let workspace = Workspace::empty();
                    workspace.write("environment.yml", fs::read(&file).unwrap());
                    if run(workspace.convert_all_from(&[&channel]).args(options)).code != 0 {
                        continue;
                    }
                    let check = run(workspace.envlock().arg("check"));
                    let mut told = told.lock().unwrap();
                    told.0 += 1;
                    if check.code != 0 {
                        told.1.push(format!("{}: {}{}", file.display(), check.stdout, check.stderr));
                    }
                }
            });
        }
    });
    Some(told.into_inner().unwrap())
}

#[test]
fn a_lock_of_conda_s_packages_is_fresh() {
    let Some((converted, stale)) = checked(&["--no-pip"], |_| true) else { return };
    assert!(converted > 100, "{converted}");
    assert_eq!(stale, [""; 0]);
}

/// `PyPI` is asked for every ninth file that has a pip section, and for all of them where `ENVLOCK_PYPI_EVERY` is 1; that takes
/// many minutes.
#[test]
fn so_is_one_with_a_pip_section() {
    let (Some(_), Some(())) = (tool("uv"), pypi()) else { return };
    let every: usize = env::var("ENVLOCK_PYPI_EVERY").map_or(9, |every| every.parse().unwrap());
    let seen = Cell::new(0);
    let is_meant = |text: &str| {
        let has_pip = text.lines().any(|line| line.trim_start().starts_with("- pip:"));
        seen.set(seen.get() + usize::from(has_pip));
        has_pip && seen.get() % every == 4 % every
    };
    let Some((converted, stale)) = checked(&[], is_meant) else { return };
    assert!(converted * every > 60, "{converted}");
    assert_eq!(stale, [""; 0]);
}
