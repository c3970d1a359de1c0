//! The re-solve: what comes of exports from macOS and Windows can be installed, as far as a reader without a solver
//! can tell.

use std::path::{Path, PathBuf};

use envlock::{
    channel::{self, Channel, FetchOptions},
    environment::read_environment,
    image::{BaseImage, virtual_packages},
    intent,
    solve::{Fate, Request, Solution, SolveError, infer_as_of, solve},
};
use rattler_conda_types::GenericVirtualPackage;
use tokio::runtime::Runtime;

use crate::{
    files::{environment_files, stem},
    support::{IMAGE, real_environments, snapshot_channel, validity::flaws},
};

/// One in so many files is solved: all of them take minutes.
const STEP: usize = 3;

#[test]
fn exports_from_macos_and_windows_give_what_can_be_installed() {
    let (Some(directory), Some(snapshot)) = (real_environments(), snapshot_channel()) else { return };
    let conda_forge = format!("conda-forge={}", snapshot.join("conda-forge").display());
    let channels = channel::select(&[conda_forge], &[], &directory).unwrap().channels;
    let virtual_packages = virtual_packages(&BaseImage::parse(IMAGE).unwrap(), &[]).unwrap();

    let is_export = |file: &PathBuf| stem(file).starts_with("osx-export") || stem(file).starts_with("win-export");
    let files: Vec<PathBuf> = environment_files(&directory).into_iter().filter(is_export).step_by(STEP).collect();
    let check = |file: &PathBuf| match convert(file, &channels, &virtual_packages) {
        Ok((solution, pins)) => wrong(&solution, pins, &virtual_packages),
        Err(SolveError::NoPython { wanted, .. }) if ["python 2.7", "python 3.5"].contains(&wanted.as_str()) => vec![],
        Err(error) => vec![error.to_string()],
    };
    let (first, second) = files.split_at(files.len() / 2);
    let wrong: Vec<(&str, Vec<String>)> = std::thread::scope(|scope| {
        let halves = [first, second]
            .map(|half| scope.spawn(move || half.iter().map(|file| (stem(file), check(file))).collect::<Vec<_>>()));
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    assert_eq!(wrong.len(), files.len());
    let wrong: Vec<_> = wrong.into_iter().filter(|(_, wrong)| !wrong.is_empty()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The steps of the flow up to the solution, which comes with the number of pins.
fn convert(
    file: &Path,
    channels: &[Channel],
    virtual_packages: &[GenericVirtualPackage],
) -> Result<(Solution, usize), SolveError> {
    let environment = read_environment(file).unwrap();
    let intent = intent::understand(&environment);
    let options = FetchOptions { offline: true, cache_dir: env!("CARGO_TARGET_TMPDIR").into(), progress: None };
    let names = intent.pins.iter().map(|pin| pin.name.clone());
    let fetched = Runtime::new().unwrap().block_on(channel::fetch(channels, names, &options)).unwrap();
    let records = fetched.records();
    let as_of = infer_as_of(&intent, records);
    let wishes = intent::rank(&intent, records, as_of);
    let elsewhere = std::collections::BTreeMap::new();
    let request = Request {
        wishes: &wishes,
        records,
        channels,
        elsewhere: &elsewhere,
        virtual_packages,
        as_of,
        horizon: None,
        timeout: None,
        trees: false,
    };
    Ok((solve(&request)?, intent.pins.len()))
}

/// What is wrong with a solution.
fn wrong(solution: &Solution, pins: usize, virtual_packages: &[GenericVirtualPackage]) -> Vec<String> {
    let mut wrong = flaws(&solution.records, virtual_packages);
    if solution.outcomes.len() != pins {
        wrong.push(format!("{} outcomes for {pins} pins", solution.outcomes.len()));
    }
    for outcome in &solution.outcomes {
        let found = solution.records.iter().find(|record| record.package_record.name == outcome.pin.name);
        let agrees = match &outcome.fate {
            Fate::Kept { record } | Fate::Moved { record, .. } => {
                solution.records.iter().any(|other| other.url == record.url)
            }
            Fate::Gone { .. } => found.is_none(),
        };
        if !agrees {
            wrong.push(format!("{} is said to be {:?}", outcome.pin.text, outcome.fate));
        }
    }
    wrong
}
