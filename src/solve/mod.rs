//! The re-solve: the linux-64 environment closest to what was meant, and why each pin moved or went.
//!
//! [`solve`] takes a [`Request`] and gives a [`Solution`]:
//!
//! 1. `universe`: what the wishes can reach of the records, and what of that the target can install, as numbers.
//! 2. `goal`: the wishes, held against the universe.
//! 3. `problem`: the candidates and what they need and exclude of each other, in far fewer sets.
//! 4. `closest`: which wishes are granted. A SAT solver finds the optimum of one rank of wishes after the other, and
//!    proves it. In this order: python's minor version (never given up); the minor versions of other interpreters that are
//!    pinned; most of what people use, which counts 15 for being there and 3 for its exact version, while the exact version
//!    of a library counts 1, all of it only where the package is installed, and of several selections that come to the
//!    same, the one with the more important ones; nearest versions, of what people use before those of libraries; variants;
//!    nothing newer than the cut-off. What nobody uses is there only where something needs it.
//! 5. `choose`: the records, by conda's usual preferences among those that grant just these. That is resolvo's work.
//! 6. `findings`, `reason`: what became of each wish. Of one that wasn't granted, `closest` finds a smallest set of things
//!    that are settled and rule it out, and `conflict` puts that into a sentence, from resolvo's graph of the conflict.
//!    `advice` tries what the image would have to offer.
//!
//! `found` is one search through these steps.

#![allow(
    clippy::indexing_slicing,
    reason = "ids, bits and positions are given out by the arenas that they are looked up in, and each look-up counts"
)]

mod advice;
mod candidates;
mod choose;
mod closest;
mod conflict;
mod cutoff;
mod deadline;
mod error;
mod findings;
mod flags;
mod found;
mod goal;
mod ids;
mod in_force;
mod near;
mod outcome;
mod problem;
mod proof;
mod provider;
mod python;
mod reason;
mod rule;
pub mod second_opinion;
#[cfg(test)]
mod tests;
mod universe;

use std::{collections::BTreeMap, panic::resume_unwind, str::FromStr, thread, time::Duration};

use jiff::Timestamp;
use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord, VersionWithSource};

use crate::{
    channel::{Channel, Records},
    intent::Wish,
};

pub(crate) use near::nearer as nearer_in_order;

pub use cutoff::{end_of_day, infer_as_of, newest};
pub use error::SolveError;
pub use outcome::{Fate, Outcome, Reason};

use deadline::Deadline;
use found::{FoundSolution, JudgedWish};
use in_force::{InForce, in_force};

/// What to solve.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The wishes, the most important first.
    pub wishes: &'a [Wish],
    /// What exists.
    pub records: &'a Records,
    /// The channels that the records are from, the most important first.
    pub channels: &'a [Channel],
    /// How the channels count against each other.
    pub priority: ChannelPriority,
    /// What the target image offers: `__glibc`, `__linux`, `__unix`, `__archspec`. Never the host's.
    pub virtual_packages: &'a [GenericVirtualPackage],
    /// Records built after this are taken only where nothing older serves; `None` takes the newest.
    pub as_of: Option<Timestamp>,
    /// Records built after this don't exist: with [`Solution::horizon`] of an earlier answer, what the channels have
    /// gained since changes nothing.
    pub horizon: Option<Timestamp>,
    /// What comes first where not everything can be had.
    pub prefer: Prefer,
    /// Packages of which no other records exist than these.
    pub only: Option<&'a Frozen>,
    /// How long to search for a better solution; `None` searches until there is none.
    pub timeout: Option<Duration>,
    /// Whether to draw the whole conflict of each pin that couldn't be had.
    pub trees: bool,
}

/// What comes first where not everything can be had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prefer {
    /// That the packages that people use are there.
    #[default]
    Packages,
    /// Exact versions, those of libraries no less than others.
    Versions,
}

