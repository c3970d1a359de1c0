//! The record that speaks for a pin.

use std::{cmp::Reverse, str::FromStr};

use jiff::Timestamp;
use rattler_conda_types::Version;

use crate::{
    channel::{Found, Row},
    intent::{Pin, Want},
};

/// The record that a pin is judged by before anything is solved.
///
/// It is the newest build of the wanted version; else of the next higher version, which is the likeliest to depend on the
/// same packages; else of the newest. What was built after the cut-off counts only where there is nothing
/// older, so that what a channel gains later changes nothing.
pub(super) fn typical<'r>(pin: &Pin, records: &'r [Found], as_of: Option<Timestamp>) -> Option<Row<'r>> {
    let is_late = |row: &Row| as_of.is_some_and(|as_of| row.timestamp().is_some_and(|built| built > as_of));
    let mut versions: Vec<(Version, Vec<Row<'_>>)> = records.iter().flat_map(|found| versions(pin, found)).collect();
    if versions.iter().flat_map(|(_, rows)| rows).any(|row| !is_late(row)) {
        versions.retain(|(version, rows)| {
            pin.want.exact().is_some_and(|it| it.version() == version) || !rows.iter().all(is_late)
        });
    }
    let wanted = versions.iter().filter(|(version, _)| pin.want.matches(version)).max_by_key(|(version, _)| version);
    let higher = || {
        let Want::Exact(wanted) = &pin.want else { return None };
        versions.iter().filter(|(version, _)| version > wanted.version()).min_by_key(|(version, _)| version)
    };
    let newest = || versions.iter().max_by_key(|(version, _)| version);
    let (_, rows) = wanted.or_else(higher).or_else(newest)?;
    let in_time = rows.iter().filter(|row| !is_late(row)).max_by_key(|row| (row.build_number(), row.timestamp()));
    let oldest = || rows.iter().min_by_key(|row| (row.timestamp(), Reverse(row.build_number())));
    in_time.or_else(oldest).copied()
}

/// The versions of a block with their records. Where the wanted one is there, it is the only one that is looked at:
/// parsing versions is what takes time here.
fn versions<'a>(pin: &Pin, found: &'a Found) -> Vec<(Version, Vec<Row<'a>>)> {
    let rows = found.block.rows();
    if let Some(wanted) = pin.want.exact() {
        let records = rows.of_version(wanted);
        if !records.is_empty() {
            return vec![(wanted.version().clone(), records)];
        }
    }
    let parsed = rows.versions().filter_map(|(text, range)| Some((Version::from_str(text).ok()?, range)));
    parsed.map(|(version, range)| (version, range.map(|index| rows.row(index)).collect())).collect()
}
