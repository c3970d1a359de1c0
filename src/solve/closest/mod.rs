//! The closest solution: what can be granted of the wishes, and that no more can be.
//!
//! First it is found how much must be given up at least (`optimum`). Among the solutions that give up no more than that,
//! wish by wish in the order of importance, each is granted if it can be together with those before it. So what is granted
//! depends on the wishes and the records alone, not on how the solver came to it. After that come, wish by wish, what came
//! along, the variants and the nearest versions of what moved, and then as few late packages as can be.

mod court;
mod optimum;
mod sat;
mod search;
mod soft;

use super::{candidates::Candidates, goal::Goal, patience::Patience, problem::Problem, world::World};
use search::Search;

pub(super) use court::{Court, Verdicts, verdicts};
pub(super) use soft::{About, Set, Soft};

/// What is granted.
#[derive(Debug)]
pub(super) struct Closest {
    /// What is granted, the most important first: versions and presence, then the others.
    pub granted: Vec<Soft>,
    /// The candidates that a solution may have.
    pub allowed: Candidates,
    /// A solution.
    pub model: Candidates,
    /// Whether it was proven that no more can be granted.
    pub proven: bool,
}

impl Closest {
    /// Whether something about a goal is granted.
    pub(super) fn grants(&self, goal: usize, about: About) -> bool {
        self.granted.iter().any(|soft| soft.goal == goal && soft.about == about)
    }
}

/// Finds what can be granted where a member of each of the hard classes is chosen.
///
/// # Errors
///
/// [`Hopeless`] if there is no solution at all, or no time to find one.
pub(super) fn closest(
    world: &World,
    problem: &Problem,
    goals: &[Goal],
    hard: &[Set],
    patience: &Patience,
) -> Result<Closest, Hopeless> {
    // The rest of the time is for choosing the records.
    let patience = &patience.part(80);
    let mut search = Search::new(problem, hard, patience)?;
    let mut softs = soft::versions(&mut search.sat, problem, goals);
    let proven = search.grant_most(&softs, patience).unwrap_or(false);
    let mut more = soft::uses(&mut search.sat, problem, goals);
    more.extend(soft::variants(&mut search.sat, problem, goals));
    // Where the patience is over, what was found so far is the answer.
    let _ = search.grant(&more);
    softs.extend(more);
    Ok(finish(world, goals, search, softs, proven))
}

/// Finds the same once more in another world, where it is known what is granted, and that it can be.
///
/// # Errors
///
/// [`Hopeless`] if that isn't so, or there is no time.
pub(super) fn closest_as(
    world: &World,
    problem: &Problem,
    goals: &[Goal],
    hard: &[Set],
    granted: &[(usize, About)],
    patience: &Patience,
) -> Result<Closest, Hopeless> {
    let patience = &patience.part(80);
    let mut search = Search::new(problem, hard, patience)?;
    let softs: Vec<Soft> =
        granted.iter().filter_map(|(goal, about)| soft::soft(&mut search.sat, problem, goals, *goal, *about)).collect();
    search.grant_all(&softs)?;
    Ok(finish(world, goals, search, softs, true))
}

/// Brings the rest as near as can be, once it is settled what is granted.
fn finish(world: &World, goals: &[Goal], mut search: Search, softs: Vec<Soft>, proven: bool) -> Closest {
    let problem = search.problem;
    let mut allowed = problem.all();
    let _ = search.near(world, goals, &mut allowed);
    let _ = search.in_time(world, &mut allowed);
    let granted: Vec<Soft> = softs.into_iter().filter(|soft| soft.is_granted(problem, &search.model)).collect();
    for soft in &granted {
        allowed.remove(&soft.none_of);
    }
    Closest { granted, allowed, model: search.model, proven }
}

/// There is no solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hopeless {
    /// Python, or what else is hard, can't be installed.
    Contradiction,
    /// There was no time to find one.
    OutOfTime,
}
