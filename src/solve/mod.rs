//! The re-solve: the linux-64 environment closest to what was meant, and why each pin moved or went.
//!
//! [`solve`] takes a [`Request`] and gives a [`Solution`]; what stands between is one engine's business.

mod outcome;

use jiff::Timestamp;
use rattler_conda_types::{GenericVirtualPackage, RepoDataRecord};

use crate::{channel::Records, intent::Wish};

pub use outcome::{Fate, Outcome, Reason};

/// What to solve.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The wishes, the most important first.
    pub wishes: &'a [Wish],
    /// What exists.
    pub records: &'a Records,
    /// What the target image offers: `__glibc`, `__linux`, `__unix`, `__archspec`. Never the host's.
    pub virtual_packages: &'a [GenericVirtualPackage],
    /// Records built after this are taken only where nothing older serves; `None` takes the newest.
    pub as_of: Option<Timestamp>,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The records to install, ordered by name.
    pub records: Vec<RepoDataRecord>,
    /// What became of each wish, in the order of the file.
    pub outcomes: Vec<Outcome>,
}
