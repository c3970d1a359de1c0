//! What can't be installed on the target, whatever else is.

use std::{
    borrow::Cow,
    fmt::{self, Display, Formatter},
};

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

/// Why a record can't be installed on the target, whatever else is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::solve) enum Refusal {
    /// It is built for another python than the one that is wanted, as a person calls that one.
    OtherPython(String),
    /// It needs a virtual package that the image doesn't offer at all.
    NotOffered {
        /// The name of the virtual package.
        name: String,
        /// The dependency as it is written.
        text: String,
    },
    /// Anything else, in words.
    Unfit(String),
}

impl Display for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherPython(python) => write!(f, "no build for {python}"),
            Self::NotOffered { name, text } if ["__win", "__osx"].contains(&name.as_str()) => {
                write!(f, "it needs {text}, which a Linux image can't offer")
            }
            Self::NotOffered { text, .. } => write!(f, "it needs {text}, which the image doesn't offer"),
            Self::Unfit(why) => f.write_str(why),
        }
    }
}

/// What a dependency or a constraint comes to on the target.
pub(super) enum Verdict<'r> {
    /// It depends on what else is chosen.
    Open(Cow<'r, str>, Asks),
    /// It is met by what the image offers, or by what it lacks.
    Met,
    /// It can't be met.
    Unmet(Refusal),
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
            Err(why) => {
                let why = format!("its dependency `{text}` can't be taken into account: {why}");
                return Verdict::Unmet(Refusal::Unfit(why));
            }
        };
        if name == "python"
            && let Some(python) = self.python
            && !python.allows(&asks)
        {
            return Verdict::Unmet(Refusal::OtherPython(python.title().to_owned()));
        }
        if !name.starts_with("__") {
            return Verdict::Open(name, asks);
        }
        match self.virtual_packages.iter().find(|package| package.name.as_normalized() == name) {
            None if relation == Relation::Allows => Verdict::Met,
            None => Verdict::Unmet(Refusal::NotOffered { name: name.into_owned(), text: text.to_owned() }),
            Some(package)
                if asks.accepts_version(&package.version) && asks.accepts_build(package.build_string.as_str()) =>
            {
                Verdict::Met
            }
            Some(package) => {
                Verdict::Unmet(Refusal::Unfit(format!("it {verb} {text}, and the image has {}", package.version)))
            }
        }
    }

    /// What is wrong with a record apart from its dependencies and constraints.
    pub(super) fn unfit(&self, origin: &Origin, row: Row<'_>) -> Option<Refusal> {
        if !SUBDIRS.iter().any(|subdir| subdir.as_str() == origin.subdir) {
            return Some(Refusal::Unfit(format!("it is built for {}", origin.subdir)));
        }
        if !row.has_hash() {
            return Some(Refusal::Unfit("its channel gives no hash to check it by".to_owned()));
        }
        let python = self.python.filter(|python| row.name() == "python" && !python.is(row.version()))?;
        Some(Refusal::OtherPython(python.title().to_owned()))
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
    /// so that what a channel gains changes nothing. Those that are for the right python come first. `None` where nothing
    /// that is meant is refused.
    pub(in crate::solve) fn of(&self, name: NameId, is_meant: impl Fn(&Row) -> bool) -> Option<Refusal> {
        let rows = |found: &'f Found| found.block.rows().iter().map(|row| (self.world.records.origin(found), row));
        let meant = self.world[name].found.iter().flat_map(rows).filter(|(_, row)| is_meant(row));
        let refused = meant.filter_map(|(origin, row)| Some((row, self.refusal(origin, row)?)));
        let (of_other_pythons, mut refused): (Vec<(Row, Refusal)>, Vec<(Row, Refusal)>) =
            refused.partition(|(_, refusal)| matches!(refusal, Refusal::OtherPython(_)));
        if refused.is_empty() {
            refused = of_other_pythons;
        }
        let counts = |row: &Row| self.horizon.is_none_or(|until| row.timestamp().is_none_or(|built| built <= until));
        let last = refused.iter().rposition(|(row, _)| counts(row));
        let place = last.or_else(|| (0..refused.len()).min_by_key(|index| refused[*index].0.timestamp()))?;
        Some(refused.swap_remove(place).1)
    }

    fn refusal(&self, origin: &Origin, row: Row<'f>) -> Option<Refusal> {
        let unmet = |verdict| match verdict {
            Verdict::Unmet(why) => Some(why),
            Verdict::Met | Verdict::Open(..) => None,
        };
        let needs = row.depends().filter_map(|text| unmet(self.target.judge(Relation::Needs, text)));
        let allows = row.constrains().filter_map(|text| unmet(self.target.judge(Relation::Allows, text)));
        // A build for another python is no build at all, whatever else it needs.
        let all = self.target.unfit(origin, row).into_iter().chain(needs).chain(allows);
        all.min_by_key(|refusal| !matches!(refusal, Refusal::OtherPython(_)))
    }
}
