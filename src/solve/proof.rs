//! The whole of a conflict, as resolvo draws it.

use resolvo::{Problem as Question, Solver, UnsolvableOrCancelled};

use super::{closest::Set, patience::Patience, problem::Problem, provider::Provider, world::World};

/// The conflict between demands that can't be met together, as a tree; `None` where they can be, or where there is no
/// time.
///
/// `problem` is the one of everything that could be installed, so that what isn't there is named, too.
pub(super) fn proof(world: &World, problem: &Problem, demands: &[Vec<Set>], patience: &Patience) -> Option<String> {
    let mut provider = Provider::new(world, problem, patience.clone());
    let requirements = demands.iter().map(|sets| {
        let classes: Vec<_> = sets.iter().map(|set| set.class(problem)).collect();
        provider.require(&classes).into()
    });
    let question = Question::new().requirements(requirements.collect());
    let mut solver = Solver::new(provider);
    match solver.solve(question) {
        Err(UnsolvableOrCancelled::Unsolvable(conflict)) => {
            Some(conflict.display_user_friendly(&solver).to_string().trim_end().to_owned())
        }
        Ok(_) | Err(UnsolvableOrCancelled::Cancelled(_)) => None,
    }
}
