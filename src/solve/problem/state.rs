//! The problem as the world states it, and as it is once some candidates are gone.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use jiff::Timestamp;

use super::{Class, Problem};
use crate::solve::{
    ids::{CandidateId, ClassId, ListId, NameId},
    world::World,
};

/// The problem of everything that could be installed, or of what of it had been built by a moment.
pub(in crate::solve) fn state(world: &World, horizon: Option<Timestamp>) -> Problem {
    let of_spec = |spec| ClassId::new(spec);
    let specs = world.specs.iter().map(|spec| Class { name: spec.name, members: spec.matches.clone() });
    let names = world.names.iter().enumerate();
    let whole = names.map(|(name, package)| Class { name: NameId::new(name), members: package.candidates.clone() });
    let raw = Problem {
        packages: world.names.iter().map(|name| name.candidates.clone()).collect(),
        classes: specs.chain(whole).collect(),
        of_spec: (0..world.specs.len()).map(of_spec).collect(),
        whole: (0..world.names.len()).map(|name| ClassId::new(world.specs.len() + name)).collect(),
        requires: world.candidates.iter().map(|candidate| candidate.depends).collect(),
        constrains: world.candidates.iter().map(|candidate| candidate.constrains).collect(),
        lists: world.lists.iter().map(|list| list.iter().map(|spec| of_spec(spec.index())).collect()).collect(),
        possible: Vec::new(),
    };
    let mut there = vec![false; world.candidates.len()];
    let horizon = horizon.map_or(i64::MAX, Timestamp::as_millisecond);
    let had_been_built = |candidate: &&CandidateId| world[**candidate].built.is_none_or(|built| built <= horizon);
    raw.packages.iter().flatten().filter(had_been_built).for_each(|candidate| there[candidate.index()] = true);
    Problem { possible: there.clone(), ..restate(&raw, &there) }
}

/// The same problem with only those candidates that are still there: classes with the same members become one, and what
/// goes without saying is left out of the lists.
pub(in crate::solve) fn restate(problem: &Problem, there: &[bool]) -> Problem {
    let left = |candidates: &[CandidateId]| -> Vec<CandidateId> {
        candidates.iter().copied().filter(|candidate| there[candidate.index()]).collect()
    };
    let packages: Vec<Vec<CandidateId>> = problem.packages.iter().map(|package| left(package)).collect();
    let (mut classes, mut known) = (Vec::new(), HashMap::<Class, ClassId, FixedState>::default());
    let of_class: Vec<ClassId> = problem
        .classes
        .iter()
        .map(|class| {
            let class = Class { name: class.name, members: left(&class.members) };
            *known.entry(class).or_insert_with_key(|class| {
                classes.push(class.clone());
                ClassId::new(classes.len() - 1)
            })
        })
        .collect();
    let renumbered = |old: &[ClassId]| old.iter().map(|class| of_class[class.index()]).collect();
    let (of_spec, whole) = (renumbered(&problem.of_spec), renumbered(&problem.whole));
    let none = ListId::new(0);
    let mut restated = Problem {
        packages,
        classes,
        of_spec,
        whole,
        requires: vec![none; there.len()],
        constrains: vec![none; there.len()],
        lists: vec![Box::default()],
        possible: problem.possible.clone(),
    };
    let mut lists = Lists { known: HashMap::default(), required: HashMap::default(), constrained: HashMap::default() };
    lists.known.insert(Box::default(), none);
    for candidate in restated.packages.concat() {
        let index = candidate.index();
        let classes = |list: ListId| problem.lists[list.index()].iter().map(|class| of_class[class.index()]);
        let required = problem.requires[index];
        restated.requires[index] = match lists.required.get(&required) {
            Some(&list) => list,
            None => {
                let list = needed(&restated, classes(required).collect());
                lists.number(&mut restated, list, required, true)
            }
        };
        let constrained = problem.constrains[index];
        restated.constrains[index] = match lists.constrained.get(&constrained) {
            Some(&list) => list,
            None => {
                let list = allowed(&restated, classes(constrained).collect());
                lists.number(&mut restated, list, constrained, false)
            }
        };
    }
    restated
}

/// The lists, by their contents and by the old lists that they come from.
struct Lists {
    known: HashMap<Box<[ClassId]>, ListId, FixedState>,
    required: HashMap<ListId, ListId, FixedState>,
    constrained: HashMap<ListId, ListId, FixedState>,
}

impl Lists {
    fn number(&mut self, problem: &mut Problem, list: Vec<ClassId>, old: ListId, is_required: bool) -> ListId {
        let number = match self.known.get(list.as_slice()) {
            Some(&number) => number,
            None => {
                let number = ListId::new(problem.lists.len());
                problem.lists.push(list.clone().into());
                self.known.insert(list.into(), number);
                number
            }
        };
        let of_old = if is_required { &mut self.required } else { &mut self.constrained };
        of_old.insert(old, number);
        number
    }
}

/// What is needed, in order, without what another need of the same package implies.
fn needed(problem: &Problem, mut list: Vec<ClassId>) -> Vec<ClassId> {
    list.sort_unstable();
    list.dedup();
    let implied = |class: ClassId| {
        list.iter().any(|&other| {
            other != class && problem[other].name == problem[class].name && is_part(problem, other, class)
        })
    };
    let needed: Vec<ClassId> = list.iter().copied().filter(|&class| !implied(class)).collect();
    needed
}

/// What is allowed, in order, without what excludes nothing.
fn allowed(problem: &Problem, mut list: Vec<ClassId>) -> Vec<ClassId> {
    list.sort_unstable();
    list.dedup();
    list.retain(|&class| problem[class].members.len() < problem.candidates(problem[class].name).len());
    list
}

/// Whether all members of a class are members of another one of the same package.
fn is_part(problem: &Problem, part: ClassId, whole: ClassId) -> bool {
    let (part, mut whole) = (&problem[part].members, problem[whole].members.iter());
    // Both are in order of preference.
    part.iter().all(|member| whole.any(|other| other == member))
}
