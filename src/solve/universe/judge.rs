//! What dependencies and constraints come to on the target.

use std::borrow::Cow;

use super::{
    condition::{self, Cases, When},
    spec::{Asks, Dependency, read},
    target::{Refusal, Target},
};

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
        if name == "python"
            && let Some(python) = self.python
            && !python.allows(&asks)
        {
            return RecordVerdict::Unmet(Refusal::OtherPython(python.title().to_owned()));
        }
        if !name.starts_with("__") {
            return RecordVerdict::Open(name, asks);
        }
        let untrue = |why: String| {
            let verb = match relation {
                Relation::Needs => "needs",
                Relation::Allows => "allows only",
            };
            RecordVerdict::Unmet(Refusal::Untrue { verb, text: text.to_owned(), why })
        };
        match self.virtual_packages.iter().find(|package| package.name.as_normalized() == name) {
            None if relation == Relation::Allows => RecordVerdict::Met,
            None if ["__win", "__osx"].contains(&&*name) => untrue("which a Linux image can't offer".to_owned()),
            None => RecordVerdict::Unmet(Refusal::NotOffered(text.to_owned())),
            Some(package) if asks.accepts(package) => RecordVerdict::Met,
            Some(package) => untrue(format!("and the image has {}", package.version)),
        }
    }
}
