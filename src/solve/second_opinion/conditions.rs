//! Constraints under a condition.
//!
//! `rattler_solve` takes them for constraints that always count. What is there is settled here, so whether one counts is, too.

use std::borrow::Cow;

use rattler_conda_types::{
    GenericVirtualPackage, MatchSpec, MatchSpecCondition, Matches, PackageName, PackageNameMatcher, RepoDataRecord,
};

use super::ask::read;

/// The records, whose constraints have no conditions any more: those that don't count are left out.
pub(super) fn settled<'r>(
    records: &'r [RepoDataRecord],
    virtual_packages: &[GenericVirtualPackage],
) -> Cow<'r, [RepoDataRecord]> {
    let is_conditional = |record: &RepoDataRecord| record.package_record.constrains.iter().any(|it| it.contains('['));
    if !records.iter().any(is_conditional) {
        return Cow::Borrowed(records);
    }
    let settle = |text: &String| {
        // What can't be read is told by who reads it next.
        let Ok(spec) = read(text) else { return Some(text.clone()) };
        match &spec.condition {
            None => Some(text.clone()),
            Some(condition) if is_true(condition, records, virtual_packages) => {
                Some(MatchSpec { condition: None, ..spec }.to_string())
            }
            Some(_) => None,
        }
    };
    let mut settled = records.to_vec();
    for record in settled.iter_mut().filter(|record| is_conditional(record)) {
        let constrains = &mut record.package_record.constrains;
        *constrains = constrains.iter().filter_map(settle).collect();
    }
    Cow::Owned(settled)
}

/// Whether a condition is true where these are there: CEP 43.
fn is_true(
    condition: &MatchSpecCondition,
    records: &[RepoDataRecord],
    virtual_packages: &[GenericVirtualPackage],
) -> bool {
    let is_true = |condition: &MatchSpecCondition| is_true(condition, records, virtual_packages);
    match condition {
        MatchSpecCondition::MatchSpec(spec) => {
            let is_named = |name: &PackageName| matches!(&spec.name, PackageNameMatcher::Exact(exact) if exact == name);
            let offered = || virtual_packages.iter().any(|it| is_named(&it.name) && spec.matches(it));
            records.iter().any(|it| is_named(&it.package_record.name) && spec.matches(it)) || offered()
        }
        MatchSpecCondition::And(one, other) => is_true(one) && is_true(other),
        MatchSpecCondition::Or(one, other) => is_true(one) || is_true(other),
    }
}
