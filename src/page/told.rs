//! What a page is made from.

use crate::{
    lockfile::{
        Lockfile,
        diff::{Change, Entry},
    },
    report::Report,
};

/// What a page tells of a conversion.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Conversion<'a> {
    /// What became of each line.
    pub report: &'a Report,
    /// The lock that was made.
    pub lock: &'a Lockfile,
    /// The text of the Dockerfile.
    pub dockerfile: &'a str,
    /// The names of the files beside it that a build needs.
    pub files: &'a [&'a str],
}

/// What a page tells of two locks, or of an environment file and its lock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Comparison<'a> {
    /// The earlier one.
    pub before: Compared<'a>,
    /// The later one.
    pub after: Compared<'a>,
    /// What differs between their packages.
    pub changes: &'a [Change],
    /// What else differs: what it is, and how it was and is.
    pub other: &'a [(&'a str, &'a str, &'a str)],
    /// What there is to download that wasn't there before, in bytes.
    pub download: u64,
}

/// One side of a comparison.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compared<'a> {
    /// What it is called.
    pub title: &'a str,
    /// Its packages.
    pub entries: &'a [Entry],
    /// Itself, where it is a lock.
    pub lock: Option<&'a Lockfile>,
}