impl Prefer {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Packages, Self::Versions];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Packages => "packages",
            Self::Versions => "versions",
        }
    }
}

impl FromStr for Prefer {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.name() == text).ok_or("it is `packages` or `versions`")
    }
}

/// How channels count against each other, in conda's words (its setting `channel_priority`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChannelPriority {
    /// The first channel that has a package gives all its records.
    #[default]
    Strict,
    /// The records of all channels may be chosen; those of a more important channel come before those of another,
    /// whatever their versions are.
    Flexible,
    /// The records of all channels may be chosen; of the same version and build number, those of the more important
    /// channel come first.
    Disabled,
}

impl ChannelPriority {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Strict, Self::Flexible, Self::Disabled];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Flexible => "flexible",
            Self::Disabled => "disabled",
        }
    }
}

impl FromStr for ChannelPriority {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|it| it.name() == text).ok_or("it is `strict`, `flexible` or `disabled`")
    }
}

/// Packages of which one version exists, or one build of it, by normalised name.
pub type Frozen = BTreeMap<String, Exactly>;

/// A version of a package, or one build of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exactly {
    /// The version, as it is written in the record.
    pub version: VersionWithSource,
    /// The build string; `None` for every build.
    pub build: Option<String>,
}

/// Since when a record has been there, where it says so: when its server first listed it (CEP 47), else when it was built.
#[must_use]
pub fn built(record: &RepoDataRecord) -> Option<Timestamp> {
    let package = &record.package_record;
    package.indexed_timestamp.or(package.timestamp).map(|time| time.jiff_timestamp())
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
/// [`SolveError`] if python's minor version can't be had, if nothing of what is wanted exists, or if it can't be told
/// whether a line with a condition counts.
pub fn solve(request: &Request) -> Result<Solution, SolveError> {
    let Some(InForce { wishes, others }) = in_force(request)? else { return solve_all(request) };
    let mut solution = solve_all(&Request { wishes: &wishes, ..*request })?;
    solution.outcomes.extend(others);
    solution.outcomes.sort_by_key(|outcome| outcome.pin.line);
    Ok(solution)
}

/// The same where every wish counts.
fn solve_all(request: &Request) -> Result<Solution, SolveError> {
    let patience = Deadline::new(request.timeout);
    let mut found = FoundSolution::search(*request, None, &patience)?;
    let horizon = request.horizon.or_else(|| found.horizon());
    let (mut judged, again) = settle(request, &found, horizon, &patience);
    if let Some(again) = again {
        found.choose_as(&again);
    }
    found.tell(&mut judged, &patience);
    let mut solution = found.solution(&judged, &patience);
    advice::advise(&Request { horizon, ..*request }, &mut solution.outcomes, &patience);
    Ok(solution)
}

/// Judges what wasn't granted, and chooses once more, at the same time.
fn settle<'r>(
    request: &Request<'r>,
    found: &FoundSolution,
    horizon: Option<Timestamp>,
    patience: &Deadline,
) -> (JudgedWish, Option<FoundSolution<'r>>) {
    thread::scope(|scope| {
        let its_patience = patience.clone();
        let judged = scope.spawn(move || found.judge(horizon, &its_patience));
        let again = choose_again(request, found, horizon, patience);
        (judged.join().unwrap_or_else(|panic| resume_unwind(panic)), again)
    })
}

/// Which of several solutions that grant the same is found first may depend on records that weren't taken. So it is
/// chosen once more, where nothing is within reach but what the lock will know of and what can still be had. `None`
/// where there is no time for that.
fn choose_again<'r>(
    request: &Request<'r>,
    found: &FoundSolution,
    horizon: Option<Timestamp>,
    patience: &Deadline,
) -> Option<FoundSolution<'r>> {
    if !found.is_proven() {
        return None;
    }
    let known = Request { horizon, ..*request };
    FoundSolution::search(known, Some(&found.settled()), patience).ok()
}
