//! What was meant: an [`Environment`](crate::environment::Environment) read as wishes for linux-64.
//!
//! Builds of a foreign platform mean nothing there and go; builds that name a variant on every platform (cuda, mkl,
//! openmpi) stay as globs. Names that exist on one platform only are told apart from names that are merely missing.

mod absence;
mod kind;
mod origin;
mod pin;
mod plumbing;
mod python;
mod understand;
mod variant;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use absence::is_of_apples_compilers;
pub use absence::{defaults_only, only_on, renamed};
pub use origin::origin;
pub use pin::{ForeignPin, Pin, Want};
pub(crate) use plumbing::is_plumbing;
pub use python::PythonMinor;
pub use understand::understand;
pub(crate) use variant::is_for_processors;

use std::collections::BTreeSet;

use rattler_conda_types::PackageName;
use schemars::JsonSchema;
use serde::Serialize;

pub use crate::environment::Refinement;

/// An operating system that conda builds packages for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Os {
    /// linux-64 and its relatives.
    Linux,
    /// osx-64 and osx-arm64.
    Osx,
    /// win-64 and win-32.
    Win,
}

impl Os {
    /// Its name, as its users write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Linux => "Linux",
            Self::Osx => "macOS",
            Self::Win => "Windows",
        }
    }

    /// The system of a subdir such as `osx-arm64`, if it is one of these three.
    #[must_use]
    pub fn of_subdir(subdir: &str) -> Option<Self> {
        match subdir.split_once('-')?.0 {
            "linux" => Some(Self::Linux),
            "osx" => Some(Self::Osx),
            "win" => Some(Self::Win),
            _ => None,
        }
    }
}

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The output of an export: nearly every spec is exact, transitive ones too.
    Export,
    /// Written by a person: every spec is wanted for its own sake.
    HandWritten,
}

/// Where an export came from, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The operating system, where something gives it away.
    pub os: Option<Os>,
    /// What gave it away, for a person: `the prefix /Users/…`, `the packages appnope and libcxx`.
    pub evidence: String,
}

/// What an environment file means.
#[derive(Clone, Debug)]
pub struct Intent {
    /// An export, or written by hand.
    pub kind: Kind,
    /// The platform it came from.
    pub origin: Origin,
    /// The pins, in the order of the file.
    pub pins: Vec<Pin>,
    /// The lines for other platforms, in the order of the file.
    pub elsewhere: Vec<ForeignPin>,
    /// The packages of an export that somebody asked for, where that is known; else what no other package needs counts
    /// as such.
    pub requested: Option<BTreeSet<PackageName>>,
}

/// A pin with its importance; wishes come in that order, the most important first.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What is wanted.
    pub pin: Pin,
    /// Whether it is wanted for its own sake.
    pub root: bool,
    /// Whether people use it: a root, or a package that brings modules of a language. Others are libraries, of interest
    /// only as far as what people use needs them.
    pub used: bool,
}

/// The line of a pin that no line of the file asks for.
const NO_LINE: usize = 0;

impl Wish {
    /// A wish for what no line of the file asks for. A root is wanted for its own sake.
    #[must_use]
    pub fn besides(name: PackageName, want: Want, root: bool) -> Self {
        let text = name.as_normalized().to_owned();
        let pin = Pin {
            name,
            text,
            line: NO_LINE,
            want,
            builds: Vec::new(),
            channel: None,
            refinement: Refinement::default(),
        };
        Self { pin, root, used: root }
    }
}

impl Pin {
    /// Whether no line of the file asks for it.
    #[must_use]
    pub fn is_besides(&self) -> bool {
        self.line == NO_LINE
    }
}
