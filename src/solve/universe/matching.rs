//! Which candidates match which specs, and which are as good as another.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use rattler_conda_types::Matches;

use super::{Candidate, Universe, order};
use crate::solve::ids::{CandidateId, ListId, NameId, RulesId, SpecId};

/// Drops the candidates that are as good as a preferred one, puts the others in order of preference, and finds those
/// that match each spec.
///
/// Two candidates are as good as each other if they have the same version, the same dependencies and constraints, and
/// if no spec tells their builds apart: rebuilds, mostly, of which conda-forge has several for each version.
pub(in crate::solve) fn evaluate(world: &mut Universe) {
    let mut specs: Vec<Vec<SpecId>> = vec![Vec::new(); world.names.len()];
    for (index, spec) in world.specs.iter().enumerate() {
        specs[spec.name.index()].push(SpecId::new(index));
    }
    for (index, specs) in specs.iter().enumerate() {
        drop_twins(world, NameId::new(index), specs);
    }
    for (index, specs) in specs.iter().enumerate() {
        match_all(world, NameId::new(index), specs);
    }
    order::sort(world);
    let mut place: Vec<usize> = vec![0; world.candidates.len()];
    for name in &world.names {
        for (index, candidate) in name.candidates.iter().enumerate() {
            place[candidate.index()] = index;
        }
    }
    for spec in &mut world.specs {
        spec.matches.sort_unstable_by_key(|candidate| place[candidate.index()]);
    }
}

/// What tells a candidate from others of its name.
type Telling = (usize, ListId, ListId, RulesId, Vec<bool>);

/// Keeps the preferred one of the candidates that nothing tells apart.
fn drop_twins(world: &mut Universe, name: NameId, specs: &[SpecId]) {
    let telling: Vec<SpecId> = specs
        .iter()
        .copied()
        .filter(|&spec| world[spec].asks.build.is_some() || world[spec].asks.more.is_some())
        .collect();
    let mut best: HashMap<Telling, CandidateId, FixedState> = HashMap::default();
    for &candidate in &world[name].candidates {
        let told = telling.iter().map(|&spec| matches_build(world, spec, candidate)).collect();
        let Candidate { version, depends, constrains, rules, .. } = world[candidate];
        let key = (version, depends, constrains, rules, told);
        best.entry(key)
            .and_modify(|best| {
                if order::of_twins(world, candidate, *best).is_lt() {
                    *best = candidate;
                }
            })
            .or_insert(candidate);
    }
    let mut kept: Vec<CandidateId> = best.into_values().collect();
    kept.sort_unstable();
    world[name].candidates = kept;
}

/// Finds the candidates that match the specs of a name.
fn match_all(world: &mut Universe, name: NameId, specs: &[SpecId]) {
    for &spec in specs {
        let accepted: Vec<bool> =
            world[name].versions.iter().map(|version| world[spec].asks.accepts_version(version)).collect();
        let is_match =
            |candidate: &CandidateId| accepted[world[*candidate].version] && matches_build(world, spec, *candidate);
        let matches = world[name].candidates.iter().copied().filter(is_match).collect();
        world[spec].matches = matches;
    }
}

/// Whether a candidate is what a spec asks for, apart from the version.
fn matches_build(world: &Universe, spec: SpecId, candidate: CandidateId) -> bool {
    let asks = &world[spec].asks;
    let more = || match &asks.more {
        None => true,
        Some(more) => world.record(candidate).is_some_and(|record| more.matches(&record)),
    };
    asks.accepts_build(world[candidate].build) && more()
}
