//! How near two versions are, as with conda's: the first part in which they differ counts, and then how much they differ
//! in it.

use std::cmp::{Ordering, Reverse};

use pep440_rs::Version;

use crate::solve::nearer_in_order;

/// How many of the first parts of a version tell how compatible it is: the major and the minor one.
const TELLING: usize = 2;

/// Which of two versions is nearer to the wanted one: the lesser. Of two that are equally far, that is a newer one than the
/// wanted, and then the nearer in the order of versions.
pub(super) fn nearer(a: &Version, b: &Version, wanted: &Version) -> Ordering {
    distance(a, wanted).cmp(&distance(b, wanted)).then_with(|| nearer_in_order(a, b, wanted))
}

/// By how much the epochs differ, how many of the telling parts are shared, and by how much the first part differs that
/// isn't.
fn distance(version: &Version, wanted: &Version) -> (u64, Reverse<usize>, u64) {
    let part = |version: &Version, index: usize| version.release().get(index).copied().unwrap_or(0);
    let shared = (0..TELLING).take_while(|&index| part(version, index) == part(wanted, index)).count();
    let parts = version.release().len().max(wanted.release().len());
    let differences = (0..parts).map(|index| part(version, index).abs_diff(part(wanted, index)));
    let difference = differences.into_iter().find(|difference| *difference > 0).unwrap_or(0);
    (version.epoch().abs_diff(wanted.epoch()), Reverse(shared), difference)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest_first(wanted: &str, versions: &[&str]) -> Vec<String> {
        let wanted: Version = wanted.parse().unwrap();
        let mut versions: Vec<Version> = versions.iter().map(|text| text.parse().unwrap()).collect();
        versions.sort_by(|a, b| nearer(a, b, &wanted));
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
    fn what_comes_before_and_behind_the_numbers_has_its_place() {
        let order = ["2.11.0a20220901", "2.11.0", "2.11.0a20220701", "2.10.0", "3.0"];
        assert_eq!(nearest_first("2.11.0a20220826", &["3.0", "2.10.0", order[2], order[0], order[1]]), order);
        assert_eq!(nearest_first("1.4+cu118", &["1.5", "1.4", "1.4.1"]), ["1.4", "1.4.1", "1.5"]);
        assert_eq!(nearest_first("1!2.0", &["2.0", "1!9.0"]), ["1!9.0", "2.0"]);
    }
}
