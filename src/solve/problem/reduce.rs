//! Fewer candidates, and still every solution that matters.
//!
//! Most of what a channel holds is never needed: a candidate that needs what isn't there can't be installed, and of two
//! that nothing can tell apart, the preferred one is enough. Leaving those out takes nothing from what can be granted
//! and nothing from what is preferred: in any solution, each can be replaced by the one that is left in its stead.

use std::collections::HashSet;

use foldhash::fast::FixedState;

use super::{Problem, state::restate};
use crate::solve::ids::{ClassId, ListId, NameId, SpecId};

/// What the wishes speak of.
#[derive(Debug, Default)]
pub(in crate::solve) struct Wanted {
    /// Their packages.
    pub names: Vec<NameId>,
    /// The specs that tell candidates apart for them.
    pub specs: Vec<SpecId>,
}

/// Leaves out the candidates that can't be installed, that are as good as a preferred one, or that nothing wanted can
/// lead to; and starts over, as long as that leaves fewer.
pub(in crate::solve) fn reduce(problem: Problem, wanted: &Wanted) -> Problem {
    let mut problem = possible(problem);
    loop {
        let before: usize = problem.packages.iter().map(Vec::len).sum();
        let mut there = vec![false; problem.requires.len()];
        problem.packages.iter().flatten().for_each(|candidate| there[candidate.index()] = true);
        drop_impossible(&problem, &mut there);
        drop_alike(&problem, wanted, &mut there);
        drop_unreachable(&problem, wanted, &mut there);
        if there.iter().filter(|there| **there).count() == before {
            return problem;
        }
        problem = restate(&problem, &there);
    }
}

/// Leaves out what can't be installed, and what can't be for that reason, and so on.
fn possible(problem: Problem) -> Problem {
    let mut problem = problem;
    loop {
        let mut there = problem.possible.clone();
        drop_impossible(&problem, &mut there);
        if there == problem.possible {
            return problem;
        }
        problem = Problem { possible: there.clone(), ..restate(&problem, &there) };
    }
}

/// Drops candidates that need what isn't there, or that contradict themselves.
fn drop_impossible(problem: &Problem, there: &mut [bool]) {
    for (name, package) in problem.packages.iter().enumerate() {
        for &candidate in package {
            let excludes_itself = |class: &ClassId| {
                problem[*class].name == NameId::new(name) && !problem[*class].members.contains(&candidate)
            };
            let requires = problem.requires(candidate);
            let impossible = requires.iter().any(|class| problem[*class].members.is_empty())
                || requires.iter().chain(problem.constrains(candidate)).any(excludes_itself);
            there[candidate.index()] &= !impossible;
        }
    }
}

/// Of the candidates of a package that need the same, allow the same, and are members of the same classes, keeps the
/// preferred one.
fn drop_alike(problem: &Problem, wanted: &Wanted, there: &mut [bool]) {
    let mut used = vec![false; problem.classes.len()];
    let mut use_class = |class: ClassId| used[class.index()] = true;
    wanted.specs.iter().for_each(|spec| use_class(problem.of_spec[spec.index()]));
    for &candidate in problem.packages.iter().flatten().filter(|candidate| there[candidate.index()]) {
        problem.requires(candidate).iter().chain(problem.constrains(candidate)).for_each(|class| use_class(*class));
    }
    // The used classes that each candidate is a member of, in order.
    let mut member_of: Vec<Vec<ClassId>> = vec![Vec::new(); there.len()];
    for (index, class) in problem.classes.iter().enumerate().filter(|(index, _)| used[*index]) {
        class.members.iter().for_each(|member| member_of[member.index()].push(ClassId::new(index)));
    }
    for package in &problem.packages {
        let mut seen: HashSet<(ListId, ListId, &[ClassId]), FixedState> = HashSet::default();
        for candidate in package.iter().map(|candidate| candidate.index()) {
            if !there[candidate] {
                continue;
            }
            let kind = (problem.requires[candidate], problem.constrains[candidate], member_of[candidate].as_slice());
            there[candidate] = seen.insert(kind);
        }
    }
}

/// Drops the candidates of packages that nothing wanted can need.
fn drop_unreachable(problem: &Problem, wanted: &Wanted, there: &mut [bool]) {
    let mut reached = vec![false; problem.packages.len()];
    let mut queue = wanted.names.clone();
    while let Some(name) = queue.pop() {
        if std::mem::replace(&mut reached[name.index()], true) {
            continue;
        }
        let alive = problem.candidates(name).iter().filter(|candidate| there[candidate.index()]);
        queue.extend(alive.flat_map(|&candidate| problem.requires(candidate)).map(|class| problem[*class].name));
    }
    for (package, _) in problem.packages.iter().zip(&reached).filter(|(_, reached)| !**reached) {
        package.iter().for_each(|candidate| there[candidate.index()] = false);
    }
}
