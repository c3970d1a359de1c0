//! From records to the universe: what the wishes can reach, and what the target can install of it.

use std::{borrow::Cow, collections::HashMap};

use foldhash::fast::FixedState;
use jiff::Timestamp;
use rattler_conda_types::{Version, VersionSpec};

use super::{
    Candidate, Name, RecordPlace, Universe,
    judge::{RecordVerdict, Relation},
    target::Target,
};
use crate::{
    channel::{Found, RecordOrigin, Row, Rows},
    solve::ids::{CandidateId, ListId, NameId, RulesId, SpecId},
    solve::rule::Rule,
    solve::{ChannelPriority, Exactly, Frozen, Request},
};

/// Walks the records from the wishes along the dependencies.
///
/// With strict channel priority, as conda-forge recommends it, of several channels the first that has a usable record
/// of a name gives all its records. `channel_of` gives the rank of the channel that a line `channel::spec` names. Of a
/// package whose version is settled, nothing else is taken in.
pub(in crate::solve) fn gather<'r>(
    request: &Request<'r>,
    channel_of: impl Fn(&str) -> Option<usize>,
    target: &Target,
    settled: &Versions,
) -> Universe<'r> {
    let records = request.records;
    let mut gather = Gather {
        world: Universe::new(records, request.priority),
        target,
        settled,
        only: request.only,
        as_of: request.as_of.map_or(i64::MAX, Timestamp::as_millisecond),
        horizon: request.horizon.map_or(i64::MAX, Timestamp::as_millisecond),
        specs: HashMap::default(),
        lists: HashMap::default(),
        conditional: HashMap::default(),
        statements: Vec::new(),
        rules: HashMap::default(),
        wanted_extras: HashMap::default(),
        extras: Vec::new(),
    };
    gather.list(Vec::new());
    gather.rules(Vec::new());
    for wish in request.wishes {
        gather.name(wish.pin.name.as_normalized());
    }
    let mut asked: HashMap<NameId, usize, FixedState> = HashMap::default();
    for wish in request.wishes.iter().filter(|wish| !wish.pin.refinement.extras.is_empty()) {
        let name = gather.name(wish.pin.name.as_normalized());
        let specs: Vec<SpecId> = wish.pin.refinement.extras.iter().map(|extra| gather.extra(name, extra)).collect();
        gather.wanted_extras.entry(name).or_default().extend(specs);
    }
    for wish in request.wishes {
        if let Some(rank) = wish.pin.channel.as_deref().and_then(&channel_of) {
            asked.insert(gather.name(wish.pin.name.as_normalized()), rank);
        }
    }
    let mut next = 0;
    let mut next_extra = 0;
    loop {
        while next < gather.world.names.len() {
            let name = NameId::new(next);
            gather.candidates(name, asked.get(&name).copied());
            next += 1;
        }
        // What an extra needs may be new.
        if !gather.take_in_extra(next_extra) {
            return gather.world;
        }
        next_extra += 1;
    }
}

/// Packages whose version is settled.
pub(in crate::solve) type Versions = HashMap<Box<str>, VersionSpec, FixedState>;

pub(super) struct Gather<'g, 'r> {
    pub(super) world: Universe<'r>,
    target: &'g Target<'g>,
    settled: &'g Versions,
    only: Option<&'g Frozen>,
    /// The cut-off, in milliseconds since 1970.
    as_of: i64,
    /// What was built after this doesn't exist.
    horizon: i64,
    specs: HashMap<&'r str, JudgedRecord, FixedState>,
    lists: HashMap<Box<[SpecId]>, ListId, FixedState>,
    /// What conditional dependencies and constraints come to: places in the statements.
    conditional: HashMap<(Relation, &'r str), usize, FixedState>,
    pub(super) statements: Vec<Statements>,
    pub(super) rules: HashMap<Box<[Rule<SpecId>]>, RulesId, FixedState>,
    /// The extras that the wishes ask for.
    pub(super) wanted_extras: HashMap<NameId, Vec<SpecId>, FixedState>,
    /// The extras that are asked for: the package, the match spec on the extra, and what it is called.
    pub(super) extras: Vec<(NameId, SpecId, Box<str>)>,
}

/// What dependencies or constraints come to.
#[derive(Clone, Default)]
pub(super) struct Statements {
    /// What holds in any case.
    pub(super) specs: Vec<SpecId>,
    /// What holds where something else is there.
    pub(super) rules: Vec<Rule<SpecId>>,
}

/// A dependency or a constraint, once it was judged.
#[derive(Clone, Copy)]
pub(super) enum JudgedRecord {
    Open(SpecId),
    Met,
    Unmet,
    Conditional(usize),
}

impl<'r> Gather<'_, 'r> {
    /// The number of a name, which is within reach from now on.
    pub(super) fn name(&mut self, text: &str) -> NameId {
        if let Some(name) = self.world.name(text) {
            return name;
        }
        let name = NameId::new(self.world.names.len());
        let found = self.world.records.get(text);
        self.world.names.push(Name {
            text: text.into(),
            found,
            gathered: 0..0,
            candidates: Vec::new(),
            versions: Vec::new(),
            near: Vec::new(),
        });
        self.world.numbers.insert(text.into(), name);
        name
    }

