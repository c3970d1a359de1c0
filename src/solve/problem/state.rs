//! The problem as the universe states it, and as it is once some candidates are gone.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash},
};

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use jiff::Timestamp;

use super::{Class, Problem};
use crate::solve::{
    candidates::Candidates,
    ids::{CandidateId, ClassId, ListId, NameId, RulesId},
    rule::{Rule, Then},
    universe::Universe,
};

/// The problem of everything that could be installed, or of what of it had been built by a moment.
pub(in crate::solve) fn state(world: &Universe, horizon: Option<Timestamp>) -> Problem {
    let specs = world.specs.iter().map(|spec| Class { name: spec.name, members: spec.matches.clone() });
    let names = world.names.iter().enumerate();
    let whole = names.map(|(name, package)| Class { name: NameId::new(name), members: package.candidates.clone() });
    let raw = Problem {
        packages: world.names.iter().map(|name| name.candidates.clone()).collect(),
        classes: specs.chain(whole).collect(),
        of_spec: (0..world.specs.len()).map(ClassId::new).collect(),
        whole: (0..world.names.len()).map(|name| ClassId::new(world.specs.len() + name)).collect(),
        requires: world.candidates.iter().map(|candidate| candidate.depends).collect(),
        constrains: world.candidates.iter().map(|candidate| candidate.constrains).collect(),
        lists: world.lists.iter().map(|list| list.iter().map(|spec| ClassId::new(spec.index())).collect()).collect(),
        rules: world.candidates.iter().map(|candidate| candidate.rules).collect(),
        rule_lists: world
            .rules
            .iter()
            .map(|list| list.iter().map(|rule| rule.map(|spec| ClassId::new(spec.index()))).collect())
            .collect(),
        possible: Candidates::default(),
        sought: vec![false; world.names.len()],
    };
    let horizon = horizon.map_or(i64::MAX, Timestamp::as_millisecond);
    let had_been_built = |candidate: &&CandidateId| world[**candidate].built.is_none_or(|built| built <= horizon);
    let mut left = Candidates::none_of(world.candidates.len());
    left.add(raw.packages.iter().flatten().filter(had_been_built));
    Problem { possible: left.clone(), ..restate(&raw, &left) }
}

/// The same problem with only those candidates that are left: classes with the same members become one, and what goes
/// without saying is left out of the lists.
pub(in crate::solve) fn restate(problem: &Problem, left: &Candidates) -> Problem {
    let mut classes = Numbered::default();
    let of_class: Vec<ClassId> = problem
        .classes
        .iter()
        .map(|class| ClassId::new(classes.number(Class { name: class.name, members: left.only(&class.members) })))
        .collect();
    let renumbered = |old: &[ClassId]| -> Vec<ClassId> { old.iter().map(|class| of_class[class.index()]).collect() };
    let restated = Problem {
        packages: problem.packages.iter().map(|package| left.only(package)).collect(),
        of_spec: renumbered(&problem.of_spec),
        whole: renumbered(&problem.whole),
        classes: classes.things,
        requires: problem.requires.clone(),
        constrains: problem.constrains.clone(),
        lists: Vec::new(),
        rules: problem.rules.clone(),
        rule_lists: Vec::new(),
        possible: problem.possible.clone(),
        sought: problem.sought.clone(),
    };
    let mut lists = Numbered::default();
    // What nothing refers to any more gets the empty list.
    let none = ListId::new(lists.number(Box::default()));
    let mut relist = |old: &mut Vec<ListId>, canonical: fn(&Problem, Vec<ClassId>) -> Vec<ClassId>| {
        let mut of_list: HashMap<ListId, ListId, FixedState> = HashMap::default();
        let mut new = vec![none; old.len()];
        for candidate in restated.packages.iter().flatten() {
            let list = old[candidate.index()];
            new[candidate.index()] = *of_list.entry(list).or_insert_with(|| {
                let list = canonical(&restated, renumbered(&problem.lists[list.index()]));
                ListId::new(lists.number(list.into_boxed_slice()))
            });
        }
        *old = new;
    };
    let (mut requires, mut constrains) = (problem.requires.clone(), problem.constrains.clone());
    relist(&mut requires, needed);
    relist(&mut constrains, allowed);
    let (rules, rule_lists) = rules(problem, &restated, &of_class);
    Problem { requires, constrains, lists: lists.things, rules, rule_lists, ..restated }
}

/// Lists of rules, and which of them each candidate has.
type RuleLists = (Vec<RulesId>, Vec<Box<[Rule<ClassId>]>>);

/// The rules of the candidates that are left, in terms of the classes that are.
fn rules(problem: &Problem, restated: &Problem, of_class: &[ClassId]) -> RuleLists {
    let mut lists: Numbered<Box<[Rule<ClassId>]>> = Numbered::default();
    let none = RulesId::new(lists.number(Box::default()));
    let mut rules = vec![none; problem.rules.len()];
    if problem.has_rules() {
        let mut of_list: HashMap<RulesId, RulesId, FixedState> = HashMap::default();
        for candidate in restated.packages.iter().flatten() {
            let list = problem.rules[candidate.index()];
            rules[candidate.index()] = *of_list.entry(list).or_insert_with(|| {
                let old = problem.rule_lists[list.index()].iter();
                let new = old.filter_map(|rule| said(restated, rule.map(|class| of_class[class.index()])));
                let mut new: Vec<Rule<ClassId>> = new.collect();
                new.sort_unstable();
                new.dedup();
                RulesId::new(lists.number(new.into_boxed_slice()))
            });
        }
    }
    (rules, lists.things)
}

/// A rule in order; `None` where its condition is never true, or it says nothing.
fn said(problem: &Problem, mut rule: Rule<ClassId>) -> Option<Rule<ClassId>> {
    rule.when.sort_unstable();
    rule.when.dedup();
    if rule.when.iter().any(|class| problem[*class].members.is_empty()) {
        return None;
    }
    match rule.then {
        Then::Needs(class) if problem[class].members.is_empty() => Some(Rule { then: Then::Never, ..rule }),
        Then::Allows(class) if problem.outside(class).next().is_none() => None,
        Then::Needs(_) | Then::Allows(_) | Then::Never => Some(rule),
    }
}

/// Things that are numbered in the order in which they are met, each once.
struct Numbered<T> {
    things: Vec<T>,
    known: HashTable<usize>,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self { things: Vec::new(), known: HashTable::new() }
    }
}

impl<T: Eq + Hash> Numbered<T> {
    fn number(&mut self, thing: T) -> usize {
        let Self { things, known } = self;
        let hash = |thing: &T| FixedState::default().hash_one(thing);
        let next = things.len();
        let number =
            *known.entry(hash(&thing), |it| things[*it] == thing, |it| hash(&things[*it])).or_insert(next).get();
        if number == next {
            things.push(thing);
        }
        number
    }
}

/// What is needed, in order, without what another need of the same package implies.
fn needed(problem: &Problem, mut list: Vec<ClassId>) -> Vec<ClassId> {
    list.sort_unstable();
    list.dedup();
    let is_implied = |class: ClassId| {
        let same = list.iter().filter(|other| **other != class && problem[**other].name == problem[class].name);
        same.into_iter().any(|other| is_part(problem, *other, class))
    };
    list.iter().copied().filter(|class| !is_implied(*class)).collect()
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
