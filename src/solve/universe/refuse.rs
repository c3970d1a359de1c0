//! What can't be installed on the target, whatever else is.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
};

use jiff::Timestamp;

use super::{
    Universe,
    judge::{RecordVerdict, Relation},
    target::{Refusal, Target},
};
use crate::{
    channel::{Found, RecordOrigin, Row},
    solve::ids::NameId,
};

/// A record, and why it can't be installed.
type Refused<'f> = (Row<'f>, Refusal);

/// Answers why records can't be installed on the target.
#[derive(Clone, Copy)]
pub(in crate::solve) struct Refusals<'f> {
    /// What could be installed.
    pub world: &'f Universe<'f>,
    /// The target.
    pub target: Target<'f>,
    /// Up to when records count.
    pub horizon: Option<Timestamp>,
    /// What was found so far.
    pub known: &'f KnownRefusals<'f>,
}

/// What was found of dependencies and constraints, as records have them: many records say the same.
#[derive(Debug, Default)]
pub(in crate::solve) struct KnownRefusals<'f> {
    /// Why the target rules them out, if it does.
    unmet: RefCell<HashMap<(Relation, &'f str), Option<Refusal>>>,
    /// What of a dependency is missing, if something is.
    missing: RefCell<KnownMissing<'f>>,
}

type KnownMissing<'f> = HashMap<&'f str, Option<String>>;

impl<'f> Refusals<'f> {
    /// Why the newest of the records that are meant can't be installed; of those that count, if any do, else the
    /// oldest, so that what a channel gains changes nothing. Those that are for the right python come first. `None`
    /// where nothing that is meant is refused.
    pub(in crate::solve) fn of(&self, name: NameId, is_meant: impl Fn(&Row) -> bool) -> Option<Refusal> {
        let rows = |found: &'f Found| found.block.rows().iter().map(|row| (self.world.records.origin(found), row));
        let meant = self.world[name].found.iter().flat_map(rows).filter(|(_, row)| is_meant(row));
        let refused = meant.filter_map(|(origin, row)| Some((row, self.refusal(origin, row)?)));
        let (of_other_pythons, refused): (Vec<Refused>, Vec<Refused>) =
            refused.partition(|(_, refusal)| matches!(refusal, Refusal::OtherPython(_)));
        if !refused.is_empty() {
            return self.last(refused);
        }
        // That a build is for another python is the cause only if it could be had with that one.
        let mut missing = Missing::of(self);
        let last = self.last_missing(of_other_pythons, &mut missing);
        missing.keep();
        last
    }

    /// The same where each is for another python.
    fn last_missing(&self, of_other_pythons: Vec<Refused<'f>>, missing: &mut Missing<'_, 'f>) -> Option<Refusal> {
        let rows = || of_other_pythons.iter().filter(|(row, _)| self.counts(row));
        if of_other_pythons.is_empty()
            || rows().next().is_none()
            || rows().any(|(row, _)| missing.of_row(*row).is_none())
        {
            return self.last(of_other_pythons);
        }
        let whys: Vec<Refused> =
            rows().filter_map(|(row, _)| Some((*row, Refusal::Unfit(missing.of_row(*row)?)))).collect();
        self.last(whys)
    }

    /// Whether a record is old enough.
    fn counts(&self, row: &Row) -> bool {
        self.horizon.is_none_or(|until| row.timestamp().is_none_or(|built| built <= until))
    }

    /// The refusal of the newest record that counts, else that of the oldest.
    fn last(&self, mut refused: Vec<Refused>) -> Option<Refusal> {
        let last = refused.iter().rposition(|(row, _)| self.counts(row));
        let place = last.or_else(|| (0..refused.len()).min_by_key(|index| refused[*index].0.timestamp()))?;
        Some(refused.swap_remove(place).1)
    }

    /// The place of the first channel that has a record which is meant, counts and could be installed.
    pub(in crate::solve) fn channel_with(&self, name: NameId, is_meant: impl Fn(&Row) -> bool) -> Option<usize> {
        let is_there = |found: &&'f Found| {
            let origin = self.world.records.origin(found);
            let mut rows = found.block.rows().iter();
            rows.any(|row| is_meant(&row) && self.counts(&row) && self.refusal(origin, row).is_none())
        };
        let found = self.world[name].found.iter().find(is_there)?;
        Some(self.world.records.origin(found).rank)
    }

    fn refusal(&self, origin: &RecordOrigin, row: Row<'f>) -> Option<Refusal> {
        let needs = row.depends().filter_map(|text| self.unmet(Relation::Needs, text));
        let allows = row.constrains().filter_map(|text| self.unmet(Relation::Allows, text));
        // A build for another python is no build at all, whatever else it needs.
        let all = self.target.unfit(origin, row).into_iter().chain(needs).chain(allows);
        all.min_by_key(|refusal| !matches!(refusal, Refusal::OtherPython(_)))
    }

    /// Why the target rules out a dependency or a constraint; `None` where it doesn't.
    fn unmet(&self, relation: Relation, text: &'f str) -> Option<Refusal> {
        let judge = || match self.target.judge(relation, text) {
            RecordVerdict::Unmet(why) => Some(why),
            RecordVerdict::Met | RecordVerdict::Open(..) | RecordVerdict::Conditional(_) => None,
        };
        self.known.unmet.borrow_mut().entry((relation, text)).or_insert_with(judge).clone()
    }
}