    /// Takes in the usable records of a name: with strict priority those of one channel, the one asked for before all
    /// others. What a channel has that was asked for comes alone in any case.
    fn candidates(&mut self, name: NameId, asked: Option<usize>) {
        let found = self.world[name].found;
        let start = self.world.candidates.len();
        let rank = |found: &Found| self.world.records.origin(found).rank;
        let mut ranks: Vec<usize> = found.iter().map(rank).collect();
        ranks.dedup();
        ranks.sort_by_key(|rank| Some(*rank) != asked);
        for rank in ranks {
            for (index, found) in found.iter().enumerate() {
                let origin = self.world.records.origin(found);
                if origin.rank == rank {
                    self.usable(name, index, origin, found.block.rows());
                }
            }
            let is_alone = self.world.priority == ChannelPriority::Strict || Some(rank) == asked;
            if is_alone && !self.world[name].candidates.is_empty() {
                break;
            }
        }
        self.world[name].gathered = start..self.world.candidates.len();
        self.number_versions(name);
    }

    /// Takes in the usable records of a block.
    fn usable(&mut self, name: NameId, found: usize, origin: &RecordOrigin, rows: Rows<'r>) {
        let mut depends: Vec<Option<Option<(ListId, RulesId)>>> = vec![None; rows.lists()];
        let mut constrains = depends.clone();
        let settled = self.settled.get(&*self.world[name].text);
        let only = self.only.and_then(|only| only.get(&*self.world[name].text));
        let is_other = |row: &Row, only: &Exactly| {
            row.version() != only.version.as_str() || only.build.as_ref().is_some_and(|build| row.build() != build)
        };
        let mut last = ("", true);
        for (index, row) in rows.iter().enumerate() {
            if only.is_some_and(|only| is_other(&row, only)) {
                continue;
            }
            if let Some(version) = settled {
                // Rows of a version follow each other.
                if last.0 != row.version() {
                    last = (row.version(), row.version().parse().is_ok_and(|other| version.matches(&other)));
                }
                if !last.1 {
                    continue;
                }
            }
            let built = row.timestamp().map(Timestamp::as_millisecond);
            if built.is_some_and(|built| built > self.horizon) || self.target.unfit(origin, row).is_some() {
                continue;
            }
            let (needs, allows) = (row.depends_id() as usize, row.constrains_id() as usize);
            let needs = *depends[needs].get_or_insert_with(|| self.needs(name, row));
            let Some((needs, conditional)) = needs else { continue };
            let allows = *constrains[allows].get_or_insert_with(|| self.allows(row));
            let Some((allows, also_conditional)) = allows else { continue };
            let rules = self.both(conditional, also_conditional);
            let candidate = CandidateId::new(self.world.candidates.len());
            self.world.candidates.push(Candidate {
                name,
                version: 0,
                version_text: row.version(),
                build: row.build(),
                build_number: row.build_number(),
                channel: origin.rank,
                built,
                late: built.is_some_and(|built| built > self.as_of),
                tracked: row.is_tracked(),
                depends: needs,
                constrains: allows,
                rules,
                place: RecordPlace { found, row: index },
            });
            self.world[name].candidates.push(candidate);
        }
    }

    pub(super) fn judge(&mut self, relation: Relation, text: &'r str) -> JudgedRecord {
        if let Some(&judged) = self.specs.get(text) {
            return judged;
        }
        if let Some(&place) = self.conditional.get(&(relation, text)) {
            return JudgedRecord::Conditional(place);
        }
        let judged = match self.target.judge(relation, text) {
            RecordVerdict::Met => return JudgedRecord::Met,
            RecordVerdict::Unmet(_) => JudgedRecord::Unmet,
            RecordVerdict::Open(name, asks) => {
                let name = self.name(&name);
                JudgedRecord::Open(self.world.add_spec(name, Cow::Borrowed(text), asks))
            }
            RecordVerdict::Conditional(verdict) => {
                let statements = self.conditional(relation, text, *verdict);
                self.statements.push(statements);
                let place = self.statements.len() - 1;
                self.conditional.insert((relation, text), place);
                return JudgedRecord::Conditional(place);
            }
        };
        // What a virtual package means differs between a dependency and a constraint, and only a dependency asks for extras.
        let is_alike = !text.starts_with("__") && (relation == Relation::Needs || !text.contains("extras"));
        if is_alike {
            self.specs.insert(text, judged);
        }
        judged
    }

    pub(super) fn list(&mut self, specs: Vec<SpecId>) -> ListId {
        if let Some(&list) = self.lists.get(specs.as_slice()) {
            return list;
        }
        let list = ListId::new(self.world.lists.len());
        self.world.lists.push(specs.clone().into());
        self.lists.insert(specs.into(), list);
        list
    }

    /// Numbers the versions of a name's candidates in ascending order.
    fn number_versions(&mut self, name: NameId) {
        let Name { candidates, .. } = &self.world[name];
        let candidates = candidates.clone();
        let mut parsed: HashMap<&str, Version, FixedState> = HashMap::default();
        for &candidate in &candidates {
            let text = self.world[candidate].version_text;
            // A block holds no version that can't be parsed.
            parsed.entry(text).or_insert_with(|| text.parse().unwrap_or_else(|_| Version::major(0)));
        }
        let mut versions: Vec<Version> = parsed.values().cloned().collect();
        versions.sort();
        versions.dedup_by(|later, earlier| (*later).cmp(earlier).is_eq());
        let number: HashMap<&str, usize, FixedState> =
            parsed.iter().map(|(text, version)| (*text, versions.partition_point(|other| other < version))).collect();
        for candidate in candidates {
            let text = self.world[candidate].version_text;
            self.world[candidate].version = number[text];
        }
        self.world[name].versions = versions;
    }
}
