//! Whether records can be installed together, found without a solver: by holding each of them against all others.

use std::{collections::BTreeMap, path::Path};

use envlock::lockfile::Lockfile;
use rattler_conda_types::{
    Channel, GenericVirtualPackage, MatchSpec, Matches, PackageName, PackageNameMatcher, ParseMatchSpecOptions,
    RepoData, RepoDataRecord,
};
use url::Url;

/// What is wrong with a set of records; empty where they make an environment for linux-64.
pub fn flaws(records: &[RepoDataRecord], virtual_packages: &[GenericVirtualPackage]) -> Vec<String> {
    let mut flaws = Vec::new();
    let mut by_name: BTreeMap<&PackageName, &RepoDataRecord> = BTreeMap::new();
    for record in records {
        let package = &record.package_record;
        if by_name.insert(&package.name, record).is_some() {
            flaws.push(format!("two records are called {}", package.name.as_normalized()));
        }
        if package.subdir != "linux-64" && package.subdir != "noarch" {
            flaws.push(format!("{} is for {}", record.url, package.subdir));
        }
        let in_subdir = format!("/{}/", package.subdir);
        if !record.url.path().contains(&in_subdir) {
            flaws.push(format!("{} is not in {}", record.url, package.subdir));
        }
        if package.sha256.is_none() && package.md5.is_none() {
            flaws.push(format!("{} has no hash", record.url));
        }
    }
    for record in records {
        let package = &record.package_record;
        for text in &package.depends {
            if !is_met(text, &by_name, virtual_packages, false) {
                flaws.push(format!("{} needs {text}", record.url));
            }
        }
        for text in &package.constrains {
            if !is_met(text, &by_name, virtual_packages, true) {
                flaws.push(format!("{} allows only {text}", record.url));
            }
        }
    }
    flaws
}

/// Whether a record or a virtual package of that name matches; `or_absent`, whether it is enough that there is none.
fn is_met(
    text: &str,
    by_name: &BTreeMap<&PackageName, &RepoDataRecord>,
    virtual_packages: &[GenericVirtualPackage],
    or_absent: bool,
) -> bool {
    let mut spec = MatchSpec::from_str(text, ParseMatchSpecOptions::lenient()).unwrap();
    // What a channel calls itself says nothing about what goes together.
    spec.channel = None;
    let PackageNameMatcher::Exact(name) = spec.name.clone() else { panic!("{text} names no package") };
    match (by_name.get(&name), virtual_packages.iter().find(|package| package.name == name)) {
        (Some(record), _) => spec.matches(&record.package_record),
        (None, Some(package)) => spec.matches(package),
        (None, None) => or_absent,
    }
}

/// The records of a channel's directory that a lock names by their URLs at `url`.
pub fn locked(lock: &Lockfile, directory: &Path, url: &str) -> Vec<RepoDataRecord> {
    let channel = Channel::from_url(Url::parse(url).unwrap());
    let subdirs = ["linux-64", "noarch"].map(|subdir| {
        let file = directory.join(subdir).join("repodata.json");
        RepoData::from_path(file).unwrap().into_repo_data_records(&channel)
    });
    let records: BTreeMap<String, RepoDataRecord> =
        subdirs.into_iter().flatten().map(|record| (record.url.to_string(), record)).collect();
    let find = |url: &str| records.get(url).cloned().unwrap_or_else(|| panic!("the channel has no {url}"));
    lock.conda_packages().map(|package| find(&package.url)).collect()
}
