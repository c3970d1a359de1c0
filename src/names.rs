//! What conda's packages are called on `PyPI`.

use std::collections::BTreeMap;

use pep508_rs::PackageName;
use rattler_conda_types::PackageRecord;

/// The packages that bear another name on `PyPI`, as `conda = pypi`; with nothing behind the `=`, it is no distribution
/// of Python's at all. Where several packages of conda make up one of `PyPI`, each is named.
const KNOWN: &str = include_str!("names.txt");

/// What conda's packages are called on `PyPI`: what the user says, then the package URLs of the record itself, then the
/// known differences, then the same name.
#[derive(Clone, Debug, Default)]
pub struct Names {
    given: BTreeMap<String, Option<PackageName>>,
}

impl Names {
    /// With what the user says, each `CONDA=PYPI`; nothing behind the `=` for what is no Python distribution.
    ///
    /// # Errors
    ///
    /// The text that isn't of this form.
    pub fn new(given: &[String]) -> Result<Self, String> {
        let given = given.iter().map(|text| pair(text).ok_or_else(|| text.clone()));
        Ok(Self { given: given.collect::<Result<_, _>>()? })
    }

    /// The distribution that a conda package is likely to provide, where nothing more than its name is known.
    #[must_use]
    pub fn of_name(&self, conda: &str) -> Option<String> {
        let names =
            self.given.get(conda).cloned().map_or_else(|| known(conda), |given| Some(given.into_iter().collect()));
        let own = || PackageName::new(conda.to_owned()).ok();
        names.map_or_else(own, |names| names.into_iter().next()).map(|name| name.to_string())
    }

    /// The distributions that a record provides, with the version where it isn't the record's own.
    pub(crate) fn of(&self, record: &PackageRecord) -> Vec<(PackageName, Option<String>)> {
        let name = record.name.as_normalized();
        if let Some(given) = self.given.get(name) {
            return given.iter().map(|name| (name.clone(), None)).collect();
        }
        let purls = record.purls.iter().flatten().filter(|purl| purl.package_type().as_str() == "pypi");
        let of_purls: Vec<_> = purls
            .filter_map(|purl| {
                Some((PackageName::new(purl.name().to_owned()).ok()?, purl.version().map(ToString::to_string)))
            })
            .collect();
        if !of_purls.is_empty() {
            return of_purls;
        }
        if let Some(known) = known(name) {
            return known.into_iter().map(|name| (name, None)).collect();
        }
        let is_python = |depends: &&String| depends.split([' ', '=', '<', '>', '[']).next() == Some("python");
        if !record.depends.iter().any(|depends| is_python(&depends)) {
            return Vec::new();
        }
        PackageName::new(name.to_owned()).into_iter().map(|name| (name, None)).collect()
    }
}

/// The one name, or none, that a known difference says.
fn known(conda: &str) -> Option<Vec<PackageName>> {
    let lines = KNOWN.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(pair).find(|(name, _)| name == conda).map(|(_, pypi)| pypi.into_iter().collect())
}

fn pair(text: &str) -> Option<(String, Option<PackageName>)> {
    let (conda, pypi) = text.split_once('=')?;
    let (conda, pypi) = (conda.trim(), pypi.trim());
    if conda.is_empty() {
        return None;
    }
    let pypi = if pypi.is_empty() { None } else { Some(PackageName::new(pypi.to_owned()).ok()?) };
    Some((conda.to_owned(), pypi))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::testing::record;

    fn of(names: &Names, dist: &str, depends: &[&str]) -> Vec<String> {
        let found = names.of(&record(dist, "linux-64", depends, "ab").package_record);
        found.into_iter().map(|(name, _)| name.to_string()).collect()
    }

    #[test]
    fn a_name_is_looked_up_and_else_taken_as_it_is() {
        let names = Names::new(&["mine=Their.Own".to_owned(), "tool=".to_owned()]).unwrap();
        assert_eq!(of(&names, "pytorch-2.1-0", &["python >=3.8"]), ["torch"]);
        assert_eq!(of(&names, "matplotlib-base-3.0-0", &["python"]), ["matplotlib"]);
        assert_eq!(of(&names, "python_abi-3.9-0", &["python 3.9.*"]), [""; 0]);
        assert_eq!(of(&names, "ruamel_yaml-1-0", &["python"]), ["ruamel-yaml"]);
        assert_eq!(of(&names, "zlib-1-0", &["libzlib"]), [""; 0]);
        assert_eq!(of(&names, "mine-1-0", &[]), ["their-own"]);
        assert_eq!(of(&names, "tool-1-0", &["python"]), [""; 0]);
    }

    #[test]
    fn a_package_url_says_more_than_the_name() {
        let mut record = record("app-1.0-0", "noarch", &["python"], "ab").package_record;
        record.purls = Some(["pkg:pypi/app-core@2.0".parse().unwrap()].into_iter().collect());
        let found = Names::default().of(&record);
        assert_eq!(found, [("app-core".parse().unwrap(), Some("2.0".to_owned()))]);
    }

    #[test]
    fn every_known_difference_is_one() {
        let mut seen = Vec::new();
        for line in KNOWN.lines().filter(|line| !line.starts_with('#')) {
            let (conda, pypi) = pair(line).unwrap_or_else(|| panic!("{line}"));
            assert_ne!(
                pypi.map(|name| name.to_string()),
                PackageName::new(conda.clone()).ok().map(|it| it.to_string())
            );
            assert!(!seen.contains(&conda), "{line}");
            seen.push(conda);
        }
    }

    #[test]
    fn what_is_no_pair_is_given_back() {
        assert_eq!(Names::new(&["torch".to_owned()]).unwrap_err(), "torch");
        assert_eq!(Names::new(&["a=b c".to_owned()]).unwrap_err(), "a=b c");
    }
}
