//! Asking `rattler_solve`.

use std::collections::{BTreeSet, HashMap};

use rattler_conda_types::{
    GenericVirtualPackage, MatchSpec, MatchSpecCondition, NamelessMatchSpec, PackageName, PackageNameMatcher,
    RepoDataRecord,
};
use rattler_solve::{
    ChannelPriority, SolveStrategy,
    resolvo::{CondaDependencyProvider, NameType, RepoData, SolverPackageRecord},
};
use resolvo::{Problem, Solver, UnsolvableOrCancelled, VersionSetId, conflict::ConflictNode};

use super::Question;
use crate::base::match_spec;

/// What the second solver finds.
#[derive(Debug)]
pub(in crate::solve) enum Found<'q> {
    /// The records that it would install.
    Records(Vec<&'q RepoDataRecord>),
    /// No way to install what is asked for; with the names of packages that stand in the way, as far as it knows them.
    Nothing(Vec<String>),
}

/// Asks for what is demanded.
///
/// Not with the crate's own `Solver`: that draws the conflict where there is one, and draws for ever where packages need
/// each other in a ring.
pub(super) fn ask(question: Question<'_>) -> Found<'_> {
    let Question { records, virtual_packages, demands } = question;
    let mut names = records.iter().filter(|record| !is_readable(record)).map(name);
    // It would panic on some of what it can't read.
    if let Some(first) = names.next() {
        return Found::Nothing([first].into_iter().chain(names).collect());
    }
    drop(names);
    find(records, virtual_packages, &demands.needed, &demands.granted)
}

/// What it installs of these records for specs on packages by their exact names; those that are allowed count where the
/// package is installed anyway. Every dependency must be [readable](read).
pub(in crate::solve) fn find<'q>(
    records: &'q [RepoDataRecord],
    virtual_packages: &'q [GenericVirtualPackage],
    needed: &[MatchSpec],
    allowed: &[MatchSpec],
) -> Found<'q> {
    let provider = CondaDependencyProvider::new(
        [RepoData::from_iter(records)],
        &[],
        &[],
        virtual_packages,
        needed,
        None,
        None,
        ChannelPriority::Disabled,
        None,
        SolveStrategy::Highest,
        Vec::new(),
        &HashMap::new(),
    );
    // It refuses two records of one file that say different things.
    let Ok(provider) = provider else { return Found::Nothing(Vec::new()) };
    let set = |spec: &MatchSpec| version_set(&provider, spec);
    // What the image offers is there, whether something needs it or not, so that constraints on it count.
    let offered = virtual_packages.iter().map(|package| any_version(&provider, &package.name));
    let required: Vec<VersionSetId> = offered.chain(needed.iter().filter_map(set)).collect();
    let allowed: Vec<VersionSetId> = allowed.iter().filter_map(set).collect();
    let problem = Problem::new().requirements(required.into_iter().map(Into::into).collect()).constraints(allowed);
    let mut solver = Solver::new(provider);
    match solver.solve(problem) {
        Ok(chosen) => {
            let record = |id| match &solver.provider().pool.resolve_solvable(id).record {
                SolverPackageRecord::Record(record) => Some(*record),
                SolverPackageRecord::VirtualPackage(_) | SolverPackageRecord::Extra { .. } => None,
            };
            Found::Records(chosen.into_iter().filter_map(record).collect())
        }
        // resolvo 0.12 panics when it draws a conflict in which there are conditions.
        Err(UnsolvableOrCancelled::Unsolvable(_)) if records.iter().any(has_conditions) => Found::Nothing(Vec::new()),
        Err(UnsolvableOrCancelled::Unsolvable(conflict)) => {
            let graph = conflict.graph(&solver).graph;
            let name = |node: &ConflictNode<_>| match node {
                ConflictNode::Solvable(id) => Some(solver.provider().pool.resolve_solvable(*id).record.to_string()),
                ConflictNode::Root | ConflictNode::UnresolvedDependency | ConflictNode::Excluded(_) => None,
            };
            let names: BTreeSet<String> = graph.node_weights().filter_map(name).collect();
            Found::Nothing(names.into_iter().collect())
        }
        Err(UnsolvableOrCancelled::Cancelled(_)) => Found::Nothing(Vec::new()),
    }
}

fn version_set(provider: &CondaDependencyProvider, spec: &MatchSpec) -> Option<VersionSetId> {
    let (PackageNameMatcher::Exact(name), spec) = spec.clone().into_nameless() else { return None };
    let name = provider.pool.intern_package_name(NameType::from(&name));
    Some(provider.pool.intern_version_set(name, spec.into()))
}

fn any_version(provider: &CondaDependencyProvider, name: &PackageName) -> VersionSetId {
    let name = provider.pool.intern_package_name(NameType::from(name));
    provider.pool.intern_version_set(name, NamelessMatchSpec::default().into())
}

fn name(record: &RepoDataRecord) -> String {
    record.package_record.name.as_normalized().to_owned()
}

fn is_readable(record: &RepoDataRecord) -> bool {
    specs(record).all(|text| read(text).is_ok())
}

/// Whether what it needs or allows depends on what else is there.
fn has_conditions(record: &RepoDataRecord) -> bool {
    !record.package_record.extra_depends.is_empty() || specs(record).any(|text| text.contains('['))
}

fn specs(record: &RepoDataRecord) -> impl Iterator<Item = &String> {
    let package = &record.package_record;
    let extra = package.extra_depends.values().flatten();
    package.depends.iter().chain(&package.constrains).chain(extra)
}

/// Reads a dependency as the second solver does.
///
/// # Errors
///
/// Where it can't be read, or names no package.
pub(super) fn read(text: &str) -> Result<MatchSpec, String> {
    let spec = match_spec::of_record(text).map_err(|error| error.to_string())?;
    let is_named = matches!(spec.name, PackageNameMatcher::Exact(_));
    if !is_named {
        return Err("it names no package".to_owned());
    }
    match &spec.condition {
        Some(condition) if !is_plain(condition) => Err("its condition is too involved".to_owned()),
        _ => Ok(spec),
    }
}

/// Whether all parts of a condition are specs without conditions, which are read again as they are written.
fn is_plain(condition: &MatchSpecCondition) -> bool {
    match condition {
        MatchSpecCondition::MatchSpec(spec) => {
            spec.condition.is_none() && read(&spec.to_string()).is_ok_and(|it| it.condition.is_none())
        }
        MatchSpecCondition::And(left, right) | MatchSpecCondition::Or(left, right) => is_plain(left) && is_plain(right),
    }
}
