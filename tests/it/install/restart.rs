//! Installations that are broken off, and go on.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use rattler_conda_types::PrefixRecord;

use super::{contents, install, listed, packages, records};
use crate::support::{Workspace, done, real_channel::Package, run, skipped};

/// The mark of an environment that isn't finished.
const MARK: &str = "conda-meta/.envlock";

/// What can be read of the records of an environment is whole.
fn whole_records(prefix: &Path) -> usize {
    let names = records(prefix);
    for name in &names {
        PrefixRecord::from_path(prefix.join(format!("conda-meta/{name}.json"))).unwrap();
    }
    names.len()
}

/// It goes on, and comes to what it would have been at once.
fn goes_on(workspace: &Workspace, prefix: &str) {
    done(&mut install(workspace, &["-p", prefix, "list.txt"]));
    done(&mut install(workspace, &["-p", "at-once", "list.txt"]));
    let (one, other) = (contents(workspace, prefix), contents(workspace, "at-once"));
    for path in one.keys().chain(other.keys()) {
        let text = |bytes: Option<&Option<Vec<u8>>>| {
            bytes.map(|bytes| bytes.as_deref().map(|it| String::from_utf8_lossy(it).into_owned()))
        };
        assert_eq!(text(one.get(path)), text(other.get(path)), "{}", path.display());
    }
}

#[test]
fn what_is_in_the_way_of_a_file_stops_it_until_it_is_gone() {
    let (_server, workspace) = listed(packages());
    let way = workspace.path().join("env/lib/p3/5.txt");
    fs::create_dir_all(way.join("mine")).unwrap();
    fs::create_dir_all(workspace.path().join("env/conda-meta")).unwrap();
    let said = run(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let text = said.stderr.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.code == 2 && text.contains("p3 can't be put into") && text.contains("lib/p3/5.txt"), "{text}");
    let prefix = workspace.path().join("env");
    assert!(whole_records(&prefix) == 5 && prefix.join(MARK).exists());
    fs::remove_dir_all(way).unwrap();
    goes_on(&workspace, "env");
}

#[test]
fn a_process_that_is_killed_leaves_what_the_next_one_finishes() {
    let (_server, workspace) = listed(packages());
    for delay in (1..=12).map(|it| Duration::from_millis(it * 25)) {
        _ = install(&workspace, &["-p", "env", "list.txt"]).timeout(delay).ok();
        if workspace.path().join("env/conda-meta").exists() {
            whole_records(&workspace.path().join("env"));
        }
    }
    goes_on(&workspace, "env");
}

#[test]
fn an_unfinished_record_counts_for_nothing() {
    let (_server, workspace) = listed(packages());
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let prefix = workspace.path().join("env");
    fs::write(prefix.join("conda-meta/p1-1-0.json"), "").unwrap();
    fs::write(prefix.join("conda-meta/prefix_record_abcdef"), "{").unwrap();
    fs::write(prefix.join("lib/p1/0.txt"), "half").unwrap();
    goes_on(&workspace, "env");
}

#[test]
fn files_of_several_packages_are_whose_they_should_be_after_all() {
    let both = |name: &str| Package::new(name, "1", &[]).with("share/both", 0o644, name);
    let (_server, workspace) = listed(vec![both("a"), both("b")]);
    done(&mut install(&workspace, &["-p", "env", "list.txt"]));
    let prefix = workspace.path().join("env");
    assert_eq!(whole_records(&prefix), 2);
    // As if it had been killed while the files were moved.
    fs::remove_file(prefix.join("share/both")).unwrap();
    fs::write(prefix.join(MARK), "begun").unwrap();
    goes_on(&workspace, "env");
    assert!(prefix.join("share/both").exists() && !prefix.join(MARK).exists());
}

#[test]
fn a_full_disk_leaves_whole_records_and_what_the_next_one_finishes() {
    let (_server, workspace) = listed(packages());
    let Some(disk) = Disk::mount(workspace.path().join("disk")) else { return };
    let prefix = workspace.path().join("disk/env");
    let said = run(&mut install(&workspace, &["-p", "disk/env", "list.txt"]));
    assert!(said.code == 2 && said.stderr.contains("No space left on device"), "{}", said.stderr);
    assert!(said.stderr.contains("run the command again"), "{}", said.stderr);
    whole_records(&prefix);
    disk.grow();
    goes_on(&workspace, "disk/env");
}

/// A small disk in memory; it goes when it is dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: PathBuf) -> Option<Self> {
        fs::create_dir_all(&at).unwrap();
        let output = Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(&at).output().ok();
        match output {
            Some(output) if output.status.success() => Some(Self(at)),
            Some(output) => skipped(&format!("no disk: {}", String::from_utf8_lossy(&output.stderr))),
            None => skipped("no `mount`"),
        }
    }

    fn grow(&self) {
        let grown = Command::new("mount").args(["-o", "remount,size=64m"]).arg(&self.0).status().unwrap();
        assert!(grown.success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        _ = Command::new("umount").arg(&self.0).status();
    }
}
