//! Choosing the records, once it is settled what is granted: conda's usual preferences, by resolvo.

use resolvo::{Problem as Question, Solver, UnsolvableOrCancelled};

use super::{
    candidates::Candidates,
    closest::{Closest, Set, Soft},
    goal::Goal,
    ids::{CandidateId, ClassId, NameId},
    patience::Patience,
    problem::{Problem, restate},
    provider::{Provider, candidate},
    world::World,
};

/// Chooses a record of each package that is needed for what is granted.
///
/// It is resolvo that chooses, as in conda's own solvers: package by package, the preferred candidate that works. What
/// was asked for comes first. What came along with it is asked for only where nothing that needs it has come of that.
/// Where there is no time left, the solution that is known already is taken, without what nothing needs.
pub(super) fn choose(
    world: &World,
    problem: &Problem,
    goals: &[Goal],
    hard: &[Set],
    closest: &Closest,
    patience: &Patience,
) -> Vec<CandidateId> {
    let problem = restate(problem, &closest.allowed);
    let (asked_for, came_along): (Vec<&Soft>, Vec<&Soft>) =
        closest.granted.iter().filter(|soft| !soft.one_of.is_empty()).partition(|soft| goals[soft.goal].wish.root);
    let mut demands: Vec<&[Set]> = hard.iter().map(std::slice::from_ref).collect();
    demands.extend(asked_for.iter().map(|soft| soft.one_of.as_slice()));
    loop {
        let Some(chosen) = ask(world, &problem, &demands, patience) else {
            return needed(&problem, &demands, closest);
        };
        let mut model = Candidates::none_of(problem.requires.len());
        model.add(&chosen);
        let missing: Vec<&Soft> =
            came_along.iter().copied().filter(|soft| !soft.is_granted(&problem, &model)).collect();
        // What needs another one that is missing comes before it: it may bring it along.
        let is_missing = |name: &NameId| missing.iter().any(|soft| goals[soft.goal].name == *name);
        let mut first: Vec<&Soft> =
            missing.iter().copied().filter(|soft| !goals[soft.goal].needed_by.iter().any(is_missing)).collect();
        if first.is_empty() {
            // They need each other.
            first = missing;
        }
        if first.is_empty() {
            return without_idle(world, &problem, hard, closest, chosen);
        }
        demands.extend(first.iter().map(|soft| soft.one_of.as_slice()));
    }
}

/// The same without what is there for nothing: what came along may have been asked for in the stead of a package that
/// another one then brought in. Leaving out what nothing needs never breaks anything.
fn without_idle(
    world: &World,
    problem: &Problem,
    hard: &[Set],
    closest: &Closest,
    mut chosen: Vec<CandidateId>,
) -> Vec<CandidateId> {
    let is_idle = |index: usize, chosen: &[CandidateId]| {
        let name = world[chosen[index]].name;
        let others = || chosen.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, other)| other);
        let is_part = |class: ClassId| problem[class].name == name;
        let mut needed = others().flat_map(|other| problem.requires(*other)).copied();
        if needed.any(is_part) || hard.iter().any(|set| is_part(set.class(problem))) {
            return false;
        }
        let mut without = Candidates::none_of(problem.requires.len());
        without.add(others());
        closest.granted.iter().all(|soft| soft.is_granted(problem, &without))
    };
    while let Some(idle) = (0..chosen.len()).rev().find(|index| is_idle(*index, &chosen)) {
        chosen.remove(idle);
    }
    chosen
}

/// Asks resolvo for a candidate of each of the demands.
fn ask(world: &World, problem: &Problem, demands: &[&[Set]], patience: &Patience) -> Option<Vec<CandidateId>> {
    let mut provider = Provider::new(world, problem, patience.clone());
    let requirements = demands.iter().map(|sets| provider.require(sets).into()).collect();
    match Solver::new(provider).solve(Question::new().requirements(requirements)) {
        Ok(solvables) => Some(solvables.into_iter().map(candidate).collect()),
        Err(UnsolvableOrCancelled::Cancelled(_)) => None,
        Err(UnsolvableOrCancelled::Unsolvable(_)) => {
            debug_assert!(false, "what is granted can be had together");
            None
        }
    }
}

/// The candidates of the known solution that the demands lead to.
fn needed(problem: &Problem, demands: &[&[Set]], closest: &Closest) -> Vec<CandidateId> {
    let of_class = |class: ClassId| closest.model.first_of(&problem[class].members);
    let of_set = |set: &Set| of_class(set.class(problem));
    let granted = closest.granted.iter().map(|soft| soft.one_of.as_slice());
    let mut queue: Vec<CandidateId> =
        demands.iter().copied().chain(granted).filter_map(|sets| sets.iter().find_map(of_set)).collect();
    let mut needed = Vec::new();
    while let Some(candidate) = queue.pop() {
        if !needed.contains(&candidate) {
            needed.push(candidate);
            queue.extend(problem.requires(candidate).iter().filter_map(|class| of_class(*class)));
        }
    }
    needed
}
