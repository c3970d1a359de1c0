//! Conversions that ask nobody: the records and the image are the tests' own.

use std::{fs, path::Path, sync::Arc};

use rattler_conda_types::RepoDataRecord;
use tempfile::TempDir;

use super::{
    job::{Finished, Job, Shared, solve},
    started,
};
use crate::{
    channel::Records,
    image::DEFAULT_IMAGE,
    lockfile::{
        FILE_NAME, LockedFate, parse,
        testing::{image, record},
    },
    machine::Machine,
    progress::{Events, Silent},
    project::{Options, machines::Machines, plan::Plan},
    report::Verdict,
};

/// The environment file and all that comes of it, in the order of their names.
const ALL: [&str; 5] = ["Dockerfile", "conda-linux-64.lock", FILE_NAME, "environment.yml", "envlock.sh"];

/// A directory with an environment file.
fn home(dependencies: &[&str]) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let lines: String = dependencies.iter().flat_map(|line| ["  - ", line, "\n"]).collect();
    fs::write(home.path().join("environment.yml"), format!("channels:\n  - conda-forge\ndependencies:\n{lines}"))
        .unwrap();
    home
}

fn python(version: &str) -> RepoDataRecord {
    record(&format!("python-{version}-0"), "linux-64", &[], "ab")
}

fn app(version: &str, needs: &str) -> RepoDataRecord {
    record(&format!("app-{version}-0"), "linux-64", &["python", needs], "cd")
}

/// Converts with a channel that has these records.
fn convert(home: &Path, options: Options, is_dry: bool, records: &[RepoDataRecord]) -> miette::Result<Finished> {
    let plan = Plan::new(home.join("environment.yml"), options);
    let (events, runtime): (Arc<dyn Events>, _) = (Arc::new(Silent), started()?);
    let mut shared = Shared::default();
    shared.images.push(image());
    let mut job = Job::prepare(&plan, &mut shared, &runtime, &events)?;
    job.is_dry = is_dry;
    let records = Records::of([records.to_vec()]);
    job.finish(solve(&job, &records, events.as_ref()), &records, &runtime, events.as_ref())
}

/// The names of the files in a directory.
fn files(home: &Path) -> Vec<String> {
    let names = fs::read_dir(home).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn locked(home: &Path) -> Vec<String> {
    let text = fs::read_to_string(home.join(FILE_NAME)).unwrap();
    let lock = parse(FILE_NAME, &text).unwrap();
    lock.packages().iter().map(|package| format!("{} {}", package.name, package.version)).collect()
}

#[test]
fn a_file_becomes_a_lock_and_a_dockerfile_and_stays_what_it_is() {
    let home = home(&["python=3.12.1", "app=1.0"]);
    let records = [python("3.12.1"), python("3.12.2"), app("1.0", "python >=3.12"), app("2.0", "python >=3.12")];
    let done = convert(home.path(), Options::default(), false, &records).unwrap();
    assert_eq!((done.report.counts.pins, done.report.counts.kept), (2, 2));
    assert_eq!(locked(home.path()), ["app 1.0", "python 3.12.1"]);
    assert_eq!(files(home.path()), ALL);
    let dockerfile = fs::read_to_string(home.path().join("Dockerfile")).unwrap();
    assert!(dockerfile.contains(&format!("@sha256:{}", "ab".repeat(32))), "{dockerfile}");

    let again = convert(home.path(), Options::default(), false, &records).unwrap();
    assert!(again.report.written.iter().all(|file| !file.changed), "{:?}", again.report.written);
    assert_eq!(again.lock, done.lock);
}

#[test]
fn what_a_channel_has_gained_since_is_left_alone() {
    let home = home(&["python=3.12", "app"]);
    let mut records = vec![python("3.12.1"), app("1.0", "python >=3.12")];
    records[0].package_record.timestamp = Some("2024-01-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap().into());
    convert(home.path(), Options::default(), false, &records).unwrap();
    let mut newer = python("3.12.2");
    newer.package_record.timestamp = Some("2024-06-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap().into());
    records.push(newer);
    convert(home.path(), Options::default(), false, &records).unwrap();
    assert_eq!(locked(home.path()), ["app 1.0", "python 3.12.1"]);

    // Whoever has no lock yet gets it.
    let other = self::home(&["python=3.12", "app"]);
    convert(other.path(), Options::default(), false, &records).unwrap();
    assert_eq!(locked(other.path()), ["app 1.0", "python 3.12.2"]);
}

#[test]
fn what_moves_is_told_and_kept_in_the_lock() {
    let home = home(&["python=3.12.1", "app==1.0"]);
    let records = [python("3.12.1"), app("1.0", "python <3.12"), app("1.1", "python >=3.12")];
    let done = convert(home.path(), Options::default(), false, &records).unwrap();
    let pin = done.report.pins.iter().find(|pin| pin.name == "app").unwrap();
    assert_eq!((pin.fate, pin.version.as_deref()), (Verdict::Moved, Some("1.1")));
    let [outcome] = done.lock.outcomes().try_into().unwrap();
    assert_eq!((&*outcome.name, &*outcome.asked), ("app", "1.0"));
    assert_eq!(outcome.fate, LockedFate::MovedTo("1.1".to_owned()));
    assert!(outcome.why.contains("python"), "{}", outcome.why);
}

#[test]
fn nothing_is_written_where_it_is_only_tried_or_fails() {
    let there = home(&["python=3.12.1"]);
    let done = convert(there.path(), Options::default(), true, &[python("3.12.1")]).unwrap();
    assert_eq!((done.report.counts.kept, done.report.written.len()), (1, 0));
    assert_eq!(files(there.path()), ["environment.yml"]);

    let error = convert(there.path(), Options::default(), false, &[python("3.11.4")]).err().unwrap();
    assert!(error.to_string().contains("3.12"), "{error}");
    assert_eq!(files(there.path()), ["environment.yml"]);
}

#[test]
fn what_the_plan_has_read_of_the_machine_is_not_read_again() {
    let home = home(&["python"]);
    let machine = Machine { taken: vec!["a channel (the plan)".to_owned()], ..Machine::default() };
    let plan =
        Plan { machines: Machines::of(machine), ..Plan::new(home.path().join("environment.yml"), Options::default()) };
    let (events, runtime): (Arc<dyn Events>, _) = (Arc::new(Silent), started().unwrap());
    let mut shared = Shared { images: vec![image()], ..Shared::default() };
    let job = Job::prepare(&plan, &mut shared, &runtime, &events).unwrap();
    assert_eq!(job.machine.taken, ["a channel (the plan)"]);
}

#[test]
fn an_image_without_a_digest_is_looked_up_among_the_known_ones_first() {
    let home = home(&["python=3.12.1"]);
    let options = Options { base_image: Some("debian:13-slim".to_owned()), offline: Some(true), ..Options::default() };
    let error = convert(home.path(), options, false, &[python("3.12.1")]).err().unwrap();
    assert!(error.to_string().contains("debian:13-slim"), "{error}");

    // The default image is one that the test knows.
    let options = Options { base_image: Some(DEFAULT_IMAGE.to_owned()), offline: Some(true), ..Options::default() };
    let done = convert(home.path(), options, false, &[python("3.12.1")]).unwrap();
    assert_eq!(done.lock.recipe().unwrap().base.to_string(), image().to_string());
}
