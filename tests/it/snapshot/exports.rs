//! The re-solve: what comes of the files can be installed and is what conda's rules allow, as far as a reader without a
//! solver can tell.

use std::path::{Path, PathBuf};

use envlock::{
    channel::Channel,
    solve::{Fate, Outcome, SolveError, second_opinion::confirm},
};
use rattler_conda_types::RepoDataRecord;

use crate::{
    snapshot::files::{REFUSED, environment_files, stem},
    snapshot::records::{AllRecords, Specs},
    snapshot::resolve::{Resolved, Target, each, exports},
    support::{
        real_environments, snapshot_channel,
        validity::{flaws, would_do},
    },
};

/// Channels whose names overlap: some packages are in all of the first three.
const CHANNELS: [&str; 4] = ["pytorch", "nvidia", "conda-forge", "bioconda"];

#[test]
fn every_file_gives_what_can_be_installed_from_conda_forge() {
    every_file_gives_what_can_be_installed(&["conda-forge"]);
}

#[test]
fn every_file_gives_what_can_be_installed_from_several_channels() {
    every_file_gives_what_can_be_installed(&CHANNELS);
}

fn every_file_gives_what_can_be_installed(channels: &[&str]) {
    let (Some(directory), Some(snapshot)) = (real_environments(), snapshot_channel()) else { return };
    let target = Target::new(&snapshot, channels);
    let all: Vec<AllRecords> = target
        .channels
        .iter()
        .zip(channels)
        .map(|(channel, name)| AllRecords::read(&snapshot.join(name), channel.url.as_str()))
        .collect();
    let is_read = |file: &PathBuf| !REFUSED.iter().any(|refused| refused.split(':').next() == Some(stem(file)));
    let files: Vec<PathBuf> = environment_files(&directory).into_iter().filter(is_read).collect();
    let wrong = each(&files, |file| match target.resolve(file) {
        Ok(resolved) => Some(wrong(&target, &all, &resolved)),
        Err(error) => refused_for_good_reason(&all, file, &error),
    });
    assert!(wrong.iter().flatten().count() > files.len() / 2, "most files can be solved");
    let wrong: Vec<_> =
        files.iter().zip(wrong).filter(|(_, wrong)| wrong.as_ref().is_some_and(|wrong| !wrong.is_empty())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What is wrong with an error; `None` where it is right.
fn refused_for_good_reason(all: &[AllRecords], file: &Path, error: &SolveError) -> Option<Vec<String>> {
    let is_right = match error {
        // The snapshot has no python before 3.6.
        SolveError::NoPython { wanted, .. } => wanted.starts_with("python 2.7") || wanted.starts_with("python 3.5"),
        SolveError::Nothing { .. } => {
            let environment = envlock::environment::read_environment(file).unwrap();
            let intent = envlock::intent::understand(&environment);
            intent.pins.iter().all(|pin| all.iter().all(|channel| channel.of(pin.name.as_normalized()).is_empty()))
        }
        _ => false,
    };
    if is_right { None } else { Some(vec![error.to_string()]) }
}

/// What is wrong with a solution.
fn wrong(target: &Target, all: &[AllRecords], Resolved { pins, solution, .. }: &Resolved) -> Vec<String> {
    let records = &solution.records;
    let mut wrong = flaws(records, &target.virtual_packages);
    wrong.extend(confirm(solution, &target.virtual_packages).err().map(|it| it.to_string()));
    wrong.extend(
        records
            .iter()
            .filter(|record| is_passed_over(target, all, records, record))
            .map(|record| format!("{} is not of the most important channel that has it", record.url)),
    );
    let of_any_build = |record: &&RepoDataRecord| {
        let is_of = |outcome: &Outcome| outcome.pin.name == record.package_record.name;
        solution.outcomes.iter().filter(|outcome| is_of(outcome)).all(|outcome| outcome.pin.builds.is_empty())
    };
    let may_vary = records.iter().filter(of_any_build);
    wrong.extend(may_vary.filter_map(|record| needless_features(target, all, records, record)));
    if solution.outcomes.len() != *pins {
        wrong.push(format!("{} outcomes for {pins} pins", solution.outcomes.len()));
    }
    for outcome in &solution.outcomes {
        let found = records.iter().find(|record| record.package_record.name == outcome.pin.name);
        let agrees = match &outcome.fate {
            Fate::Kept { record } | Fate::Moved { record, .. } => records.iter().any(|other| other.url == record.url),
            Fate::Gone { .. } => found.is_none(),
        };
        if !agrees {
            wrong.push(format!("{} is said to be {:?}", outcome.pin.text, outcome.fate));
        }
    }
    wrong
}

/// The place of a record's channel among the channels.
fn rank(target: &Target, record: &RepoDataRecord) -> usize {
    let is_of = |channel: &Channel| record.url.as_str().starts_with(channel.url.as_str());
    target.channels.iter().position(is_of).unwrap()
}

/// Whether a more important channel has a record of the same name that the image and its python allow.
fn is_passed_over(target: &Target, all: &[AllRecords], set: &[RepoDataRecord], record: &RepoDataRecord) -> bool {
    let name = record.package_record.name.as_normalized();
    let rank = rank(target, record);
    let python = set.iter().find(|record| record.package_record.name.as_normalized() == "python");
    all[..rank].iter().any(|channel| {
        let specs = Specs::new(channel, &target.virtual_packages);
        channel.of(name).iter().any(|index| {
            channel.records[*index].package_record.depends.iter().all(|text| {
                let spec = specs.get(text);
                match (spec.offered, python) {
                    (Some((met, _)), _) => met,
                    (None, Some(python)) if spec.name == "python" => spec.is_match(python),
                    _ => true,
                }
            })
        })
    })
}

/// What is wrong with a record that has `track_features` where one of the same version without, and no newer, would do in
/// its place.
fn needless_features(
    target: &Target,
    all: &[AllRecords],
    set: &[RepoDataRecord],
    record: &RepoDataRecord,
) -> Option<String> {
    let package = &record.package_record;
    if package.track_features.is_empty() {
        return None;
    }
    let rank = rank(target, record);
    let others = all[rank].of(package.name.as_normalized()).iter().map(|index| &all[rank].records[*index]);
    let is_plain = |other: &&RepoDataRecord| {
        let other = &other.package_record;
        other.track_features.is_empty() && other.version == package.version && other.timestamp <= package.timestamp
    };
    let mut plain = others.filter(is_plain);
    let other = plain.find(|other| would_do(other, record, set, &target.virtual_packages))?;
    Some(format!("{} has features, and {} would do", record.url, other.url))
}

#[test]
fn what_is_found_is_found_again_by_what_the_lock_will_know() {
    let (Some(directory), Some(snapshot)) = (real_environments(), snapshot_channel()) else { return };
    let target = Target::new(&snapshot, &["conda-forge"]);
    let urls = |resolved: &Resolved| -> Vec<String> {
        resolved.solution.records.iter().map(|record| record.url.to_string()).collect()
    };
    let files = exports(&directory);
    let changed = each(&files, |file| {
        let Ok(first) = target.resolve(file) else { return false };
        let again = target.resolve_up_to(first.solution.horizon, file).unwrap();
        urls(&again) != urls(&first) || again.solution.horizon != first.solution.horizon
    });
    let changed: Vec<&PathBuf> =
        files.iter().zip(changed).filter(|(_, changed)| *changed).map(|(file, _)| file).collect();
    assert!(changed.is_empty(), "{changed:#?}");
}