/// What records need that isn't there, with whatever python; as far as one can tell from each dependency by itself.
struct Missing<'m, 'f> {
    refusals: &'m Refusals<'f>,
    target: Target<'f>,
    known: KnownMissing<'f>,
    /// Those that are being looked at, each for the sake of the one before.
    underway: HashSet<&'f str>,
    /// Those that were looked at here.
    found: Vec<&'f str>,
    /// How many of them were, before one of those underway was taken to be there: only those hold by themselves.
    sound: Option<usize>,
}

impl<'m, 'f> Missing<'m, 'f> {
    fn of(refusals: &'m Refusals<'f>) -> Self {
        Self {
            refusals,
            target: Target { python: None, ..refusals.target },
            known: refusals.known.missing.take(),
            underway: HashSet::new(),
            found: Vec::new(),
            sound: None,
        }
    }

    /// Keeps what was found for others that ask.
    fn keep(mut self) {
        for text in self.found.drain(self.sound.unwrap_or(self.found.len())..) {
            self.known.remove(text);
        }
        self.refusals.known.missing.replace(self.known);
    }

    /// What a record needs that isn't there, in words; `None` where all is there.
    fn of_row(&mut self, row: Row<'f>) -> Option<String> {
        row.depends().find_map(|text| Some(format!("{} {} needs {}", row.name(), row.version(), self.of_spec(text)?)))
    }

    /// The dependency, and what isn't there of it.
    fn of_spec(&mut self, text: &'f str) -> Option<String> {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        // Of packages that need each other, each is there if the other is.
        if !self.underway.insert(text) {
            self.sound.get_or_insert(self.found.len());
            return None;
        }
        let missing = match self.target.judge(Relation::Needs, text) {
            // A condition may be false.
            RecordVerdict::Met | RecordVerdict::Conditional(_) => None,
            RecordVerdict::Unmet(refusal) => Some(format!("{text}{}", refusal.behind())),
            RecordVerdict::Open(name, asks) => {
                let found = self.refusals.world.records.get(&name);
                let is_meant = |row: &Row| {
                    let is_version = |version| asks.accepts_version(&version);
                    asks.accepts_build(row.build()) && row.version().parse().is_ok_and(is_version)
                };
                let rows = found.iter().flat_map(|found| found.block.rows().iter());
                let rows: Vec<Row> = rows.filter(|row| self.refusals.counts(row) && is_meant(row)).collect();
                let of_rows = rows.iter().rev().map(|row| self.of_row(*row));
                let whys: Option<Vec<String>> = of_rows.collect();
                whys.map(|whys| match whys.into_iter().next() {
                    Some(why) => format!("{text}, and {why}"),
                    None => format!("{text}, which isn't there for Linux"),
                })
            }
        };
        self.underway.remove(text);
        self.found.push(text);
        self.known.insert(text, missing.clone());
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{channel::Records, lockfile::testing::record, solve::ChannelPriority};

    #[test]
    fn what_is_there_only_if_something_else_is_that_turns_out_missing_is_not_kept() {
        let of = |name: &str, needs: &[&str]| record(&format!("{name}-1-0"), "linux-64", needs, "ab");
        // While `a` is looked at, `c` seems to be there, since it needs nothing but `a`.
        let records = Records::of([vec![of("zlib", &[]), of("a", &["zlib", "c", "nowhere"]), of("c", &["a"])]]);
        let world = Universe::new(&records, ChannelPriority::Strict);
        let known = KnownRefusals::default();
        let target = Target { virtual_packages: &[], python: None, flags: None };
        let refusals = Refusals { world: &world, target, horizon: None, known: &known };
        let missing = |text: &'static str| {
            let mut missing = Missing::of(&refusals);
            let found = missing.of_spec(text);
            missing.keep();
            found
        };
        assert_eq!(missing("a").as_deref(), Some("a, and a 1 needs nowhere, which isn't there for Linux"));
        let kept = known.missing.borrow().clone();
        assert_eq!(kept, HashMap::from([("zlib", None)]), "what was found before anything was taken to be there");
        assert_eq!(
            missing("c").as_deref(),
            Some("c, and c 1 needs a, and a 1 needs nowhere, which isn't there for Linux")
        );
    }

    #[test]
    fn a_virtual_package_that_is_missing_is_named_once() {
        let needing = |text: &str| record("a-1-0", "linux-64", &[text], "ab");
        let missing = |text: &str| {
            let records = Records::of([vec![needing(text)]]);
            let world = Universe::new(&records, ChannelPriority::Strict);
            let known = KnownRefusals::default();
            let target = Target { virtual_packages: &[], python: None, flags: None };
            let refusals = Refusals { world: &world, target, horizon: None, known: &known };
            Missing::of(&refusals).of_spec("a").unwrap()
        };
        assert_eq!(missing("__cuda >=12"), "a, and a 1 needs __cuda >=12, which the image doesn't offer");
        assert_eq!(missing("__win"), "a, and a 1 needs __win, which a Linux image can't offer");
    }
}
