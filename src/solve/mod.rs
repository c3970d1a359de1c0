//! The re-solve: the linux-64 environment closest to what was meant, and why each pin moved or went.
//!
//! [`solve`] takes a [`Request`] and gives a [`Solution`]; what stands between is one engine's business. This one
//! turns each wish into *pin literals* (`literal`), solves once with all of them soft, then asks for each lost one
//! once more (`strategy`). Closest means, in this order: python's minor version (never given up); most pins at their
//! wanted version, where a root that is present in another version makes up for some; most variants kept; nearest
//! versions; nothing newer than the cut-off; conda's usual preferences.

mod candidates;
mod cutoff;
mod engine;
mod error;
mod findings;
mod goal;
mod heirs;
mod literal;
mod old_records;
mod outcome;
mod python;
mod reason;
mod strategy;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use rattler_conda_types::{GenericVirtualPackage, PackageName, RepoDataRecord};

use crate::intent::{Os, Wish};

pub use candidates::built;
pub use cutoff::{end_of_day, infer_as_of};
pub use error::SolveError;
pub use outcome::{Fate, Outcome, Reason};

use candidates::Candidates;
use engine::{Engine, Supply, eras};
use goal::Goal;
use heirs::inherit;
pub use old_records::Records;
use python::Python;
use strategy::Effort;

/// What to solve.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The wishes, the most important first.
    pub wishes: &'a [Wish],
    /// What exists.
    pub records: &'a Records,
    /// Names that the channels have for other platforms only, and for which.
    pub elsewhere: &'a BTreeMap<PackageName, Vec<Os>>,
    /// What the target image offers: `__glibc`, `__linux`, `__unix`, `__archspec`. Never the host's.
    pub virtual_packages: &'a [GenericVirtualPackage],
    /// Records built after this are taken only where nothing older serves; `None` takes the newest.
    pub as_of: Option<Timestamp>,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The records to install, ordered by name.
    pub records: Vec<RepoDataRecord>,
    /// What became of each wish, in the order of the file.
    pub outcomes: Vec<Outcome>,
}

/// Finds the closest environment.
///
/// # Errors
///
/// [`SolveError`] if python's minor version can't be had, or if nothing of what is wanted exists.
pub fn solve(request: &Request) -> Result<Solution, SolveError> {
    let python = Python::wanted(request.wishes, request.records)?;
    let candidates = Candidates::new(request, python.as_ref());
    let mut wishes = request.wishes.to_vec();
    let is_lost = |wish: &&Wish| wish.root && candidates.get(&wish.pin.name).is_empty();
    let lost = wishes.iter().filter(is_lost).map(|wish| wish.pin.name.clone()).collect();
    inherit(&mut wishes, lost, request.records, &candidates);

    let eras = eras(request, &candidates);
    let search = |wishes: &[Wish], effort| search(request, wishes, &candidates, &eras, python.as_ref(), effort);
    let first = search(&wishes, Effort::Once)?;
    let is_lost = |outcome: &&Outcome| outcome.root && matches!(outcome.fate, Fate::Gone { .. });
    let lost = first.outcomes.iter().filter(is_lost).map(|outcome| outcome.pin.name.clone()).collect();
    inherit(&mut wishes, lost, request.records, &candidates);
    search(&wishes, Effort::Thorough)
}

/// Finds the closest environment for wishes of which it is settled which are roots.
fn search(
    request: &Request,
    wishes: &[Wish],
    candidates: &Candidates,
    eras: &[Vec<RepoDataRecord>],
    python: Option<&Python>,
    effort: Effort,
) -> Result<Solution, SolveError> {
    let (meant, foreign): (Vec<&Wish>, Vec<&Wish>) = wishes.iter().partition(|wish| wish.pin.only_for.is_none());
    let goals: Vec<Goal> = meant.into_iter().map(|wish| Goal::new(wish, candidates, request.as_of)).collect();
    if goals.iter().all(|goal| goal.records.is_empty()) {
        return Err(SolveError::Nothing { wanted: wishes.len() });
    }
    let supply = Supply { eras, literals: literal::literals(&goals)?, virtual_packages: request.virtual_packages };
    let mut engine = Engine::new(&supply, python)?;
    let best = strategy::closest(&mut engine, &goals, &supply.literals, python, effort)?;
    Ok(findings::findings(request, candidates, &goals, &foreign, &supply.literals, &best))
}
