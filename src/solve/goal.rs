//! A wish held against what exists: which records would grant it, and which come nearest.

use std::cmp::Reverse;

use jiff::Timestamp;
use rattler_conda_types::{RepoDataRecord, Version};

use crate::intent::{Want, Wish};

use super::candidates::{Candidates, built};

/// How many near versions are told apart; further ones are all the same.
const NEAR: usize = 20;

/// A wish and the records that bear on it.
pub(super) struct Goal<'a> {
    /// What is wanted.
    pub wish: &'a Wish,
    /// The usable records of the name.
    pub records: Vec<&'a RepoDataRecord>,
    /// The versions that there are, the nearest to an exact wish first; empty for other wishes.
    pub near: Vec<Version>,
}

impl<'a> Goal<'a> {
    /// Looks up what a wish can get.
    pub(super) fn new(wish: &'a Wish, candidates: &Candidates<'a>, as_of: Option<Timestamp>) -> Self {
        let records = candidates.get(&wish.pin.name).to_vec();
        let near = match &wish.pin.want {
            Want::Exact(wanted) => nearest(wanted.version(), &records, as_of),
            Want::Any | Want::Range(_) => Vec::new(),
        };
        Self { wish, records, near }
    }

    /// Whether the wanted version can be had on the target at all.
    pub(super) fn has_version(&self) -> bool {
        self.records.iter().any(|record| self.is_version(record))
    }

    /// Whether the wanted variant can be had on the target at all.
    pub(super) fn has_variant(&self) -> bool {
        self.records.iter().any(|record| self.is_variant(record))
    }

    /// Whether a record has the wanted version.
    pub(super) fn is_version(&self, record: &RepoDataRecord) -> bool {
        self.wish.pin.want.accepts(record)
    }

    /// Whether a record is of the wanted variant; where none is wanted, every one is.
    pub(super) fn is_variant(&self, record: &RepoDataRecord) -> bool {
        let builds = &self.wish.pin.builds;
        builds.is_empty() || builds.iter().any(|glob| is_build(glob, record.package_record.build.as_str()))
    }
}

/// Whether a build string matches a glob or a `^regex$`, by the rules of match specs.
fn is_build(glob: &str, build: &str) -> bool {
    glob.parse::<rattler_conda_types::StringMatcher>().is_ok_and(|matcher| matcher.matches(build))
}

/// The distinct versions of the records, the nearest first: those of the same major and minor version, then those of
/// the same major version, then the rest; among these by their distance in the order of versions. Of two that are
/// equally far, one that had been built by the cut-off comes first, then the newer one.
fn nearest(wanted: &Version, records: &[&RepoDataRecord], as_of: Option<Timestamp>) -> Vec<Version> {
    let is_late = |version: &Version| {
        let mut builds = records.iter().filter(|record| record.package_record.version.version() == version);
        as_of.is_some_and(|as_of| builds.all(|record| built(record).is_some_and(|built| built > as_of)))
    };
    let mut versions: Vec<&Version> = records.iter().map(|record| record.package_record.version.version()).collect();
    versions.sort();
    versions.dedup();
    let place = versions.partition_point(|version| *version < wanted);
    let exists = versions.get(place).is_some_and(|version| *version == wanted);
    let mut near: Vec<_> = versions
        .into_iter()
        .enumerate()
        .map(|(index, version)| {
            let shared = (1..=2).take_while(|&parts| head(version, parts) == head(wanted, parts)).count();
            let distance = if index < place { place - index } else { index - place + usize::from(!exists) };
            ((Reverse(shared), distance, is_late(version), Reverse(index)), version.clone())
        })
        .collect();
    near.sort_by_key(|(key, _)| *key);
    near.into_iter().map(|(_, version)| version).take(NEAR).collect()
}

/// The first parts of a version.
fn head(version: &Version, parts: usize) -> Option<Version> {
    version.with_segments(0..version.segment_count().min(parts))
}
