//! Fewer candidates, and still every solution that matters.
//!
//! Most of what a channel holds is never needed: a candidate that needs what isn't there can't be installed, and of two
//! that nothing can tell apart, the preferred one is enough. Leaving those out takes nothing from what can be granted
//! and nothing from what is preferred: in any solution, each can be replaced by the one that is left in its stead.

use std::collections::HashSet;

use foldhash::fast::FixedState;

use super::{Problem, state::restate};
use crate::solve::{
    candidates::Candidates,
    ids::{CandidateId, ClassId, ListId, NameId, RulesId, SpecId},
    rule::Rule,
};

/// What the wishes speak of.
#[derive(Debug, Default)]
pub(in crate::solve) struct WantedRecords {
    /// The packages that may be there for their own sake.
    pub sought: Vec<NameId>,
    /// The specs that tell candidates apart for them.
    pub specs: Vec<SpecId>,
}

/// Leaves out the candidates that can't be installed, that are as good as a preferred one, or that nothing sought can
/// lead to; and starts over, as long as that leaves fewer.
pub(in crate::solve) fn reduce(problem: Problem, wanted: &WantedRecords) -> Problem {
    let mut problem = possible(problem);
    for name in &wanted.sought {
        problem.sought[name.index()] = true;
    }
    loop {
        let all = problem.all();
        let mut left = all.clone();
        drop_impossible(&problem, &mut left);
        drop_alike(&problem, wanted, &mut left);
        drop_unreachable(&problem, wanted, &mut left);
        if left == all {
            return problem;
        }
        problem = restate(&problem, &left);
    }
}

/// Leaves out what can't be installed, and what can't be for that reason, and so on.
fn possible(problem: Problem) -> Problem {
    let mut left = problem.possible.clone();
    loop {
        let before = left.clone();
        drop_impossible(&problem, &mut left);
        if left == before {
            break;
        }
    }
    if left == problem.possible { problem } else { Problem { possible: left.clone(), ..restate(&problem, &left) } }
}

/// Drops candidates that need what isn't left, or that contradict themselves.
fn drop_impossible(problem: &Problem, left: &mut Candidates) {
    let is_empty: Vec<bool> = problem.classes.iter().map(|class| left.first_of(&class.members).is_none()).collect();
    for (name, package) in problem.packages.iter().enumerate() {
        let is_impossible = |candidate: &&CandidateId| {
            let excludes_itself = |class: &ClassId| {
                problem[*class].name == NameId::new(name) && !problem[*class].members.contains(candidate)
            };
            let requires = problem.requires(**candidate);
            requires.iter().any(|class| is_empty[class.index()])
                || requires.iter().chain(problem.constrains(**candidate)).any(excludes_itself)
        };
        left.remove(package.iter().filter(is_impossible));
    }
}

/// Of the candidates of a package that need the same, allow the same, and are members of the same classes, keeps the
/// preferred one.
fn drop_alike(problem: &Problem, wanted: &WantedRecords, left: &mut Candidates) {
    let mut used: HashSet<ClassId, FixedState> =
        wanted.specs.iter().map(|spec| problem.of_spec[spec.index()]).collect();
    for candidate in left.only(&problem.packages.concat()) {
        used.extend(problem.requires(candidate).iter().chain(problem.constrains(candidate)));
        used.extend(problem.rules(candidate).iter().flat_map(Rule::sets));
    }
    // The used classes that each candidate is a member of, in order.
    let mut member_of: Vec<Vec<ClassId>> = vec![Vec::new(); problem.requires.len()];
    for class in (0..problem.classes.len()).map(ClassId::new).filter(|class| used.contains(class)) {
        for member in &problem[class].members {
            member_of[member.index()].push(class);
        }
    }
    for package in &problem.packages {
        let mut seen: HashSet<(ListId, ListId, RulesId, &[ClassId]), FixedState> = HashSet::default();
        for candidate in left.only(package) {
            let index = candidate.index();
            let says = (problem.requires[index], problem.constrains[index], problem.rules[index]);
            let kind = (says.0, says.1, says.2, member_of[index].as_slice());
            if !seen.insert(kind) {
                left.remove([&candidate]);
            }
        }
    }
}

/// Drops the candidates of packages that nothing sought can need.
fn drop_unreachable(problem: &Problem, wanted: &WantedRecords, left: &mut Candidates) {
    let mut reached = vec![false; problem.packages.len()];
    let mut queue = wanted.sought.clone();
    while let Some(name) = queue.pop() {
        if !std::mem::replace(&mut reached[name.index()], true) {
            let candidates = left.only(problem.candidates(name));
            let needs = candidates.iter().flat_map(|candidate| problem.requires(*candidate));
            queue.extend(needs.map(|class| problem[*class].name));
            let at_times = candidates.iter().flat_map(|candidate| problem.needs_at_times(*candidate));
            queue.extend(at_times.map(|(name, _)| name));
        }
    }
    for (package, _) in problem.packages.iter().zip(&reached).filter(|(_, reached)| !**reached) {
        left.remove(package);
    }
}
