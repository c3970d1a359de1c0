//! The problem: candidates, and sets of them that others need or exclude. All that a solver has to know.
//!
//! A spec is, to a solver, the set of candidates that match it. Specs with the same candidates are the same *class*,
//! however they are written, and every list of dependencies is a list of classes. [`state`] says what the universe
//! says, [`reduce`] says it with far fewer candidates.

mod reduce;
mod since;
mod state;

use std::ops::Index;

use super::candidates::Candidates;
use super::ids::{CandidateId, ClassId, ListId, NameId, RulesId, SpecId};
use super::rule::Rule;

pub(super) use reduce::{WantedRecords, reduce};
pub(super) use since::since;
pub(super) use state::{restate, state};

/// Candidates, and what they need and exclude.
#[derive(Debug)]
pub(super) struct Problem {
    /// The candidates of each package of the universe, the preferred first.
    pub packages: Vec<Vec<CandidateId>>,
    /// Sets of candidates.
    pub classes: Vec<Class>,
    /// The class of each spec of the universe.
    pub of_spec: Vec<ClassId>,
    /// The class of all candidates of each package.
    pub whole: Vec<ClassId>,
    /// What each candidate of the universe needs.
    pub requires: Vec<ListId>,
    /// What each candidate of the universe allows of packages, whether it needs them or not.
    pub constrains: Vec<ListId>,
    /// Lists of classes.
    pub lists: Vec<Box<[ClassId]>>,
    /// What each candidate of the universe says that doesn't hold in any case.
    pub rules: Vec<RulesId>,
    /// Lists of that; the first is empty.
    pub rule_lists: Vec<Box<[Rule<ClassId>]>>,
    /// The candidates of the universe that can be installed, if only alone.
    pub possible: Candidates,
    /// By package, whether it may be there for its own sake. Others are there only where something needs them.
    pub sought: Vec<bool>,
}

/// Candidates of one package, of which one is needed, or all but which are excluded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Class {
    /// The package.
    pub name: NameId,
    /// Its members, the preferred first.
    pub members: Vec<CandidateId>,
}

impl Problem {
    /// All candidates.
    pub(super) fn all(&self) -> Candidates {
        let mut all = Candidates::none_of(self.requires.len());
        all.add(self.packages.iter().flatten());
        all
    }

    /// The class of a spec.
    pub(super) fn class(&self, spec: SpecId) -> &Class {
        &self[self.of_spec[spec.index()]]
    }

    /// What a candidate needs.
    pub(super) fn requires(&self, candidate: CandidateId) -> &[ClassId] {
        &self.lists[self.requires[candidate.index()].index()]
    }

    /// What a candidate says that doesn't hold in any case.
    pub(super) fn rules(&self, candidate: CandidateId) -> &[Rule<ClassId>] {
        &self.rule_lists[self.rules[candidate.index()].index()]
    }

    /// Whether anything holds under a condition. Hardly any problem has more lists of rules than the empty one.
    pub(super) fn has_rules(&self) -> bool {
        self.rule_lists.len() > 1
    }

    /// Whether any of these candidates, or any that they can lead to, says something that doesn't hold in any case.
    pub(super) fn leads_to_rules(&self, from: impl IntoIterator<Item = CandidateId>) -> bool {
        if !self.has_rules() {
            return false;
        }
        let mut queue: Vec<CandidateId> = from.into_iter().collect();
        let mut reached = vec![false; self.packages.len()];
        while let Some(candidate) = queue.pop() {
            if !self.rules(candidate).is_empty() {
                return true;
            }
            for name in self.needs(candidate) {
                if !std::mem::replace(&mut reached[name.index()], true) {
                    queue.extend_from_slice(self.candidates(name));
                }
            }
        }
        false
    }

    /// The packages that a candidate needs in some case, each with what must be there for that.
    pub(super) fn needs_at_times(&self, candidate: CandidateId) -> impl Iterator<Item = (NameId, &[ClassId])> {
        let rules = self.rules(candidate).iter();
        rules.filter_map(|rule| Some((self[rule.needs()?].name, rule.when.as_slice())))
    }

    /// The packages that a candidate needs in any case.
    pub(super) fn needs(&self, candidate: CandidateId) -> impl Iterator<Item = NameId> {
        self.requires(candidate).iter().map(|class| self[*class].name)
    }

    /// What a solution has that is neither sought nor needed by what is.
    pub(super) fn needless(&self, model: &Candidates) -> Candidates {
        let packages = || self.packages.iter().zip(&self.sought);
        let of_model = |package: &[CandidateId]| model.first_of(package);
        let mut queue: Vec<CandidateId> =
            packages().filter(|(_, sought)| **sought).filter_map(|(package, _)| of_model(package)).collect();
        let mut left = model.clone();
        left.remove(&queue);
        // Those that may need more once something else is there.
        let mut waiting: Vec<CandidateId> = Vec::new();
        loop {
            while let Some(candidate) = queue.pop() {
                let needed = self.needs(candidate).filter_map(|name| of_model(self.candidates(name)));
                let new: Vec<CandidateId> = needed.filter(|needed| left.has(*needed)).collect();
                left.remove(&new);
                queue.extend(new);
                if !self.rules(candidate).is_empty() {
                    waiting.push(candidate);
                }
            }
            // What is there for nothing makes no condition true.
            let is_there = |class: &ClassId| {
                let first = model.first_of(&self[*class].members);
                first.is_some_and(|member| !left.has(member))
            };
            let needs = waiting.iter().flat_map(|candidate| self.needs_at_times(*candidate));
            let needed = needs.filter(|(_, when)| when.iter().all(is_there));
            let new = needed.filter_map(|(name, _)| of_model(self.candidates(name)).filter(|it| left.has(*it)));
            let mut new: Vec<CandidateId> = new.collect();
            new.sort_unstable();
            new.dedup();
            if new.is_empty() {
                return left;
            }
            left.remove(&new);
            queue.extend(new);
        }
    }

    /// What a candidate allows of packages, whether it needs them or not.
    pub(super) fn constrains(&self, candidate: CandidateId) -> &[ClassId] {
        &self.lists[self.constrains[candidate.index()].index()]
    }

    /// The candidates of a package, the preferred first.
    pub(super) fn candidates(&self, name: NameId) -> &[CandidateId] {
        &self.packages[name.index()]
    }

    /// The candidates of a class's package that aren't members.
    pub(super) fn outside(&self, class: ClassId) -> impl Iterator<Item = CandidateId> {
        self.others(&self[class])
    }

    /// The candidates of a class's package that aren't members.
    pub(super) fn others(&self, class: &Class) -> impl Iterator<Item = CandidateId> {
        // Both are in order of preference.
        let mut members = class.members.iter().peekable();
        self.candidates(class.name).iter().copied().filter(move |candidate| members.next_if_eq(&candidate).is_none())
    }
}

impl Index<ClassId> for Problem {
    type Output = Class;

    fn index(&self, id: ClassId) -> &Class {
        &self.classes[id.index()]
    }
}
