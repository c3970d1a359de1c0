//! Choosing the records, once it is settled what is granted: conda's usual preferences, by resolvo.

use resolvo::{Problem as Question, Solver, UnsolvableOrCancelled};

use super::{
    candidates::Candidates,
    closest::{Closest, Set, SoftConstraint},
    deadline::Deadline,
    goal::Goal,
    ids::CandidateId,
    problem::{Problem, restate},
    provider::{Provider, candidate},
    universe::Universe,
};

/// Chooses a record of each package that is needed for what is granted.
///
/// It is resolvo that chooses, as in conda's own solvers: package by package, the preferred candidate that works. What
/// people use is asked for, roots first. It brings in the libraries; where one of them is missing whose version is
/// granted, something must be chosen that needs it. Where there is no time left, the solution that is known already is
/// taken.
pub(super) fn choose(
    world: &Universe,
    problem: &Problem,
    goals: &[Goal],
    hard: &[Set],
    closest: &Closest,
    patience: &Deadline,
) -> Vec<CandidateId> {
    let problem = restate(problem, &closest.allowed);
    let (used, libraries): (Vec<&SoftConstraint>, Vec<&SoftConstraint>) =
        closest.granted.iter().partition(|soft| problem.sought[goals[soft.goal].name.index()]);
    let (roots, others): (Vec<&SoftConstraint>, Vec<&SoftConstraint>) =
        used.into_iter().partition(|soft| goals[soft.goal].wish.root);
    let mut demands: Vec<&[Set]> = hard.iter().map(std::slice::from_ref).collect();
    demands.extend(roots.into_iter().chain(others).map(|soft| soft.one_of.as_slice()));
    let mut provider = Provider::new(world, &problem, patience.clone());
    for _ in 0..2 {
        let Some(chosen) = ask(provider, &demands, problem.has_rules()) else { break };
        let mut model = Candidates::none_of(problem.requires.len());
        model.add(&chosen);
        model = model.without(&problem.needless(&model));
        let missing = || libraries.iter().filter(|soft| !soft.is_granted(&problem, &model));
        if missing().next().is_none() {
            return model.only(&chosen);
        }
        demands.extend(missing().map(|soft| soft.one_of.as_slice()));
        provider = Provider::with_needs(world, &problem, patience.clone());
    }
    problem.packages.iter().filter_map(|package| closest.model.first_of(package)).collect()
}

/// Asks resolvo for a candidate of each of the demands; `None` where there is no time, or where it rules out too much:
/// resolvo 0.12 does now and then where a need under a condition (`has_rules`) can't be met.
fn ask(mut provider: Provider, demands: &[&[Set]], has_rules: bool) -> Option<Vec<CandidateId>> {
    let requirements = demands.iter().map(|sets| provider.require(sets).into()).collect();
    match Solver::new(provider).solve(Question::new().requirements(requirements)) {
        Ok(solvables) => Some(solvables.into_iter().map(candidate).collect()),
        Err(UnsolvableOrCancelled::Cancelled(_)) => None,
        Err(UnsolvableOrCancelled::Unsolvable(_)) => {
            debug_assert!(has_rules, "what is granted can be had together");
            None
        }
    }
}
