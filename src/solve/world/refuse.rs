//! What can't be installed on the target, whatever else is.

use std::borrow::Cow;

use jiff::Timestamp;
use rattler_conda_types::GenericVirtualPackage;

use super::{
    World,
    spec::{Asks, read},
};
use crate::{
    channel::{Found, Origin, Row, SUBDIRS},
    solve::{ids::NameId, python::Python},
};

/// What is settled before anything is solved.
#[derive(Clone, Copy)]
pub(in crate::solve) struct Target<'t> {
    /// What the image offers.
    pub virtual_packages: &'t [GenericVirtualPackage],
    /// The pythons that will do.
    pub python: Option<&'t Python>,
}

/// What a record says of another package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// `depends`: it must be there.
    Needs,
    /// `constrains`: if it is there, it must match.
    Allows,
}

/// What a dependency or a constraint comes to on the target.
pub(super) enum Verdict<'r> {
    /// It depends on what else is chosen.
    Open(Cow<'r, str>, Asks),
    /// It is met by what the image offers, or by what it lacks.
    Met,
    /// It can't be met; the text says why.
    Unmet(String),
}

impl Target<'_> {
    /// Judges a dependency or a constraint.
    pub(super) fn judge<'r>(&self, relation: Relation, text: &'r str) -> Verdict<'r> {
        let verb = match relation {
            Relation::Needs => "needs",
            Relation::Allows => "allows only",
        };
        let (name, asks) = match read(text) {
            Ok(read) => read,
            Err(why) => return Verdict::Unmet(format!("its dependency `{text}` can't be taken into account: {why}")),
        };
        if name == "python"
            && let Some(python) = self.python
            && !python.allows(&asks)
        {
            return Verdict::Unmet(format!("it {verb} {text}, and {} is wanted", python.title()));
        }
        if !name.starts_with("__") {
            return Verdict::Open(name, asks);
        }
        match self.virtual_packages.iter().find(|package| package.name.as_normalized() == name) {
            None if relation == Relation::Allows => Verdict::Met,
            None => Verdict::Unmet(format!("it needs {text}, which a Linux image {}", lacks(&name))),
            Some(package)
                if asks.accepts_version(&package.version) && asks.accepts_build(package.build_string.as_str()) =>
            {
                Verdict::Met
            }
            Some(package) => Verdict::Unmet(format!("it {verb} {text}, and the image has {}", package.version)),
        }
    }

    /// What is wrong with a record apart from its dependencies and constraints.
    pub(super) fn unfit(&self, origin: &Origin, row: Row<'_>) -> Option<String> {
        if !SUBDIRS.iter().any(|subdir| subdir.as_str() == origin.subdir) {
            return Some(format!("it is built for {}", origin.subdir));
        }
        if !row.has_hash() {
            return Some("its channel gives no hash to check it by".to_owned());
        }
        let python = self.python.filter(|python| row.name() == "python" && !python.is(row.version()))?;
        Some(format!("{} is wanted", python.title()))
    }
}

/// Answers why records can't be installed on the target.
#[derive(Clone, Copy)]
pub(in crate::solve) struct Refusals<'f> {
    /// What could be installed.
    pub world: &'f World<'f>,
    /// The target.
    pub target: Target<'f>,
    /// Up to when records count.
    pub horizon: Option<Timestamp>,
}

impl<'f> Refusals<'f> {
    /// Why the newest of the records that are meant can't be installed; of those that count, if any do, else the oldest,
    /// so that what a channel gains changes nothing. `None` where nothing that is meant is refused.
    pub(in crate::solve) fn of(&self, name: NameId, is_meant: impl Fn(&Row) -> bool) -> Option<String> {
        let rows = |found: &'f Found| found.block.rows().iter().map(|row| (self.world.records.origin(found), row));
        let meant = self.world[name].found.iter().flat_map(rows).filter(|(_, row)| is_meant(row));
        let mut refused: Vec<(Row, String)> =
            meant.filter_map(|(origin, row)| Some((row, self.refusal(origin, row)?))).collect();
        let counts = |row: &Row| self.horizon.is_none_or(|until| row.timestamp().is_none_or(|built| built <= until));
        let last = refused.iter().rposition(|(row, _)| counts(row));
        let place = last.or_else(|| (0..refused.len()).min_by_key(|index| refused[*index].0.timestamp()))?;
        Some(refused.swap_remove(place).1)
    }

    /// The place of the first channel that has a record which is meant, counts and could be installed.
    pub(in crate::solve) fn channel_with(&self, name: NameId, is_meant: impl Fn(&Row) -> bool) -> Option<usize> {
        let counts = |row: &Row| self.horizon.is_none_or(|until| row.timestamp().is_none_or(|built| built <= until));
        let is_there = |found: &&'f Found| {
            let origin = self.world.records.origin(found);
            let mut rows = found.block.rows().iter();
            rows.any(|row| is_meant(&row) && counts(&row) && self.refusal(origin, row).is_none())
        };
        let found = self.world[name].found.iter().find(is_there)?;
        Some(self.world.records.origin(found).rank)
    }

    fn refusal(&self, origin: &Origin, row: Row<'f>) -> Option<String> {
        let unmet = |verdict| match verdict {
            Verdict::Unmet(why) => Some(why),
            Verdict::Met | Verdict::Open(..) => None,
        };
        let needs = || row.depends().find_map(|text| unmet(self.target.judge(Relation::Needs, text)));
        let allows = || row.constrains().find_map(|text| unmet(self.target.judge(Relation::Allows, text)));
        self.target.unfit(origin, row).or_else(needs).or_else(allows)
    }
}

fn lacks(name: &str) -> &'static str {
    match name {
        "__win" | "__osx" => "can't offer",
        _ => "doesn't offer unless you say so with --virtual-package",
    }
}
