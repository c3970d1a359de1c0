//! Wishes as packages: a pin literal is a synthetic package that holds its wish or lets it go.
//!
//! Each literal is a package of which the solver must install one candidate. The candidate of the highest version
//! holds the wish, by a dependency or a constraint on the real package; the lower ones hold less of it, and the last
//! says nothing. The solver prefers high versions, so it holds what it can. The same candidate asked for by its
//! version is a hard wish, and a literal in a conflict says which wish is part of it.

use rattler_conda_types::{
    NoArchType, PackageName, PackageRecord, RepoDataRecord, Version, VersionWithSource,
    package::{BuildString, DistArchiveIdentifier},
};
use url::Url;

use crate::intent::Want;

use super::{error::SolveError, goal::Goal};

/// What about a wish can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    /// A root is installed, in whatever version.
    Presence,
    /// It has the wanted version, if it is installed.
    Version,
    /// It is the wanted variant, if it is installed.
    Build,
}

/// One literal.
pub(super) struct Literal {
    /// The index of the wish.
    pub goal: usize,
    /// The synthetic package.
    pub name: PackageName,
    /// Its candidates, by rank: the first lets go, the last holds most.
    pub candidates: Vec<RepoDataRecord>,
    /// What can be asked for, with the lowest rank that grants it.
    pub asks: Vec<(About, usize)>,
}

/// What a candidate of a literal holds.
enum Hold {
    /// The package is installed, and matches.
    Depends(String),
    /// If the package is installed, it matches.
    Constrains(String),
}

/// The literals of all wishes in order of importance, those of variants last.
///
/// # Errors
///
/// [`SolveError::Records`] if a name can't be part of a match spec.
pub(super) fn literals(goals: &[Goal]) -> Result<Vec<Literal>, SolveError> {
    let pins = goals.iter().enumerate().filter_map(|(index, goal)| pin(index, goal).transpose());
    let variants = goals.iter().enumerate().filter_map(|(index, goal)| variant(index, goal).transpose());
    pins.chain(variants).collect()
}

/// The literal of a wish: the wanted version, then the nearest ones, then any.
fn pin(index: usize, goal: &Goal) -> Result<Option<Literal>, SolveError> {
    let pin = &goal.wish.pin;
    let name = pin.name.as_normalized();
    let exists = !goal.records.is_empty();
    let versions = match &pin.want {
        Want::Exact(version) if goal.has_version() => vec![format!("{name} =={version}")],
        Want::Range(spec) if goal.has_version() => vec![format!("{name} {spec}")],
        Want::Exact(_) => goal.near.iter().map(|version| format!("{name} =={version}")).collect(),
        Want::Any | Want::Range(_) => Vec::new(),
    };
    let hold = if goal.wish.root { Hold::Depends } else { Hold::Constrains };
    let mut holds: Vec<Hold> = versions.into_iter().map(hold).collect();
    if goal.wish.root && exists {
        holds.push(Hold::Depends(name.to_owned()));
    }
    let mut asks = Vec::new();
    if goal.wish.root && exists {
        asks.push((About::Presence, 1));
    }
    if goal.has_version() && pin.want != Want::Any {
        asks.push((About::Version, holds.len()));
    }
    literal(index, "pin", holds, asks)
}

/// The literal of a variant: any of its globs.
fn variant(index: usize, goal: &Goal) -> Result<Option<Literal>, SolveError> {
    let pin = &goal.wish.pin;
    if !goal.has_variant() {
        return Ok(None);
    }
    let holds = pin.builds.iter().map(|build| Hold::Constrains(format!("{} * {build}", pin.name.as_normalized())));
    literal(index, "build", holds.collect(), vec![(About::Build, 1)])
}

/// A literal, if there is anything to hold; the best comes first in `holds`.
fn literal(
    goal: usize,
    kind: &str,
    holds: Vec<Hold>,
    asks: Vec<(About, usize)>,
) -> Result<Option<Literal>, SolveError> {
    if holds.is_empty() {
        return Ok(None);
    }
    let text = format!("__envlock_{kind}_{goal}");
    let name: PackageName = text.parse().map_err(|error| SolveError::Records(format!("{text}: {error}")))?;
    let mut candidates = vec![candidate(&name, 0)?];
    for (rank, hold) in holds.into_iter().rev().enumerate() {
        let mut record = candidate(&name, rank + 1)?;
        match hold {
            Hold::Depends(spec) => record.package_record.depends.push(spec),
            Hold::Constrains(spec) => record.package_record.constrains.push(spec),
        }
        candidates.push(record);
    }
    Ok(Some(Literal { goal, name, candidates, asks }))
}

/// A candidate of a literal, before it holds anything.
fn candidate(name: &PackageName, rank: usize) -> Result<RepoDataRecord, SolveError> {
    let version: Version = rank.to_string().parse().map_err(|_| SolveError::Records(rank.to_string()))?;
    let file = format!("{}-{rank}-0.conda", name.as_normalized());
    let identifier: DistArchiveIdentifier = file.parse().map_err(|_| SolveError::Records(file.clone()))?;
    let url = Url::parse(&format!("literal:/{file}")).map_err(|error| SolveError::Records(error.to_string()))?;
    let mut package_record =
        PackageRecord::new(name.clone(), VersionWithSource::from(version), BuildString::new_unchecked("0"));
    package_record.noarch = NoArchType::generic();
    "noarch".clone_into(&mut package_record.subdir);
    Ok(RepoDataRecord { package_record, identifier, url, channel: None })
}
