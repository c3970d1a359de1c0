//! From the chosen candidates to the solution: records, and what became of each wish.

use crate::intent::{self, Wish};

use super::{
    Fate, Outcome, Reason, Request, Solution,
    closest::About,
    goal::Goal,
    ids::{CandidateId, SpecId},
    reason::Reasons,
    world::{Target, World, refusals},
};

/// Puts the solution together.
pub(super) fn findings(
    request: &Request,
    target: &Target,
    world: &World,
    goals: &[Goal],
    chosen: &[CandidateId],
    reasons: &mut Reasons,
) -> Solution {
    let foreign = request.wishes.iter().filter(|wish| wish.pin.only_for.is_some()).map(|wish| {
        let reason = Reason::OnlyFor(wish.pin.only_for.into_iter().collect());
        outcome(wish, Fate::Gone { reason })
    });
    let mut outcomes: Vec<Outcome> = foreign.collect();
    for (index, goal) in goals.iter().enumerate() {
        let there = chosen.iter().copied().find(|candidate| world[*candidate].name == goal.name);
        let record = there.and_then(|candidate| world.record(candidate)).map(Box::new);
        let reason = match there {
            Some(candidate) => moved(target, world, index, goal, candidate, reasons),
            None => Some(gone(request, target, world, index, goal, reasons)),
        };
        outcomes.push(outcome(
            goal.wish,
            match (record, reason) {
                (Some(record), None) => Fate::Kept { record },
                (Some(record), Some(reason)) => Fate::Moved { record, reason },
                (None, reason) => Fate::Gone { reason: reason.unwrap_or(Reason::NotNeeded) },
            },
        ));
    }
    outcomes.sort_by_key(|outcome| outcome.pin.line);
    let mut records: Vec<_> = chosen.iter().filter_map(|candidate| world.record(*candidate)).collect();
    records.sort_by(|a, b| a.package_record.name.cmp(&b.package_record.name));
    Solution { records, outcomes, proven: reasons.closest.proven }
}

fn outcome(wish: &Wish, fate: Fate) -> Outcome {
    Outcome { pin: wish.pin.clone(), root: wish.root, fate }
}

/// Why a package is there in another version or variant than the wanted one; `None` where it is what was wanted.
fn moved(
    target: &Target,
    world: &World,
    index: usize,
    goal: &Goal,
    candidate: CandidateId,
    reasons: &mut Reasons,
) -> Option<Reason> {
    let is_version = |candidate: CandidateId| goal.version.is_none_or(|spec| world[spec].matches.contains(&candidate));
    let is_variant = |candidate: CandidateId| {
        goal.variant.is_empty() || goal.variant.iter().any(|spec| world[*spec].matches.contains(&candidate))
    };
    let candidates = &world[goal.name].candidates;
    if !is_version(candidate) {
        if !candidates.iter().any(|other| is_version(*other)) {
            return Some(refused(target, world, goal, false).unwrap_or(Reason::NoSuchVersion));
        }
        return Some(reasons.why(index, About::Version));
    }
    if is_variant(candidate) {
        return None;
    }
    if !candidates.iter().any(|other| is_version(*other) && is_variant(*other)) {
        return Some(refused(target, world, goal, true).unwrap_or(Reason::NoSuchVariant));
    }
    Some(reasons.why(index, About::Variant))
}

/// Why a package isn't there.
fn gone(
    request: &Request,
    target: &Target,
    world: &World,
    index: usize,
    goal: &Goal,
    reasons: &mut Reasons,
) -> Reason {
    if world[goal.name].candidates.is_empty() {
        return absence(request, target, world, goal);
    }
    let exists = goal.version.is_some_and(|spec| !world[spec].matches.is_empty());
    if goal.wish.root {
        reasons.why(index, About::Presence)
    } else if exists && goal.is_wanted() {
        reasons.why(index, About::Version)
    } else {
        Reason::NotNeeded
    }
}

/// Why there is no usable record of a name.
fn absence(request: &Request, target: &Target, world: &World, goal: &Goal) -> Reason {
    let name = &goal.wish.pin.name;
    if let Some((_, why)) = refusals(world.records, world[goal.name].found, target).pop() {
        return Reason::Unusable(why);
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

/// Why the wanted version, or the wanted variant of it, can't be used on the target, if there is one.
fn refused(target: &Target, world: &World, goal: &Goal, of_variant: bool) -> Option<Reason> {
    let asks = |spec: SpecId| &world[spec].asks;
    let version = goal.version.map(asks);
    let is_wanted = |version_text: &str, build: &str| {
        let is_version = version.is_none_or(|asks| version_text.parse().is_ok_and(|it| asks.accepts_version(&it)));
        is_version && (!of_variant || goal.variant.iter().any(|spec| asks(*spec).accepts_build(build)))
    };
    let refused = refusals(world.records, world[goal.name].found, target);
    let (_, why) = refused.into_iter().rev().find(|(row, _)| is_wanted(row.version(), row.build()))?;
    Some(Reason::Unusable(why))
}
