//! What an environment file asks for, a line each, as the lock has it.

use std::{collections::BTreeSet, fmt, str::FromStr};

use pep508_rs::PackageName;
use rattler_conda_types::PackageName as CondaName;

use super::Manager;
use crate::pypi::CONSTRAINT;

/// Something that an environment file asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Requested {
    /// A package of conda.
    Conda {
        /// The package.
        name: CondaName,
        /// The spec: `numpy ==1.15.4`, `pytorch >=2 cuda*`, `nvidia::cudatoolkit`.
        spec: String,
    },
    /// A line of a pip section.
    Pip {
        /// The package; `None` where the line names none, as an option or an address.
        name: Option<PackageName>,
        /// The line, without its comment and credentials; `-c six==1.16.0` of a constraints file.
        line: String,
    },
}

/// A text that isn't what a lock has for something that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is neither `conda SPEC` nor `pip LINE`")]
pub struct NotRequested;

impl Requested {
    /// What a conda spec asks for.
    ///
    /// # Errors
    ///
    /// Where it doesn't begin with the name of a package.
    pub fn conda(spec: &str) -> Result<Self, NotRequested> {
        let name = without_channel(spec).split([' ', '[']).next().unwrap_or_default();
        Ok(Self::Conda { name: name.parse().map_err(|_| NotRequested)?, spec: spec.to_owned() })
    }

    /// What a line of a pip section asks for.
    #[must_use]
    pub fn pip(line: &str) -> Self {
        let end = line.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).unwrap_or(line.len());
        // An option or a URL has no name there.
        let (name, rest) = line.split_at(end);
        let is_name = !line.starts_with('-') && !rest.starts_with([':', '+', '/', '\\']);
        let name = if is_name { PackageName::new(name.to_owned()).ok() } else { None };
        Self::Pip { name, line: line.to_owned() }
    }

    /// The same as a lock of these has it: earlier versions wrote a constraint as if it were asked for.
    pub(crate) fn in_terms_of(self, kept: &BTreeSet<&Self>) -> Self {
        let bare = match &self {
            Self::Pip { line, .. } => line.strip_prefix(CONSTRAINT).map(Self::pip),
            Self::Conda { .. } => None,
        };
        bare.filter(|bare| !kept.contains(&self) && kept.contains(bare)).unwrap_or(self)
    }

    /// Whose it is.
    #[must_use]
    pub fn manager(&self) -> Manager {
        match self {
            Self::Conda { .. } => Manager::Conda,
            Self::Pip { .. } => Manager::Pip,
        }
    }

    /// The package, in its normalised form; empty where a line of a pip section names none.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Conda { name, .. } => name.as_normalized(),
            Self::Pip { name, .. } => name.as_ref().map(AsRef::as_ref).unwrap_or_default(),
        }
    }

    /// The spec, or the line.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Conda { spec, .. } => spec,
            Self::Pip { line, .. } => line,
        }
    }
}

impl fmt::Display for Requested {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.manager(), self.text())
    }
}

impl FromStr for Requested {
    type Err = NotRequested;

    fn from_str(text: &str) -> Result<Self, NotRequested> {
        let (manager, text) = text.split_once(' ').ok_or(NotRequested)?;
        match Manager::named(manager).ok_or(NotRequested)? {
            Manager::Conda => Self::conda(text),
            Manager::Pip => Ok(Self::pip(text)),
        }
    }
}

/// A spec without the channel that it names.
pub(crate) fn without_channel(spec: &str) -> &str {
    // A condition in brackets may name channels, too.
    let outside = spec.split('[').next().unwrap_or(spec);
    let colons = outside.rfind("::").map_or(0, |colons| colons + 2);
    spec.split_at(colons).1
}

/// The name by which pip knows a package from others (PEP 503); what can't be a name stays as it is, in lower case.
pub(crate) fn pip_name(name: &str) -> String {
    PackageName::new(name.to_owned()).map_or_else(|_| name.to_lowercase(), |name| name.to_string())
}
