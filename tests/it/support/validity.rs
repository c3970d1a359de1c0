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
    flaws.extend(records.iter().filter_map(|record| other_python(record, &by_name)));
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

/// Whether another record would do in the place of one of a set.
pub fn would_do(
    other: &RepoDataRecord,
    instead_of: &RepoDataRecord,
    records: &[RepoDataRecord],
    virtual_packages: &[GenericVirtualPackage],
) -> bool {
    let swapped = records.iter().map(|it| if it.url == instead_of.url { other } else { it });
    flaws(&swapped.cloned().collect::<Vec<_>>(), virtual_packages).is_empty()
}

/// What is wrong with a record that is built for another python than the one that is there, going by its build string
/// (`py36h5a0c85d_0`), or is the ABI of another.
fn other_python(record: &RepoDataRecord, by_name: &BTreeMap<&PackageName, &RepoDataRecord>) -> Option<String> {
    let package = &record.package_record;
    // Builds for the stable ABI bear the oldest python's name, and serve newer ones, too; they don't need the ABI of one.
    let is_bound = |text: &String| text.split(' ').next() == Some("python_abi");
    if package.name.as_normalized() != "python_abi" && !package.depends.iter().any(is_bound) {
        return None;
    }
    let python = by_name.get(&PackageName::new_unchecked("python"))?;
    let installed: String = python.package_record.version.to_string().split('.').take(2).collect();
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let built_for = match package.name.as_normalized() {
        "python_abi" => package.version.to_string().replace('.', ""),
        _ => digits(package.build.as_str().strip_prefix("py")?),
    };
    // One digit is of a noarch build, such as `py3_0`.
    let is_other = built_for.len() > 1 && built_for != installed;
    is_other.then(|| format!("{} is built for another python than {installed}", record.url))
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
    lock.conda_packages().map(|package| find(&package.address())).collect()
}
