//! Why a wish that could be granted alone wasn't: one line that a person can follow.

use std::collections::{BTreeMap, BTreeSet};

use rattler_conda_types::{MatchSpec, Matches, PackageName, PackageNameMatcher, ParseMatchSpecOptions, RepoDataRecord};

use super::{Reason, candidates::Candidates, goal::Goal};
use crate::words::and;

/// What bears on a lost wish.
pub(super) struct Evidence<'e> {
    /// The wish.
    pub goal: &'e Goal<'e>,
    /// The records that would have granted it.
    pub wanted: Vec<&'e RepoDataRecord>,
    /// The wishes that the solver found in the conflict.
    pub others: BTreeSet<usize>,
    /// What could be installed.
    pub candidates: &'e Candidates<'e>,
    /// What is installed instead.
    pub chosen: &'e BTreeMap<&'e PackageName, &'e RepoDataRecord>,
}

/// The reason, with the shortest chain that the chosen records show: a package that is kept and excludes every wanted
/// record; else what the newest wanted record needs and doesn't get; else the wishes in the solver's conflict.
pub(super) fn conflict(goals: &[Goal], evidence: &Evidence) -> Reason {
    let name = &evidence.goal.wish.pin.name;
    let because: Vec<String> = evidence
        .others
        .iter()
        .filter_map(|&other| evidence.chosen.get(&goals[other].wish.pin.name))
        .map(|record| title(record))
        .collect();
    let why = excluded(name, goals, evidence).or_else(|| unmet(evidence)).unwrap_or_else(|| match because.as_slice() {
        [] => "it doesn't go together with what is kept".to_owned(),
        others => format!("it doesn't go together with {}", list(others)),
    });
    Reason::Conflict { because, why }
}

/// A chosen record whose dependencies or constraints exclude every wanted record: one of the conflict if there is one,
/// else one that is kept as it was wanted, else any.
fn excluded(name: &PackageName, goals: &[Goal], evidence: &Evidence) -> Option<String> {
    let rank = |record: &RepoDataRecord| {
        let of_name = |goal: &&Goal| goal.wish.pin.name == record.package_record.name;
        let blamed = evidence.others.iter().map(|&other| &goals[other]).any(|goal| of_name(&goal));
        let kept = goals.iter().find(of_name).is_some_and(|goal| goal.is_version(record));
        (!kept, !blamed)
    };
    let mut chosen: Vec<&RepoDataRecord> = evidence.chosen.values().copied().collect();
    chosen.sort_by_key(|record| rank(record));
    chosen.into_iter().find_map(|chosen| {
        let package = &chosen.package_record;
        let excludes = |text: &str| {
            let spec = spec_on(text, name)?;
            (!evidence.wanted.iter().any(|wanted| spec.matches(*wanted))).then(|| text.to_owned())
        };
        let needs = package.depends.iter().find_map(|text| excludes(text));
        let allows = || package.constrains.iter().find_map(|text| excludes(text));
        needs
            .map(|text| format!("{} needs {text}", title(chosen)))
            .or_else(|| allows().map(|text| format!("{} allows only {text}", title(chosen))))
    })
}

/// What the newest wanted record needs and doesn't get, because it isn't there or because another version is kept.
fn unmet(evidence: &Evidence) -> Option<String> {
    let wanted = evidence.wanted.last()?;
    let package = &wanted.package_record;
    let missing = package.depends.iter().find_map(|text| {
        let name = spec_name(text)?;
        let nowhere = !name.as_normalized().starts_with("__") && evidence.candidates.get(&name).is_empty();
        nowhere.then(|| format!("{} needs {text}, which isn't there for Linux", title(wanted)))
    });
    missing.or_else(|| {
        package.depends.iter().chain(&package.constrains).find_map(|text| {
            let chosen = evidence.chosen.get(&spec_name(text)?)?;
            let spec = MatchSpec::from_str(text, ParseMatchSpecOptions::lenient()).ok()?;
            (!spec.matches(*chosen)).then(|| format!("{} needs {text}, and {} is chosen", title(wanted), title(chosen)))
        })
    })
}

/// The name of a dependency.
fn spec_name(text: &str) -> Option<PackageName> {
    match MatchSpec::from_str(text, ParseMatchSpecOptions::lenient()).ok()?.name {
        PackageNameMatcher::Exact(name) => Some(name),
        _ => None,
    }
}

/// A dependency, if it is one on this name.
fn spec_on(text: &str, name: &PackageName) -> Option<MatchSpec> {
    if !text.to_lowercase().starts_with(name.as_normalized()) {
        return None;
    }
    let spec = MatchSpec::from_str(text, ParseMatchSpecOptions::lenient()).ok()?;
    matches!(&spec.name, PackageNameMatcher::Exact(exact) if exact == name).then_some(spec)
}

/// How a person calls a record: `numpy 1.15.4`.
fn title(record: &RepoDataRecord) -> String {
    format!("{} {}", record.package_record.name.as_normalized(), record.package_record.version)
}

/// The items as part of a sentence; of many, the first three.
fn list(items: &[String]) -> String {
    match items {
        [first, second, third, rest @ ..] if !rest.is_empty() => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        few => and(few),
    }
}
