//! From the best answer to the solution: records, and what became of each wish.

use std::collections::BTreeMap;

use rattler_conda_types::{PackageName, RepoDataRecord};

use crate::intent::{self, Wish};

use super::{
    Fate, Outcome, Reason, Request, Solution,
    candidates::Candidates,
    goal::Goal,
    literal::{About, Literal},
    reason::{Evidence, conflict},
    strategy::Best,
};

/// Puts the solution together.
pub(super) fn findings(
    request: &Request,
    candidates: &Candidates,
    goals: &[Goal],
    foreign: &[&Wish],
    literals: &[Literal],
    best: &Best,
) -> Solution {
    let chosen: BTreeMap<&PackageName, &RepoDataRecord> = best
        .answer
        .iter()
        .filter_map(|(name, url)| request.records.get(name).iter().find(|record| record.url == *url))
        .map(|record| (&record.package_record.name, record))
        .collect();
    let lost = |goal: usize, about: About| {
        best.lost.iter().find(|(ask, _)| ask.1 == about && literals[ask.0].goal == goal).map(|(_, others)| others)
    };
    let mut outcomes: Vec<Outcome> = foreign
        .iter()
        .map(|wish| {
            let reason = Reason::OnlyFor(wish.pin.only_for.into_iter().collect());
            outcome(wish, Fate::Gone { reason })
        })
        .collect();
    for (index, goal) in goals.iter().enumerate() {
        let evidence = |about, wanted: Vec<&RepoDataRecord>| {
            let against = lost(index, about).into_iter().flatten().map(|&other| &literals[other]);
            let others = against.filter(|literal| literal.goal != index).map(|literal| literal.goal).collect();
            conflict(goals, &Evidence { goal, wanted, others, chosen: &chosen, candidates })
        };
        let fate = match chosen.get(&goal.wish.pin.name) {
            None => Fate::Gone {
                reason: if goal.records.is_empty() {
                    absence(goal, request, candidates)
                } else if goal.wish.root {
                    evidence(About::Presence, goal.records.clone())
                } else {
                    Reason::NotNeeded
                },
            },
            Some(&record) => match moved(goal, record) {
                None => Fate::Kept { record: Box::new(record.clone()) },
                Some(Moved::NoVersion) => {
                    Fate::Moved { record: Box::new(record.clone()), reason: no_version(goal, candidates) }
                }
                Some(Moved::NoVariant) => {
                    Fate::Moved { record: Box::new(record.clone()), reason: no_variant(goal, candidates) }
                }
                Some(Moved::Forced(about)) => {
                    let wanted = goal.records.iter().copied().filter(|&other| match about {
                        About::Version => goal.is_version(other),
                        _ => goal.is_variant(other) && goal.is_version(other) == goal.is_version(record),
                    });
                    Fate::Moved { record: Box::new(record.clone()), reason: evidence(about, wanted.collect()) }
                }
            },
        };
        outcomes.push(outcome(goal.wish, fate));
    }
    outcomes.sort_by_key(|outcome| outcome.pin.line);
    Solution { records: chosen.into_values().cloned().collect(), outcomes }
}

fn outcome(wish: &Wish, fate: Fate) -> Outcome {
    Outcome { pin: wish.pin.clone(), root: wish.root, fate }
}

/// How a chosen record misses a wish.
enum Moved {
    NoVersion,
    NoVariant,
    Forced(About),
}

fn moved(goal: &Goal, record: &RepoDataRecord) -> Option<Moved> {
    if !goal.is_version(record) {
        return Some(if goal.has_version() { Moved::Forced(About::Version) } else { Moved::NoVersion });
    }
    if !goal.is_variant(record) {
        let some = goal.records.iter().any(|other| goal.is_version(other) && goal.is_variant(other));
        return Some(if some { Moved::Forced(About::Build) } else { Moved::NoVariant });
    }
    None
}

/// Why there is no usable record of a name.
fn absence(goal: &Goal, request: &Request, candidates: &Candidates) -> Reason {
    let name = &goal.wish.pin.name;
    if let Some((_, why)) = candidates.refused(name).last() {
        return Reason::Unusable(why.clone());
    }
    if let Some(platforms) = intent::only_on(name.as_normalized()) {
        return Reason::OnlyFor(platforms.to_vec());
    }
    if let Some(renamed) = intent::renamed(name.as_normalized()).and_then(|name| name.parse().ok()) {
        return Reason::Renamed(renamed);
    }
    if intent::defaults_only(name.as_normalized()) {
        return Reason::DefaultsOnly;
    }
    match request.elsewhere.get(name) {
        Some(platforms) => Reason::OnlyFor(platforms.clone()),
        None => Reason::NoSuchName,
    }
}

/// Why there is no usable record of the wanted version.
fn no_version(goal: &Goal, candidates: &Candidates) -> Reason {
    let refused = candidates.refused(&goal.wish.pin.name);
    match refused.iter().rev().find(|(record, _)| goal.is_version(record)) {
        Some((_, why)) => Reason::Unusable(why.clone()),
        None => Reason::NoSuchVersion,
    }
}

/// Why there is no usable record of the wanted variant in the wanted version.
fn no_variant(goal: &Goal, candidates: &Candidates) -> Reason {
    let refused = candidates.refused(&goal.wish.pin.name);
    match refused.iter().rev().find(|(record, _)| goal.is_version(record) && goal.is_variant(record)) {
        Some((_, why)) => Reason::Unusable(why.clone()),
        None => Reason::NoSuchVariant,
    }
}
