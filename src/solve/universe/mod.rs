//! The universe: everything that could be installed for the wishes, as numbers.
//!
//! [`gather`](gather::gather) walks the records from the wishes along their dependencies and takes in what the target
//! can install. Names, candidates, specs and lists of specs are numbered, so that what follows never looks at a text
//! unless a person is to read it.

mod condition;
mod extras;
mod gather;
mod judge;
mod matching;
mod order;
mod refuse;
mod spec;
mod statements;
mod target;

use std::{
    borrow::Cow,
    collections::HashMap,
    ops::{Index, IndexMut, Range},
};

use foldhash::fast::FixedState;
use rattler_conda_types::{RepoDataRecord, Version};

use super::{
    ChannelPriority,
    ids::{CandidateId, ListId, NameId, RulesId, SpecId},
    rule::Rule,
};
use crate::channel::{Found, Records, Row};

pub(super) use condition::{When, when};
pub(super) use gather::{Versions, gather};
pub(super) use matching::evaluate;
pub(super) use refuse::{KnownRefusals, Refusals};
pub(super) use spec::{Asks, Dependency, Spec, read};
pub(super) use target::{Refusal, Target};

/// What could be installed, and what the wishes and the records say about it.
#[derive(Debug)]
pub(super) struct Universe<'r> {
    /// The records that the candidates are rows of.
    pub records: &'r Records,
    /// How their channels count against each other.
    pub priority: ChannelPriority,
    /// The packages within reach.
    pub names: Vec<Name<'r>>,
    /// Their numbers.
    numbers: HashMap<Box<str>, NameId, FixedState>,
    /// The records that may be chosen.
    pub candidates: Vec<Candidate<'r>>,
    /// The match specs of the candidates' dependencies and constraints, and those of the wishes.
    pub specs: Vec<Spec<'r>>,
    /// Lists of specs; candidates with the same dependencies have the same list.
    pub lists: Vec<Box<[SpecId]>>,
    /// Lists of what candidates say that doesn't hold in any case; the first is empty.
    pub rules: Vec<Box<[Rule<SpecId>]>>,
}

/// A package.
#[derive(Debug)]
pub(super) struct Name<'r> {
    /// Its normalised name; of an extra, that of its package with it: `dask[array]`.
    pub text: Box<str>,
    /// Its records, usable or not.
    pub found: &'r [Found],
    /// Every usable record of it, as a part of the universe's candidates.
    pub gathered: Range<usize>,
    /// Its candidates, without those that are as good as another; the preferred first.
    pub candidates: Vec<CandidateId>,
    /// The versions of the candidates, ascending.
    pub versions: Vec<Version>,
    /// How near each version is to the wanted one, 0 for the nearest; empty where none is wanted.
    pub near: Vec<usize>,
}

/// A record that may be chosen.
#[derive(Clone, Debug)]
pub(super) struct Candidate<'r> {
    /// Its package.
    pub name: NameId,
    /// Its version, as an index into those of its package.
    pub version: usize,
    /// The version as it is written.
    pub version_text: &'r str,
    /// Its build string.
    pub build: &'r str,
    /// Its build number.
    pub build_number: u64,
    /// The place of its channel, 0 for the most important.
    pub channel: usize,
    /// When it was built, in milliseconds since 1970, where it says so.
    pub built: Option<i64>,
    /// Whether it was built after the cut-off and isn't exempt from it.
    pub late: bool,
    /// Whether it has `track_features`.
    pub tracked: bool,
    /// What it needs.
    pub depends: ListId,
    /// What it allows only in some versions.
    pub constrains: ListId,
    /// What it says that doesn't hold in any case.
    pub rules: RulesId,
    /// Where it is among the records of its name.
    pub place: RecordPlace,
}

/// A row of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RecordPlace {
    /// The index into [`Name::found`].
    pub found: usize,
    /// The index of the row.
    pub row: usize,
}

impl<'r> Universe<'r> {
    /// One in which nothing is within reach yet.
    fn new(records: &'r Records, priority: ChannelPriority) -> Self {
        Self {
            records,
            priority,
            names: Vec::new(),
            numbers: HashMap::default(),
            candidates: Vec::new(),
            specs: Vec::new(),
            lists: Vec::new(),
            rules: Vec::new(),
        }
    }

    /// The number of a package within reach.
    pub(super) fn name(&self, text: &str) -> Option<NameId> {
        self.numbers.get(text).copied()
    }

    /// How a person calls a candidate: `numpy 1.15.4`.
    pub(super) fn title(&self, candidate: CandidateId) -> String {
        let candidate = &self[candidate];
        let name = &self[candidate.name].text;
        if candidate.version_text.is_empty() { name.to_string() } else { format!("{name} {}", candidate.version_text) }
    }

    /// Adds a match spec on a package.
    pub(super) fn add_spec(&mut self, name: NameId, text: Cow<'r, str>, asks: Asks) -> SpecId {
        let spec = SpecId::new(self.specs.len());
        self.specs.push(Spec { name, text, asks, matches: Vec::new() });
        spec
    }

    /// Where the record of a candidate is found, and its row; `None` of an extra, which has none.
    fn row(&self, candidate: CandidateId) -> Option<(&'r Found, Row<'r>)> {
        let candidate = &self[candidate];
        let found = self[candidate.name].found.get(candidate.place.found)?;
        Some((found, found.block.rows().row(candidate.place.row)))
    }

    /// The whole record of a candidate; `None` of an extra, which has none.
    pub(super) fn record(&self, candidate: CandidateId) -> Option<RepoDataRecord> {
        let (found, row) = self.row(candidate)?;
        row.record(self.records.origin(found))
    }
}

/// Lets numbers be looked up in the universe.
macro_rules! numbered {
    ($id:ident, $field:ident, $of:ty) => {
        impl<'r> Index<$id> for Universe<'r> {
            type Output = $of;

            fn index(&self, id: $id) -> &Self::Output {
                &self.$field[id.index()]
            }
        }

        impl IndexMut<$id> for Universe<'_> {
            fn index_mut(&mut self, id: $id) -> &mut Self::Output {
                &mut self.$field[id.index()]
            }
        }
    };
}

numbered!(NameId, names, Name<'r>);
numbered!(CandidateId, candidates, Candidate<'r>);
numbered!(SpecId, specs, Spec<'r>);
numbered!(ListId, lists, Box<[SpecId]>);
numbered!(RulesId, rules, Box<[Rule<SpecId>]>);
