//! The closest solution: what can be granted of the wishes, and that no more can be.
//!
//! First it is found how much must be given up at least (`optimum`): of the minor versions of interpreters, then of
//! packages and their exact versions, each with its weight. Among the solutions that give up no more than that, wish by
//! wish in the order of importance, each is granted if it can be together with those before it. So what is granted
//! depends on the wishes and the records alone, not on how the solver came to it. After that come, wish by wish, the
//! nearest versions of what moved, first of what people use and then of libraries; the variants; and as few late
//! packages as can be.

mod conflict_analysis;
mod demand;
mod needless;
mod optimum;
mod sat;
mod search;
mod soft_constraint;

use std::collections::HashSet;

use rattler_conda_types::Version;

use super::{
    Prefer,
    candidates::Candidates,
    deadline::Deadline,
    goal::Goal,
    ids::CandidateId,
    problem::Problem,
    universe::{Universe, Versions},
};
use search::Search;

pub(super) use conflict_analysis::{ConflictAnalysis, ConflictVerdict, Verdicts};
pub(super) use demand::Demand;
pub(super) use soft_constraint::{About, Set, SoftConstraint};

/// What is granted.
#[derive(Debug)]
pub(super) struct Closest {
    /// What is granted, the most important first.
    pub granted: Vec<SoftConstraint>,
    /// The goals of which something is granted.
    grants: HashSet<(usize, About)>,
    /// Those of which something isn't, though there is something that could grant it alone.
    lost: HashSet<(usize, About)>,
    /// How near the versions that aren't the wanted ones are, of packages that are there, in the order in which that
    /// was settled.
    pub near: Vec<Near>,
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
        self.grants.contains(&(goal, about))
    }

    /// Whether something about a goal could be granted alone, and isn't.
    pub(super) fn is_lost(&self, goal: usize, about: About) -> bool {
        self.lost.contains(&(goal, about))
    }
}

/// How near a version can be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Near {
    /// The index of the goal.
    pub goal: usize,
    /// The rank of the nearest version that can be had, see [`Name::near`](super::universe::Name::near).
    pub rank: usize,
}

/// What a search has settled, for another one that is asked the same.
pub(super) struct Settled {
    /// The goals of which something is granted.
    pub granted: Vec<(usize, About)>,
    /// The versions among that.
    pub versions: Versions,
    /// By goal, the versions that are near enough.
    pub near: Vec<(usize, Vec<Version>)>,
}

/// Finds what can be granted where a member of each of the hard classes is chosen.
///
/// # Errors
///
/// [`Hopeless`] if there is no solution at all, or no time to find one.
pub(super) fn closest(
    world: &Universe,
    problem: &Problem,
    goals: &[Goal],
    hard: &[Set],
    prefer: Prefer,
    patience: &Deadline,
) -> Result<Closest, Hopeless> {
    // The rest of the time is for choosing the records.
    let patience = &patience.part(80);
    let mut search = Search::new(problem, hard, patience)?;
    // Where the patience is over, what was found so far is the answer.
    let mut softs = soft_constraint::series(&mut search.sat, problem, goals);
    let mut proven = search.grant_most(&softs, patience).unwrap_or(false);
    let packages = soft_constraint::packages(&mut search.sat, problem, goals, prefer);
    proven &= search.grant_most(&packages, patience).unwrap_or(false);
    softs.extend(packages);
    let variants = soft_constraint::variants(&mut search.sat, problem, goals);
    Ok(finish(world, goals, search, softs, variants, &[], proven))
}

/// Finds the same once more in another universe, where it is known what is granted, and that it can be.
///
/// # Errors
///
/// [`Hopeless`] if that isn't so, or there is no time.
pub(super) fn closest_as(
    world: &Universe,
    problem: &Problem,
    goals: &[Goal],
    hard: &[Set],
    settled: &Settled,
    patience: &Deadline,
) -> Result<Closest, Hopeless> {
    let patience = &patience.part(80);
    let mut search = Search::new(problem, hard, patience)?;
    let soft = |(goal, about): &(usize, About)| soft_constraint::soft(&mut search.sat, problem, goals, *goal, *about);
    let softs: Vec<SoftConstraint> = settled.granted.iter().filter_map(soft).collect();
    // What was too far is so in any universe.
    let too_far = settled.near.iter().flat_map(|(goal, near)| {
        let is_far = |candidate: &&CandidateId| {
            let there = &world[**candidate];
            !near.contains(&world[there.name].versions[there.version])
        };
        problem.candidates(goals[*goal].name).iter().filter(is_far).copied()
    });
    let too_far: Vec<CandidateId> = too_far.collect();
    search.rule_out(&too_far);
    search.grant_all(&softs)?;
    Ok(finish(world, goals, search, softs, Vec::new(), &too_far, true))
}

/// Brings the rest as near as can be, once it is settled which packages and versions are granted; then come variants.
fn finish(
    world: &Universe,
    goals: &[Goal],
    mut search: Search,
    mut softs: Vec<SoftConstraint>,
    variants: Vec<SoftConstraint>,
    ruled_out: &[CandidateId],
    proven: bool,
) -> Closest {
    let problem = search.problem;
    let mut allowed = problem.all();
    allowed.remove(ruled_out);
    let mut near = Vec::new();
    let _ = search.near(world, goals, &mut near, &mut allowed);
    let _ = search.grant(&variants);
    softs.extend(variants);
    let _ = search.in_time(world, &mut allowed);
    let (granted, lost): (Vec<SoftConstraint>, Vec<SoftConstraint>) =
        softs.into_iter().partition(|soft| soft.is_granted(problem, &search.model));
    for soft in &granted {
        allowed.remove(&soft.none_of);
    }
    let goals_of = |softs: &[SoftConstraint]| softs.iter().map(|soft| (soft.goal, soft.about)).collect();
    let (grants, lost) = (goals_of(&granted), goals_of(&lost));
    Closest { granted, grants, lost, near, allowed, model: search.model, proven }
}

/// There is no solution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hopeless {
    /// Python, or what else is hard, can't be installed.
    Contradiction,
    /// There was no time to find one.
    OutOfTime,
}
