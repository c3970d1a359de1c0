//! What the second solver objects to, in words.
//!
//! It says that there is no way; what is wrong with a set of one record for each name shows by reading them one by one.

use std::fmt::{self, Display, Formatter};

use rattler_conda_types::{MatchSpec, Matches, RepoDataRecord};
use thiserror::Error;

use super::{Question, ask::read};
use crate::words::and;

/// So many objections are named; there may be hundreds.
const NAMED: usize = 5;

/// Another solver doesn't accept the packages that were chosen.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{}", list(objections))]
pub struct Disagreement {
    /// What it objects to; never empty.
    pub objections: Vec<Objection>,
}

/// Something that is wrong with chosen packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objection {
    /// Nothing meets what a package needs.
    Unmet {
        /// The package.
        package: Title,
        /// What it needs, as it is written.
        spec: String,
        /// What is there instead.
        there: Option<Title>,
    },
    /// A package excludes another one.
    Excluded {
        /// The package.
        package: Title,
        /// What it allows only, as it is written.
        spec: String,
        /// What is there.
        there: Title,
    },
    /// What a package needs or allows can't be read.
    Unreadable {
        /// The package.
        package: Title,
        /// What is written there.
        spec: String,
        /// Why it can't be read.
        why: String,
    },
    /// What counts as granted isn't.
    Denied {
        /// What is asked for.
        spec: String,
        /// What is there instead.
        there: Option<Title>,
    },
    /// Nothing needs a package, and nobody asks for it.
    Needless {
        /// The package.
        package: Title,
    },
    /// There is another record of the same name.
    Twice {
        /// The package.
        package: Title,
    },
    /// These can't be installed together, for a reason that doesn't show in any of them alone.
    Together {
        /// Their names.
        names: Vec<String>,
    },
}

impl Objection {
    /// The package whose record says what is wrong, and the name that it says it of.
    #[must_use]
    pub fn place(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Unmet { package, spec, .. }
            | Self::Excluded { package, spec, .. }
            | Self::Unreadable { package, spec, .. } => {
                (Some(&package.name), spec.split(|c: char| c.is_whitespace() || "<>=!~[;".contains(c)).next())
            }
            Self::Needless { package } | Self::Twice { package } => (Some(&package.name), None),
            Self::Denied { .. } | Self::Together { .. } => (None, None),
        }
    }
}

/// A package as a person calls it: `numpy 1.15.4`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// Its normalised name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Title {
    pub(super) fn of(record: &RepoDataRecord) -> Self {
        let record = &record.package_record;
        Self { name: record.name.as_normalized().to_owned(), version: record.version.to_string() }
    }
}

impl Display for Title {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

impl Display for Objection {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unmet { package, spec, there: Some(there) } => {
                write!(f, "{package} needs {spec}, and {there} is there")
            }
            Self::Unmet { package, spec, there: None } => write!(f, "{package} needs {spec}, which isn't there"),
            Self::Excluded { package, spec, there } => write!(f, "{package} allows only {spec}, and {there} is there"),
            Self::Unreadable { package, spec, why } => {
                write!(f, "`{spec}`, which {package} names, can't be read: {why}")
            }
            Self::Denied { spec, there: Some(there) } => write!(f, "{spec} is asked for, and {there} is there"),
            Self::Denied { spec, there: None } => write!(f, "{spec} is asked for, and isn't there"),
            Self::Needless { package } => write!(f, "nothing needs {package}"),
            Self::Twice { package } => write!(f, "{package} is there besides another of that name"),
            Self::Together { names } if names.is_empty() => f.write_str("they can't be installed together"),
            Self::Together { names } => write!(f, "{} can't be installed together", and(names)),
        }
    }
}

fn list(objections: &[Objection]) -> String {
    let mut words: Vec<String> = objections.iter().take(NAMED).map(ToString::to_string).collect();
    if objections.len() > NAMED {
        words.push(format!("and {} more", objections.len() - NAMED));
    }
    words.join("; ")
}

/// What is wrong with the records, each by itself. Conditions are left to the solver.
pub(super) fn objections(question: Question) -> Vec<Objection> {
    let Question { records, virtual_packages, demands } = question;
    let is_there = |spec: &MatchSpec| {
        records.iter().any(|it| spec.matches(it)) || virtual_packages.iter().any(|it| spec.matches(it))
    };
    let mut found = Vec::new();
    for (index, record) in records.iter().enumerate() {
        let package = || Title::of(record);
        if records[..index].iter().any(|it| it.package_record.name == record.package_record.name) {
            found.push(Objection::Twice { package: package() });
        }
        for text in &record.package_record.depends {
            match read(text) {
                Err(why) => found.push(Objection::Unreadable { package: package(), spec: text.clone(), why }),
                Ok(spec) if spec.condition.is_some() || is_there(&spec) => {}
                Ok(spec) => {
                    let there = of_name(&spec, records).map(Title::of);
                    found.push(Objection::Unmet { package: package(), spec: text.clone(), there });
                }
            }
        }
        for text in &record.package_record.constrains {
            match read(text) {
                Err(why) => found.push(Objection::Unreadable { package: package(), spec: text.clone(), why }),
                Ok(spec) => {
                    let excluded = of_name(&spec, records).filter(|it| !spec.matches(*it)).map(Title::of);
                    let offered = virtual_packages.iter().filter(|it| spec.name.matches(&it.name));
                    let offered = offered
                        .filter(|it| !spec.matches(*it))
                        .map(|it| Title { name: it.name.as_normalized().to_owned(), version: it.version.to_string() });
                    let excluded = excluded.into_iter().chain(offered);
                    found.extend(excluded.map(|there| Objection::Excluded {
                        package: package(),
                        spec: text.clone(),
                        there,
                    }));
                }
            }
        }
    }
    found.extend(denied(&demands.needed, records));
    found.extend(denied(&demands.granted, records));
    found
}

/// What is asked for and isn't there.
pub(super) fn denied(specs: &[MatchSpec], records: &[RepoDataRecord]) -> impl Iterator<Item = Objection> {
    let denied = |spec: &MatchSpec| {
        let is_there = records.iter().any(|record| spec.matches(record));
        let there = of_name(spec, records).map(Title::of);
        (!is_there).then(|| Objection::Denied { spec: spec.to_string(), there })
    };
    specs.iter().filter_map(denied)
}

fn of_name<'r>(spec: &MatchSpec, records: &'r [RepoDataRecord]) -> Option<&'r RepoDataRecord> {
    records.iter().find(|record| spec.name.matches(&record.package_record.name))
}
