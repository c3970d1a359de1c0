//! What envlock says of a lock's making, which locks of other programs don't say.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Choices, Input, LockedOutcome};
use crate::image::Recipe;

/// What envlock says of a lock's making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The version of the envlock that made it.
    pub envlock: String,
    /// The version of what is said here, see [`LOCK_VERSION`](super::LOCK_VERSION).
    pub version: String,
    /// What was asked for, as it was written: locks of earlier versions hold the values of secrets.
    pub input: Input,
    /// What moved and what went.
    pub outcomes: Vec<LockedOutcome>,
    /// The date that the lock is of; `None` for the newest there was.
    pub as_of: Option<Timestamp>,
    /// What the image offered, a word for each virtual package, which can be given as overrides again.
    pub offered: Vec<String>,
    /// What was chosen that the environment file doesn't say.
    pub choices: Choices,
    /// How the packages are found again.
    pub reuse: Reuse,
    /// How the image is made.
    pub recipe: Recipe,
    /// The names of the conda packages of each layer of the image; empty where they are one layer.
    pub layers: Vec<Vec<String>>,
    /// The hashes by which an edit is told.
    pub seals: Seals,
    /// What another version of envlock says besides, which is kept as it is.
    pub unknown: BTreeMap<String, String>,
}

/// How the packages of a lock are found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// By solving anew.
    Fresh,
    /// By solving as if no record was newer, see [`Solution::horizon`](crate::solve::Solution::horizon).
    Same {
        /// The newest moment of which records were looked at.
        horizon: Timestamp,
    },
    /// Not by solving: some packages were moved alone (`update PKG`), and the others are where they were, whatever the
    /// channels have.
    Frozen {
        /// The newest moment of which records were looked at, where that is known.
        horizon: Option<Timestamp>,
    },
}

impl Reuse {
    /// That of a lock with this horizon, of which some packages were moved alone or not.
    #[must_use]
    pub fn of(horizon: Option<Timestamp>, is_frozen: bool) -> Self {
        match (horizon, is_frozen) {
            (horizon, true) => Self::Frozen { horizon },
            (Some(horizon), false) => Self::Same { horizon },
            (None, false) => Self::Fresh,
        }
    }

    /// Up to when records count.
    #[must_use]
    pub fn horizon(self) -> Option<Timestamp> {
        match self {
            Self::Fresh => None,
            Self::Same { horizon } => Some(horizon),
            Self::Frozen { horizon } => horizon,
        }
    }
}

/// The SHA-256 of what was written, by which an edit is told. Earlier versions wrote fewer of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seals {
    /// Of the input's text.
    pub input: Option<String>,
    /// Of all that the solver was asked.
    pub question: Option<String>,
    /// Of the outcomes; `None` where there are none.
    pub outcomes: Option<String>,
    /// Of the list of packages.
    pub packages: Option<String>,
}
