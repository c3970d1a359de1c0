//! The re-solve, held against an exact MaxSAT oracle that shares nothing with it: other records (rattler's), other
//! matching, another solver, another algorithm.

mod optimum;
mod reasons;
mod statement;

use std::{
    collections::{HashMap, HashSet},
    env,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use envlock::solve::SolveError;

use crate::{
    snapshot::files::stem,
    snapshot::records::{AllRecords, Specs},
    snapshot::resolve::{Resolved, Target, each, exports},
    support::{real_environments, snapshot_channel},
};
use optimum::{Bound, least_cost};
use statement::{Kind, state};

/// How many seconds the oracle has for each file, unless `ENVLOCK_ORACLE_SECONDS` says otherwise.
const SECONDS: u64 = 60;

/// A line of the table.
struct Compared {
    /// How many packages that people use are there, their versions, and those of libraries; each of so many.
    parts: [(usize, usize); 3],
    /// What the solution goes without.
    ours: u32,
    /// What any solution goes without.
    least: Bound,
    seconds: f64,
}

#[test]
fn no_environment_keeps_more_than_the_one_found() {
    let (Some(directory), Some(snapshot)) = (real_environments(), snapshot_channel()) else { return };
    let seconds = env::var("ENVLOCK_ORACLE_SECONDS").map_or(SECONDS, |text| text.parse().unwrap());
    let target = Target::new(&snapshot, &["conda-forge"]);
    let all = AllRecords::read(&snapshot.join("conda-forge"), "https://conda.anaconda.org/conda-forge");
    let seed = crate::support::fixtures().join("seed/environment.yml");
    let only = env::var("ENVLOCK_ORACLE_ONLY").unwrap_or_default();
    let mut files: Vec<PathBuf> = [seed].into_iter().chain(exports(&directory)).collect();
    files.retain(|file| file.to_str().unwrap().contains(&only));

    let lines = each(&files, |file| match target.resolve(file) {
        Ok(resolved) => Some(compare(&target, &all, &resolved, Duration::from_secs(seconds))),
        Err(SolveError::NoPython { .. }) => None,
        Err(error) => panic!("{}: {error}", file.display()),
    });
    let mut worse = Vec::new();
    let (mut totals, mut counted) = ([(0, 0); 3], 0);
    println!("| file | people's packages | their versions | libraries' versions | gone without | optimum | seconds |");
    for (file, line) in files.iter().zip(lines) {
        let Some(Compared { parts, ours, least, seconds }) = line else {
            println!("| {} | no such python |", name(file));
            continue;
        };
        let optimum = if least.exact { least.at_least.to_string() } else { format!(">= {}", least.at_least) };
        println!("| {} | {} | {ours} | {optimum} | {seconds:.1} |", name(file), told(&parts));
        for (total, part) in totals.iter_mut().zip(parts) {
            *total = (total.0 + part.0, total.1 + part.1);
        }
        counted += 1;
        if least.exact && least.at_least != ours {
            worse.push(format!("{}: {ours}, and {} would do", name(file), least.at_least));
        }
        assert!(least.at_least <= ours, "{}: the oracle is wrong", name(file));
    }
    println!("| {counted} files | {} |", told(&totals));
    assert!(worse.is_empty(), "{worse:#?}");
}

fn name(file: &Path) -> &str {
    if file.ends_with("seed/environment.yml") { "seed" } else { stem(file) }
}

fn compare(target: &Target, all: &AllRecords, resolved: &Resolved, limit: Duration) -> Compared {
    let start = Instant::now();
    let Resolved { wishes, solution, .. } = resolved;
    let specs = Specs::new(all, &target.virtual_packages);
    let mut statement = state(all, &specs, wishes);
    let by_url: HashMap<&str, usize> =
        all.records.iter().enumerate().map(|(index, record)| (record.url.as_str(), index)).collect();
    let installed: HashSet<usize> = solution.records.iter().map(|record| by_url[record.url.as_str()]).collect();
    let ours = statement.softs.iter().filter(|soft| !soft.is_granted(&installed)).map(|soft| soft.weight).sum();
    let least = least_cost(&mut statement, ours, Instant::now() + limit);
    let part = |kind: Kind| {
        let of_kind = || statement.softs.iter().filter(|soft| soft.kind == kind);
        (of_kind().filter(|soft| soft.is_granted(&installed)).count(), of_kind().count())
    };
    let parts = [Kind::Presence, Kind::Version, Kind::Library].map(part);
    Compared { parts, ours, least, seconds: start.elapsed().as_secs_f64() }
}

fn told(parts: &[(usize, usize); 3]) -> String {
    parts.map(|(granted, of)| format!("{granted} of {of}")).join(" | ")
}
