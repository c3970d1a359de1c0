//! What conda provides of Python's distributions: a fact, which nothing of the pip section may change.

use std::collections::BTreeMap;

use pep440_rs::Version;
use pep508_rs::PackageName;
use rattler_conda_types::RepoDataRecord;

use crate::names::Names;

/// A distribution that a conda package provides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Provided {
    /// Its version.
    pub version: Version,
    /// The conda package.
    pub conda: String,
    /// The version of the conda package, in its own words.
    pub conda_version: String,
}

impl Provided {
    /// The conda package, for a message.
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.conda, self.conda_version)
    }
}

/// The distributions by name.
pub(super) type AllProvided = BTreeMap<PackageName, Provided>;

/// What the records provide.
pub(super) fn provided(records: &[RepoDataRecord], names: &Names) -> AllProvided {
    let mut all = AllProvided::new();
    for record in records.iter().map(|record| &record.package_record) {
        for (name, version) in names.of(record) {
            let version = version.unwrap_or_else(|| record.version.to_string());
            let it = Provided {
                version: understood(&version),
                conda: record.name.as_normalized().to_owned(),
                conda_version: record.version.to_string(),
            };
            // Of several that make up one distribution, the one of its name stands for it.
            let is_namesake = it.conda == name.as_ref();
            if is_namesake || !all.contains_key(&name) {
                all.insert(name, it);
            }
        }
    }
    all
}

/// A version of conda's as one of Python's. They look alike but for separators; of one that has no counterpart, the
/// numbers that it begins with are taken.
fn understood(version: &str) -> Version {
    let alike = version.replace(['_', '-'], ".");
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    let numbers = version.split_at(end).0.trim_matches('.');
    [version, &alike, numbers].iter().find_map(|text| text.parse().ok()).unwrap_or_else(|| Version::new([0]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::testing::record;

    #[test]
    fn conda_versions_are_understood() {
        for (conda, python) in [
            ("1.15.4", "1.15.4"),
            ("2018.11.29", "2018.11.29"),
            ("1.0rc1", "1.0rc1"),
            ("1!2.0", "1!2.0"),
            ("2.8.2.post0", "2.8.2.post0"),
            ("0.9_2", "0.9.2"),
            ("3.0.0.custom", "3.0.0"),
            ("custom", "0"),
        ] {
            assert_eq!(understood(conda), python.parse::<Version>().unwrap(), "{conda}");
        }
    }

    #[test]
    fn the_package_of_the_same_name_stands_for_a_distribution() {
        let records = [
            record("ray-core-2.0-0", "linux-64", &["python"], "ab"),
            record("matplotlib-base-3.0-0", "linux-64", &["python"], "ab"),
            record("matplotlib-3.0.1-0", "linux-64", &["python"], "ab"),
            record("zlib-1.3-0", "linux-64", &[], "ab"),
        ];
        let all = provided(&records, &Names::default());
        let titles: Vec<_> = all.iter().map(|(name, it)| format!("{name} by {}", it.title())).collect();
        assert_eq!(titles, ["matplotlib by matplotlib 3.0.1", "ray by ray-core 2.0"]);
    }
}
