//! What is settled by the target, and what can't be installed on it.

use std::fmt::{self, Display, Formatter};

use rattler_conda_types::GenericVirtualPackage;

use super::{
    judge::{RecordVerdict, Relation},
    spec::Asks,
};
use crate::{
    channel::{RecordOrigin, Row, SUBDIRS},
    solve::{flags::WantedFlags, python::Python},
};

/// What is settled before anything is solved.
#[derive(Clone, Copy)]
pub(in crate::solve) struct Target<'t> {
    /// What the image offers.
    pub virtual_packages: &'t [GenericVirtualPackage],
    /// The pythons that will do.
    pub python: Option<&'t Python>,
    /// The flags that are asked for.
    pub flags: Option<&'t WantedFlags>,
}

/// Why a record can't be installed on the target, whatever else is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::solve) enum Refusal {
    /// It is built for another python than the one that is wanted, as a person calls that one.
    OtherPython(String),
    /// It needs a virtual package that the image doesn't offer at all, and might: the dependency as it is written.
    NotOffered(String),
    /// What it says of a virtual package isn't so.
    Untrue {
        /// What it does: it needs something, or allows only that.
        verb: &'static str,
        /// The dependency or constraint as it is written.
        text: String,
        /// Why, as what stands behind it in a sentence: `and the image has 2.41`.
        why: String,
    },
    /// Anything else, in words.
    Unfit(String),
}

impl Display for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherPython(python) => write!(f, "no build for {python}"),
            Self::NotOffered(text) => write!(f, "it needs {text}{}", self.behind()),
            Self::Untrue { verb, text, .. } => write!(f, "it {verb} {text}{}", self.behind()),
            Self::Unfit(why) => f.write_str(why),
        }
    }
}

impl Refusal {
    /// What there is to say behind the dependency that it is of.
    pub(super) fn behind(&self) -> String {
        match self {
            Self::NotOffered(_) => ", which the image doesn't offer".to_owned(),
            Self::Untrue { why, .. } => format!(", {why}"),
            Self::OtherPython(_) | Self::Unfit(_) => format!(", but {self}"),
        }
    }
}

impl Target<'_> {
    /// Whether a match spec is one that the target settles: on a virtual package, or on python where its version is
    /// wanted. Says then whether something matches it; `None` where that depends on what else is chosen.
    pub(super) fn settles(&self, name: &str, asks: &Asks) -> Option<bool> {
        if name.starts_with("__") {
            let mut packages = self.virtual_packages.iter().filter(|package| package.name.as_normalized() == name);
            return Some(packages.any(|package| asks.accepts(package)));
        }
        let python = self.python.filter(|_| name == "python")?;
        match (python.allows(asks), python.always_is(asks)) {
            (false, _) => Some(false),
            (true, true) => Some(true),
            (true, false) => None,
        }
    }

    /// What is wrong with a record apart from its dependencies and constraints.
    pub(super) fn unfit(&self, origin: &RecordOrigin, row: Row<'_>) -> Option<Refusal> {
        if !SUBDIRS.iter().any(|subdir| subdir.as_str() == origin.subdir) {
            return Some(Refusal::Unfit(format!("it is built for {}", origin.subdir)));
        }
        if !row.has_hash() {
            return Some(Refusal::Unfit("its channel gives no hash to check it by".to_owned()));
        }
        if let Some(lacking) = self.flags.and_then(|flags| flags.lacking(row)) {
            return Some(Refusal::Unfit(format!("it hasn't the flag `{lacking}` that is asked for")));
        }
        let unread = |text| match self.judge(Relation::Needs, text) {
            RecordVerdict::Unmet(refusal @ Refusal::Unfit(_)) => Some(refusal),
            _ => None,
        };
        // Whoever installs it reads all of it.
        let mut extras = row.extra_depends().filter(|(_, text)| !text.is_empty());
        if let Some(refusal) = extras.find_map(|(_, text)| unread(text)) {
            return Some(refusal);
        }
        let python = self.python.filter(|python| row.name() == "python" && !python.is(row.version()))?;
        Some(Refusal::OtherPython(python.title().to_owned()))
    }
}
