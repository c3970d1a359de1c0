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
use super::ids::{CandidateId, ClassId, ListId, NameId, SpecId};

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

    /// The packages that a candidate needs.
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
        while let Some(candidate) = queue.pop() {
            let needed = self.needs(candidate).filter_map(|name| of_model(self.candidates(name)));
            let new: Vec<CandidateId> = needed.filter(|needed| left.has(*needed)).collect();
            left.remove(&new);
            queue.extend(new);
        }
        left
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
        let class = &self[class];
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
