//! What of dependencies and constraints is settled by the target.

use std::borrow::Cow;

use rattler_conda_types::GenericVirtualPackage;

use super::{
    condition::{self, Cases, When},
    refuse::Refusal,
    spec::{Asks, Dependency, read},
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

/// What a record says of another package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Relation {
    /// `depends`: it must be there.
    Needs,
    /// `constrains`: if it is there, it must match.
    Allows,
}

/// What a dependency or a constraint comes to on the target.
pub(super) enum RecordVerdict<'r> {
    /// It depends on what else is chosen.
    Open(Cow<'r, str>, Asks),
    /// It depends on that under a condition, or asks for extras.
    Conditional(Box<ConditionalVerdict<'r>>),
    /// It is met by what the image offers, or by what it lacks.
    Met,
    /// It can't be met.
    Unmet(Refusal),
}

/// What a dependency or a constraint comes to under a condition.
pub(super) struct ConditionalVerdict<'r> {
    /// In which cases it counts; `None` where it does in any case.
    pub cases: Option<Cases>,
    /// What it comes to then, which isn't conditional.
    pub verdict: RecordVerdict<'r>,
    /// The extras of the package that are asked for then.
    pub extras: Vec<String>,
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

    /// Judges a dependency or a constraint.
    pub(super) fn judge<'r>(&self, relation: Relation, text: &'r str) -> RecordVerdict<'r> {
        let unfit = |why| {
            RecordVerdict::Unmet(Refusal::Unfit(format!("its dependency `{text}` can't be taken into account: {why}")))
        };
        let Dependency { name, asks, when, extras } = match read(text) {
            Ok(read) => read,
            Err(why) => return unfit(why),
        };
        let when = when.map_or(Ok(When::Always), |condition| condition::when(&condition, self));
        let cases = match when {
            Ok(When::Always) => None,
            Ok(When::Never) => return RecordVerdict::Met,
            Ok(When::In(cases)) => Some(cases),
            Err(why) => return unfit(why),
        };
        let verdict = self.judge_asked(relation, text, name, asks);
        let extras = if relation == Relation::Needs { extras } else { Vec::new() };
        match &verdict {
            RecordVerdict::Met => verdict,
            RecordVerdict::Unmet(_) if cases.is_none() => verdict,
            _ if cases.is_none() && extras.is_empty() => verdict,
            _ => RecordVerdict::Conditional(Box::new(ConditionalVerdict { cases, verdict, extras })),
        }
    }

    /// Judges what a dependency or a constraint says where it counts.
    fn judge_asked<'r>(&self, relation: Relation, text: &'r str, name: Cow<'r, str>, asks: Asks) -> RecordVerdict<'r> {
        let verb = match relation {
            Relation::Needs => "needs",
            Relation::Allows => "allows only",
        };
        if name == "python"
            && let Some(python) = self.python
            && !python.allows(&asks)
        {
            return RecordVerdict::Unmet(Refusal::OtherPython(python.title().to_owned()));
        }
        if !name.starts_with("__") {
            return RecordVerdict::Open(name, asks);
        }
        match self.virtual_packages.iter().find(|package| package.name.as_normalized() == name) {
            None if relation == Relation::Allows => RecordVerdict::Met,
            None if ["__win", "__osx"].contains(&&*name) => {
                RecordVerdict::Unmet(Refusal::Unfit(format!("it needs {text}, which a Linux image can't offer")))
            }
            None => RecordVerdict::Unmet(Refusal::NotOffered(text.to_owned())),
            Some(package) if asks.accepts(package) => RecordVerdict::Met,
            Some(package) => {
                RecordVerdict::Unmet(Refusal::Unfit(format!("it {verb} {text}, and the image has {}", package.version)))
            }
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
        let python = self.python.filter(|python| row.name() == "python" && !python.is(row.version()))?;
        Some(Refusal::OtherPython(python.title().to_owned()))
    }
}
