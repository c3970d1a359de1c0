//! How near two versions are.
//!
//! 1.15.3 is nearer to 1.15.4 than 1.16.0 is, and that is nearer than 2.0.0: the first part in which versions differ
//! counts, and then how much they differ in it. It depends on the two versions alone, not on which others there are, so
//! that what a channel gains doesn't make something else the nearest of what was there before.

use std::cmp::{Ordering, Reverse};

use rattler_conda_types::{Component, StrictVersion, Version, VersionSpec, version_spec::StrictRangeOperator};

/// How many of the first parts of a version tell how compatible it is: the major and the minor one.
const TELLING: usize = 2;

/// How far a version is from the wanted one: less is nearer. By how much their epochs differ, how many of the telling
/// parts they share, and by how much they differ in the first part that they don't share.
pub(super) fn distance(version: &Version, wanted: &Version) -> (u64, Reverse<usize>, u64) {
    let epochs = version.epoch().abs_diff(wanted.epoch());
    let shared = (1..=TELLING).take_while(|&parts| head(version, parts) == head(wanted, parts)).count();
    (epochs, Reverse(shared), difference(version, wanted))
}

/// Which of two versions that are equally far is to be preferred: a newer one than the wanted, and then the nearer to it
/// in the order of versions.
pub(crate) fn nearer<V: Ord>(a: &V, b: &V, wanted: &V) -> Ordering {
    match (a >= wanted, b >= wanted) {
        (true, true) => a.cmp(b),
        (false, false) => b.cmp(a),
        (a_is_newer, b_is_newer) => b_is_newer.cmp(&a_is_newer),
    }
}

/// By how much the first number differs that isn't the same; words differ by one.
fn difference(a: &Version, b: &Version) -> u64 {
    let (a, b) = (parts(a), parts(b));
    // What isn't there is nought.
    let nought = Component::Numeral(0);
    let pairs =
        (0..a.len().max(b.len())).map(|index| (a.get(index).unwrap_or(&nought), b.get(index).unwrap_or(&nought)));
    let differences = pairs.map(|pair| match pair {
        (Component::Numeral(a), Component::Numeral(b)) => a.abs_diff(*b),
        (a, b) => u64::from(a != b),
    });
    differences.into_iter().find(|difference| *difference > 0).unwrap_or(0)
}

/// The numbers and words of a version.
fn parts(version: &Version) -> Vec<Component> {
    version.segments().flat_map(|segment| segment.components().cloned().collect::<Vec<_>>()).collect()
}

/// The first parts of a version.
fn head(version: &Version, parts: usize) -> Option<Version> {
    version.with_segments(0..version.segment_count().min(parts))
}

/// All versions with the same first two parts.
pub(super) fn series(version: &Version) -> VersionSpec {
    VersionSpec::StrictRange(StrictRangeOperator::StartsWith, StrictVersion::new(minor(version)))
}

/// The first two parts of a version: 3.6 of 3.6.6.
pub(super) fn minor(version: &Version) -> Version {
    version.with_segments(0..version.segment_count().min(2)).unwrap_or_else(|| version.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest_first(wanted: &str, versions: &[&str]) -> Vec<String> {
        let wanted: Version = wanted.parse().unwrap();
        let mut versions: Vec<Version> = versions.iter().map(|text| text.parse().unwrap()).collect();
        versions.sort_by(|a, b| distance(a, &wanted).cmp(&distance(b, &wanted)).then_with(|| nearer(a, b, &wanted)));
        versions.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_nearest_version_shares_most_of_the_number() {
        let order =
            ["1.15.4", "1.15.3", "1.15.6", "1.15.1", "1.16.0", "1.16.2", "1.14.9", "1.14.0", "1.20", "2.0", "3.1"];
        let mut mixed = order;
        mixed.sort_unstable();
        assert_eq!(nearest_first("1.15.4", &mixed), order);
    }

    #[test]
    fn letters_and_dates_have_their_place() {
        assert_eq!(nearest_first("1.0.2p", &["1.1.1a", "1.0.2o", "1.0.2u"]), ["1.0.2u", "1.0.2o", "1.1.1a"]);
        assert_eq!(
            nearest_first("2018.11.29", &["2019.3.9", "2018.10.15", "2018.8.24"]),
            ["2018.10.15", "2018.8.24", "2019.3.9"]
        );
    }

    #[test]
    fn an_epoch_is_another_world() {
        assert_eq!(nearest_first("1!2.0", &["2.0", "1!9.0"]), ["1!9.0", "2.0"]);
    }
}
