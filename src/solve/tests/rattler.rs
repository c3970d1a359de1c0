//! Agreement with `rattler_solve`, which knows no pins: on what can be had together, and where nothing is pinned, on what
//! is preferred.

use std::cmp::Reverse;

use proptest::prelude::*;
use rattler_conda_types::{VersionWithSource, utils::TimestampMs};

use super::{
    exhaustive::{Set, any_channel, flaw, name},
    *,
};
use crate::solve::second_opinion::{Found, find};

/// Records without the conditions of constraints, which `rattler_solve` takes for constraints without conditions.
fn without_conditional_constraints(mut records: Vec<RepoDataRecord>) -> Vec<RepoDataRecord> {
    for record in &mut records {
        record.package_record.constrains.retain(|text| !text.contains("when="));
    }
    records
}

/// What it installs for specs, by name; `None` where there is no solution.
fn reference(records: &[RepoDataRecord], specs: &[&str]) -> Option<BTreeMap<String, RepoDataRecord>> {
    let parse = |text: &&str| MatchSpec::from_str(text, revision_3()).unwrap();
    let specs: Vec<MatchSpec> = specs.iter().map(parse).collect();
    match find(records, &linux(), &specs, &[]) {
        Found::Records(chosen) => {
            Some(chosen.into_iter().map(|record| (name(record).to_owned(), record.clone())).collect())
        }
        Found::Nothing(_) => None,
    }
}

/// What conda prefers a record by, apart from its dependencies: less is better.
fn rank(record: &RepoDataRecord) -> (bool, Reverse<(VersionWithSource, u64)>) {
    let package = &record.package_record;
    (!package.track_features.is_empty(), Reverse((package.version.clone(), package.build_number)))
}

/// Whether resolvo 0.12 is known to rule out too much there, and what was found fits together by what the records say.
fn is_ruled_out_wrongly(records: &[RepoDataRecord], found: &Solution) -> bool {
    let set: Set = found.records.iter().map(|record| (name(record), record)).collect();
    has_conditions(records) && flaw(&set).is_none()
}

/// Whether records need something under a condition.
fn has_conditions(records: &[RepoDataRecord]) -> bool {
    records.iter().flat_map(|it| &it.package_record.depends).any(|text| text.contains("when="))
}

/// A channel that `rattler_solve` takes as it is meant.
fn comparable_channel() -> impl Strategy<Value = Vec<RepoDataRecord>> {
    any_channel().prop_map(without_conditional_constraints)
}

prop_compose! {
    /// A channel in which no two records were built at the same time: between such, the order is anybody's.
    fn dated_channel()(mut records in comparable_channel(), order in Just((0..16).collect::<Vec<i64>>()).prop_shuffle()) -> Vec<RepoDataRecord> {
        for (record, day) in records.iter_mut().zip(order) {
            let moment = Timestamp::from_millisecond(days(day)).unwrap();
            record.package_record.timestamp = Some(TimestampMs::from_timestamp_millis(moment));
        }
        records
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn plain_names_give_what_rattler_gives_or_as_good(
        records in dated_channel(),
        names in prop::sample::subsequence(vec!["p0", "p1", "p2", "p3", "p4"], 1..=4),
    ) {
        let wanted: Vec<String> = names.iter().map(|name| format!("*{name}")).collect();
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let ours = try_solve(&wanted, records.clone(), None);
        let all_there = |solution: &Solution| {
            solution.outcomes.iter().all(|outcome| matches!(outcome.fate, Fate::Kept { .. }))
        };
        let Some(theirs) = reference(&records, &names) else {
            if let Some(ours) = ours.ok().filter(all_there) {
                prop_assert!(is_ruled_out_wrongly(&records, &ours), "they found nothing");
            }
            return Ok(());
        };
        let ours = ours.unwrap();
        prop_assert!(all_there(&ours), "they found {theirs:?}");
        let ours: BTreeMap<String, RepoDataRecord> =
            ours.records.into_iter().map(|record| (name(&record).to_owned(), record)).collect();
        // `rattler_solve` orders builds by what they need under a condition, too, whether that is in force or not.
        if has_conditions(&records) {
            return Ok(());
        }
        // Where solutions differ, neither is better for all that was asked for.
        let ranks = |set: &BTreeMap<String, RepoDataRecord>| -> Vec<_> {
            names.iter().map(|name| rank(&set[*name])).collect()
        };
        let pairs: Vec<_> = ranks(&ours).into_iter().zip(ranks(&theirs)).collect();
        let is_beaten = pairs.iter().all(|(ours, theirs)| theirs <= ours) && pairs.iter().any(|(ours, theirs)| theirs < ours);
        prop_assert!(!is_beaten, "{pairs:?}");
    }

    #[test]
    fn exact_versions_can_be_had_together_where_rattler_has_them(
        records in comparable_channel(),
        versions in prop::collection::btree_map(0..5usize, 1..4u32, 1..4),
    ) {
        let specs: Vec<String> = versions.iter().map(|(name, version)| format!("p{name} =={version}")).collect();
        let specs: Vec<&str> = specs.iter().map(String::as_str).collect();
        let wanted: Vec<String> = versions.iter().map(|(name, version)| format!("*p{name}=={version}")).collect();
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let ours = try_solve(&wanted, records.clone(), None);
        let all_kept = ours.ok().filter(|solution| {
            solution.outcomes.iter().all(|outcome| matches!(outcome.fate, Fate::Kept { .. }))
        });
        match (all_kept, reference(&records, &specs)) {
            (Some(ours), None) => prop_assert!(is_ruled_out_wrongly(&records, &ours), "they found nothing"),
            (ours, theirs) => prop_assert_eq!(ours.is_some(), theirs.is_some()),
        }
    }
}
