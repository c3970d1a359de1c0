//! What can't be installed on the target, whatever else is.

use std::borrow::Cow;

use rattler_conda_types::GenericVirtualPackage;

use super::spec::{Asks, read};
use crate::{
    channel::{Found, Origin, Records, Row, SUBDIRS},
    solve::python::Python,
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

/// The records of a name that can't be installed on the target, each with the reason, in the order of versions.
pub(in crate::solve) fn refusals<'r>(
    records: &'r Records,
    found: &'r [Found],
    target: &Target,
) -> Vec<(Row<'r>, String)> {
    let unmet = |verdict| match verdict {
        Verdict::Unmet(why) => Some(why),
        Verdict::Met | Verdict::Open(..) => None,
    };
    let refuse = |(origin, row): (&Origin, Row<'r>)| {
        let needs = || row.depends().find_map(|text| unmet(target.judge(Relation::Needs, text)));
        let allows = || row.constrains().find_map(|text| unmet(target.judge(Relation::Allows, text)));
        target.unfit(origin, row).or_else(needs).or_else(allows).map(|why| (row, why))
    };
    let rows = |found: &'r Found| found.block.rows().iter().map(|row| (records.origin(found), row));
    found.iter().flat_map(rows).filter_map(refuse).collect()
}

fn lacks(name: &str) -> &'static str {
    match name {
        "__win" | "__osx" => "can't offer",
        _ => "doesn't offer unless you say so with --virtual-package",
    }
}
