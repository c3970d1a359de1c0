//! Conda's usual preferences among the candidates of a package.

use std::{cmp::Ordering, cmp::Reverse, collections::BTreeMap};

use super::{Candidate, Universe};
use crate::solve::{
    ChannelPriority,
    ids::{CandidateId, NameId},
};

/// Puts the candidates of every package in order, the preferred first.
///
/// Where a version is wanted, the nearest comes first. Then come those that had been built by the cut-off, in the order
/// of `rattler_solve`, which is conda's: those without `track_features`, then the highest version, then the highest
/// build number, then those whose dependencies can have the highest versions, then the newest. What is late comes last,
/// the oldest of it first. Where records of several channels are candidates, the more important channel comes before
/// the version if the priority is flexible, and after the build number if it is disabled.
pub(super) fn sort(world: &mut Universe) {
    for index in 0..world.names.len() {
        let name = NameId::new(index);
        let mut candidates = std::mem::take(&mut world[name].candidates);
        candidates.sort_by(|&a, &b| by_number(world, a, b));
        let mut rest = candidates.as_mut_slice();
        while let [first, ..] = *rest {
            let same = rest.iter().take_while(|&&other| by_number(world, first, other).is_eq()).count();
            let (run, after) = rest.split_at_mut(same);
            if run.len() > 1 {
                sort_by_dependencies(world, run);
            }
            rest = after;
        }
        world[name].candidates = candidates;
    }
}

/// The order of two candidates of the same version, dependencies and constraints.
pub(super) fn of_twins(world: &Universe, a: CandidateId, b: CandidateId) -> Ordering {
    by_number(world, a, b).then_with(|| by_age(&world[a], &world[b]))
}

fn by_number(world: &Universe, a: CandidateId, b: CandidateId) -> Ordering {
    let (a, b) = (&world[a], &world[b]);
    let near = |candidate: &Candidate| world[candidate.name].near.get(candidate.version).copied();
    match near(a).cmp(&near(b)) {
        Ordering::Equal => {}
        order => return order,
    }
    if a.late || b.late {
        return a.late.cmp(&b.late).then_with(|| a.built.cmp(&b.built));
    }
    let by_channel = |where_it| if world.priority == where_it { a.channel.cmp(&b.channel) } else { Ordering::Equal };
    (by_channel(ChannelPriority::Flexible))
        .then_with(|| a.tracked.cmp(&b.tracked))
        .then_with(|| b.version.cmp(&a.version))
        .then_with(|| b.build_number.cmp(&a.build_number))
        .then_with(|| by_channel(ChannelPriority::Disabled))
}

/// The newest first, and where that is the same, an order that doesn't depend on how the records arrived.
fn by_age(a: &Candidate, b: &Candidate) -> Ordering {
    b.built.cmp(&a.built).then_with(|| b.build.cmp(a.build)).then_with(|| a.place.cmp(&b.place))
}

/// Sorts candidates that differ in neither version nor build number: by the highest versions that each could have of
/// the packages that all of them need, in the order of these packages' names.
fn sort_by_dependencies(world: &Universe, candidates: &mut [CandidateId]) {
    let best: BTreeMap<CandidateId, BTreeMap<&str, Best>> =
        candidates.iter().map(|&candidate| (candidate, best_dependencies(world, candidate))).collect();
    let shared: Vec<&str> = best[&candidates[0]]
        .keys()
        .copied()
        .filter(|name| best.values().all(|dependencies| dependencies.contains_key(name)))
        .collect();
    candidates.sort_by(|a, b| {
        let by_dependencies = shared.iter().map(|name| best[a][name].cmp(&best[b][name])).find(|order| order.is_ne());
        by_dependencies.unwrap_or(Ordering::Equal).then_with(|| by_age(&world[*a], &world[*b]))
    });
}

/// The best version of a package that a candidate could have; less is better. Whether it has `track_features`, then its
/// version; nothing at all comes last.
type Best = (bool, bool, Reverse<usize>);

/// The best version of each package that a candidate needs. Where it needs one more than once, the worst of the best.
fn best_dependencies<'w>(world: &'w Universe, candidate: CandidateId) -> BTreeMap<&'w str, Best> {
    let mut best: BTreeMap<&str, Best> = BTreeMap::new();
    for &spec in &world[world[candidate].depends] {
        let highest = world[spec].matches.iter().map(|&other| &world[other]).max_by_key(|other| other.version);
        let of_spec = highest.map_or((true, true, Reverse(0)), |other| (false, other.tracked, Reverse(other.version)));
        let entry = best.entry(&world[world[spec].name].text).or_insert(of_spec);
        *entry = (*entry).max(of_spec);
    }
    best
}
