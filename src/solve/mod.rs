//! The re-solve: the linux-64 environment closest to what was meant, and why each pin moved or went.
//!
//! [`solve`] takes a [`Request`] and gives a [`Solution`]:
//!
//! 1. `world`: what the wishes can reach of the records, and what of that the target can install, as numbers.
//! 2. `goal`: the wishes, held against the world.
//! 3. `problem`: the candidates and what they need and exclude of each other, in far fewer sets.
//! 4. `closest`: which wishes are granted. A SAT solver finds the optimum of one rank of wishes after the other, and
//!    proves it. In this order: python's minor version (never given up); most pins in their wanted version, where the
//!    presence of a root counts like two of them, and of several selections that have as many, the one with the more
//!    important ones; what came along; variants; nearest versions; nothing newer than the cut-off.
//! 5. `choose`: the records, by conda's usual preferences among those that grant just these. That is resolvo's work.
//! 6. `findings`, `reason`: what became of each wish, and what stood against it.

mod candidates;
mod choose;
mod closest;
mod cutoff;
mod error;
mod findings;
mod goal;
mod ids;
mod near;
mod outcome;
mod patience;
mod problem;
mod proof;
mod provider;
mod python;
mod reason;
#[cfg(test)]
mod tests;
mod world;

use std::time::Duration;

use jiff::Timestamp;
use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord};

use crate::{
    channel::{Channel, Records},
    intent::Wish,
};

pub use cutoff::{end_of_day, infer_as_of};
pub use error::SolveError;
pub use outcome::{Fate, Outcome, Reason};

use choose::choose;
use closest::{Hopeless, Set, closest};
use findings::{Findings, outcomes};
use goal::Goal;
use ids::CandidateId;
use patience::Patience;
use problem::Wanted;
use proof::proof;
use python::Python;
use reason::{Reasons, sort_for_blame};
use world::{Refusals, Target, World, gather};

/// What to solve.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The wishes, the most important first.
    pub wishes: &'a [Wish],
    /// What exists.
    pub records: &'a Records,
    /// The channels that the records are from, the most important first.
    pub channels: &'a [Channel],
    /// What the target image offers: `__glibc`, `__linux`, `__unix`, `__archspec`. Never the host's.
    pub virtual_packages: &'a [GenericVirtualPackage],
    /// Records built after this are taken only where nothing older serves; `None` takes the newest.
    pub as_of: Option<Timestamp>,
    /// Records built after this don't exist: with [`Solution::horizon`] of an earlier answer, what the channels have
    /// gained since changes nothing.
    pub horizon: Option<Timestamp>,
    /// How long to search for a better solution; `None` searches until there is none.
    pub timeout: Option<Duration>,
    /// Whether to draw the whole conflict of each pin that couldn't be had.
    pub trees: bool,
}

/// When a record was built, where it says so.
#[must_use]
pub fn built(record: &RepoDataRecord) -> Option<Timestamp> {
    record.package_record.timestamp.map(|time| time.jiff_timestamp())
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The records to install, ordered by name.
    pub records: Vec<RepoDataRecord>,
    /// What became of each wish, in the order of the file.
    pub outcomes: Vec<Outcome>,
    /// Up to when records count: nothing newer was taken, and nothing older is left out by it.
    pub horizon: Option<Timestamp>,
    /// Whether it was proven that no solution is closer. It isn't where the time ran out.
    pub proven: bool,
}

/// Finds the closest environment.
///
/// # Errors
///
/// [`SolveError`] if python's minor version can't be had, or if nothing of what is wanted exists.
pub fn solve(request: &Request) -> Result<Solution, SolveError> {
    let patience = Patience::new(request.timeout);
    let python = Python::wanted(request.wishes, request.records)?;
    let target = Target { virtual_packages: request.virtual_packages, python: python.as_ref() };
    let channel_of = |text: &str| request.channels.iter().position(|channel| channel.is(text));
    let mut world = gather(request, channel_of, &target);
    let goals = goal::state(&mut world, request.wishes);
    world::evaluate(&mut world);
    if goals.iter().all(|goal| world[goal.name].candidates.is_empty()) {
        return Err(SolveError::Nothing { wanted: request.wishes.len() });
    }
    let wanted = wanted(&goals);
    let problem = problem::reduce(problem::state(&world, None), &wanted);
    let hard: Vec<Set> = python.as_ref().and(world.name("python")).map(Set::All).into_iter().collect();
    let closest = closest(&world, &problem, &goals, &hard, &patience)
        .map_err(|hopeless| hopeless_error(hopeless, &world, &hard, python.as_ref(), &patience))?;
    let mut chosen = choose(&world, &problem, &goals, &hard, &closest, &patience);

    let horizon = horizon(&world, &goals, &chosen, request.as_of);
    // The reasons must be the same once the channels have gained more.
    let limited = problem::reduce(problem::state(&world, horizon), &wanted);
    sort_for_blame(&world, &goals, &mut chosen);
    let mut records: Vec<RepoDataRecord> = chosen.iter().filter_map(|candidate| world.record(*candidate)).collect();
    records.sort_by(|a, b| a.package_record.name.cmp(&b.package_record.name));
    let refusals = Refusals { world: &world, target, horizon };
    let mut reasons = Reasons {
        world: &world,
        problems: [&limited, &problem],
        refusals,
        goals: &goals,
        closest: &closest,
        chosen,
        courts: [None, None],
        hard: &hard,
        patience: &patience,
        trees: request.trees,
    };
    let outcomes = outcomes(&Findings { request, world: &world, refusals }, &goals, &mut reasons);
    Ok(Solution { records, outcomes, horizon, proven: closest.proven })
}

fn hopeless_error(
    hopeless: Hopeless,
    world: &World,
    hard: &[Set],
    python: Option<&Python>,
    patience: &Patience,
) -> SolveError {
    match hopeless {
        Hopeless::OutOfTime => SolveError::OutOfTime,
        Hopeless::Contradiction => SolveError::PythonConflict {
            wanted: python.map_or("python".to_owned(), |python| python.title().to_owned()),
            proof: proof(world, &problem::state(world, None), hard, patience).unwrap_or_default(),
        },
    }
}

/// The newest of the cut-off, of what was chosen, and of what first made a wished name or version exist.
fn horizon(world: &World, goals: &[Goal], chosen: &[CandidateId], as_of: Option<Timestamp>) -> Option<Timestamp> {
    let newest = chosen.iter().filter_map(|candidate| world[*candidate].built);
    let first = goals.iter().flat_map(|goal| {
        let name = &world[goal.name];
        let gathered = &world.candidates[name.gathered.clone()];
        let is_wanted =
            |version: usize| goal.version.is_some_and(|spec| world[spec].asks.accepts_version(&name.versions[version]));
        let wanted = gathered.iter().filter(|it| is_wanted(it.version)).filter_map(|it| it.built).min();
        [gathered.iter().filter_map(|it| it.built).min(), wanted]
    });
    let newest = newest.chain(first.flatten()).max();
    newest.and_then(|newest| Timestamp::from_millisecond(newest).ok()).max(as_of)
}

/// What the wishes speak of.
fn wanted(goals: &[Goal]) -> Wanted {
    Wanted {
        names: goals.iter().map(|goal| goal.name).collect(),
        specs: goals.iter().flat_map(|goal| goal.version.iter().chain(&goal.variant)).copied().collect(),
    }
}
