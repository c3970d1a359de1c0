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

/// What about a wish a literal holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    /// A root is installed, in whatever version.
    Presence,
    /// If it is installed, it has the wanted version.
    Version,
    /// If it is installed, it is the wanted variant.
    Build,
    /// If it is installed, it has a version near the wanted one.
    Nearness,
}

/// One literal.
pub(super) struct Literal {
    /// The index of the wish.
    pub goal: usize,
    /// What is held.
    pub about: About,
    /// The synthetic package.
    pub name: PackageName,
    /// Its candidates, from the one that lets go to the one that holds.
    pub candidates: Vec<RepoDataRecord>,
}

impl Literal {
    /// The version of the candidates that hold the wish, as a match spec.
    pub(super) fn held(&self) -> String {
        match self.about {
            // Each glob is a candidate of its own; one is as good as another.
            About::Build => ">=1".to_owned(),
            _ => format!("=={}", self.candidates.len() - 1),
        }
    }
}

/// The literals of all wishes: what is wanted present first, then versions, variants and nearness, each in order of
/// importance.
///
/// # Errors
///
/// [`SolveError::Records`] if a name can't be part of a match spec.
pub(super) fn literals(goals: &[Goal]) -> Result<Vec<Literal>, SolveError> {
    let mut literals = Vec::new();
    for about in [About::Presence, About::Version, About::Build, About::Nearness] {
        for (index, goal) in goals.iter().enumerate() {
            let holds = holds(goal, about);
            if !holds.is_empty() {
                literals.push(literal(index, about, &holds)?);
            }
        }
    }
    Ok(literals)
}

/// What the candidates of a literal require or constrain, the best first; empty where there is nothing to hold.
fn holds(goal: &Goal, about: About) -> Vec<String> {
    let pin = &goal.wish.pin;
    let name = pin.name.as_normalized();
    match about {
        About::Presence if goal.wish.root && !goal.records.is_empty() => vec![name.to_owned()],
        About::Version if goal.has_version() => match &pin.want {
            Want::Any => Vec::new(),
            Want::Exact(version) => vec![format!("{name} =={version}")],
            Want::Range(spec) => vec![format!("{name} {spec}")],
        },
        About::Build if goal.has_variant() => pin.builds.iter().map(|build| format!("{name} * {build}")).collect(),
        About::Nearness => goal.near.iter().map(|version| format!("{name} =={version}")).collect(),
        _ => Vec::new(),
    }
}

fn literal(goal: usize, about: About, holds: &[String]) -> Result<Literal, SolveError> {
    let text = format!("__envlock_{about:?}_{goal}").to_lowercase();
    let name: PackageName = text.parse().map_err(|error| SolveError::Records(format!("{text}: {error}")))?;
    let mut candidates = vec![candidate(&name, 0)?];
    for (rank, hold) in holds.iter().rev().enumerate() {
        let mut record = candidate(&name, rank + 1)?;
        let list = match about {
            About::Presence => &mut record.package_record.depends,
            _ => &mut record.package_record.constrains,
        };
        list.push(hold.clone());
        candidates.push(record);
    }
    Ok(Literal { goal, about, name, candidates })
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
