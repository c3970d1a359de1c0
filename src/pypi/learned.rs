//! What was read of source distributions, and is kept.

use std::collections::BTreeMap;

use pep440_rs::Version;
use pep508_rs::PackageName;
use serde::{Deserialize, Serialize};

use super::sdist::Sdist;

/// A source distribution that was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Learned {
    /// Its version.
    pub version: Version,
    /// Whether the package is held to that version; else what it needs is taken to be the same in every version.
    pub is_held: bool,
    /// What it says.
    pub sdist: Sdist,
}

/// All that were read, by name.
pub(super) type AllLearned = BTreeMap<PackageName, Learned>;
