//! Choosing the records, once it is settled what is granted: conda's usual preferences, by resolvo.

use resolvo::{ConditionalRequirement, Problem as Question, Solver, UnsolvableOrCancelled};

use super::{
    closest::{Closest, Set},
    ids::{CandidateId, ClassId},
    patience::Patience,
    problem::{Problem, restate},
    provider::Provider,
    world::World,
};

/// Chooses a record of each package that is needed for what is granted.
///
/// It is resolvo that chooses, as in conda's own solvers: package by package, the preferred candidate that works. Where
/// there is no time left for that, the solution that is known already is taken, without what nothing needs.
pub(super) fn choose(
    world: &World,
    problem: &Problem,
    hard: &[Set],
    closest: &Closest,
    patience: &Patience,
) -> Vec<CandidateId> {
    let problem = &restate(problem, &closest.allowed);
    let granted = closest.softs.iter().zip(&closest.granted).filter(|(_, granted)| **granted);
    let demands = granted.map(|(soft, _)| soft.one_of.as_slice()).filter(|demand| !demand.is_empty());
    let hard = hard.iter().map(|set| vec![set.class(problem)]);
    let demands: Vec<Vec<ClassId>> =
        hard.chain(demands.map(|sets| sets.iter().map(|set| set.class(problem)).collect())).collect();
    let mut provider = Provider::new(world, problem, patience.clone());
    let requirements: Vec<ConditionalRequirement> =
        demands.iter().map(|classes| provider.require(classes).into()).collect();
    match Solver::new(provider).solve(Question::new().requirements(requirements)) {
        Ok(solvables) => solvables.into_iter().map(super::provider::candidate).collect(),
        Err(UnsolvableOrCancelled::Unsolvable(_) | UnsolvableOrCancelled::Cancelled(_)) => {
            needed(problem, &demands, closest)
        }
    }
}

/// The candidates of the known solution that the demands lead to.
fn needed(problem: &Problem, demands: &[Vec<ClassId>], closest: &Closest) -> Vec<CandidateId> {
    let chosen = |class: ClassId| problem[class].members.iter().copied().find(|member| closest.model[member.index()]);
    let mut queue: Vec<CandidateId> =
        demands.iter().filter_map(|classes| classes.iter().find_map(|class| chosen(*class))).collect();
    let mut needed = Vec::new();
    while let Some(candidate) = queue.pop() {
        if !needed.contains(&candidate) {
            needed.push(candidate);
            queue.extend(problem.requires(candidate).iter().filter_map(|class| chosen(*class)));
        }
    }
    needed
}
