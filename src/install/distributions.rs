//! What pip installed for an earlier lock goes: an environment has exactly what its lock says.
//!
//! Source of the files that a distribution has: "Recording installed projects" of packaging.python.org. They are removed as
//! they are recorded, below the prefix and through no link; nothing of the environment is run for it.

use std::{
    collections::{BTreeSet, HashSet},
    fs,
    path::{Component, Path, PathBuf},
};

use rattler_conda_types::PrefixRecord;

use super::environment::PrefixEnvironment;
use crate::{limits::PACKAGE_PATHS, lockfile::pip_name};

/// Where every Python of an environment has its packages.
const LIB: &str = "lib";
const SITE: &str = "site-packages";
/// What a wheel's directory of metadata ends in.
const INFO: &str = "dist-info";

/// Removes the distributions that neither conda nor this lock brings, and tells how many these were. Those of sources that
/// somebody works on stay: no lock has them.
///
/// `python` is where the Python of the environment has its packages; what is there of another Python goes in any case.
pub(super) fn remove_others(
    environment: &PrefixEnvironment,
    records: &[PrefixRecord],
    python: Option<&Path>,
    wanted: &BTreeSet<String>,
) -> usize {
    let paths = records.iter().flat_map(|it| &it.paths_data.paths);
    let of_conda: HashSet<&Path> = paths.map(|it| it.relative_path.as_path()).collect();
    let mut removed = 0;
    for site in sites(environment.path()) {
        for entry in fs::read_dir(environment.path().join(&site)).into_iter().flatten().flatten() {
            let info = site.join(entry.file_name());
            let Some(name) = name(&info) else { continue };
            let is_wanted = python == Some(&*site) && wanted.contains(&name);
            let is_of_conda = ["RECORD", "METADATA", "INSTALLER"].iter().any(|it| of_conda.contains(&*info.join(it)));
            if is_wanted || is_of_conda || is_worked_on(&entry.path()) {
                continue;
            }
            let Ok(record) = PACKAGE_PATHS.read(&entry.path().join("RECORD")) else { continue };
            let metadata = fs::read_dir(entry.path()).into_iter().flatten().flatten();
            let metadata: Vec<PathBuf> = metadata.map(|it| info.join(it.file_name())).collect();
            let files = files(&record, &site);
            for path in files.iter().chain(&metadata).filter(|it| !of_conda.contains(it.as_path())) {
                environment.remove_begun(path, &of_conda);
            }
            removed += 1;
        }
    }
    removed
}

/// Whether a package of conda's is one that pip replaces by its own: then files that it lacks were taken away by pip.
pub(super) fn is_replaced(record: &PrefixRecord, by: &BTreeSet<String>) -> bool {
    let files = record.paths_data.paths.iter().map(|it| &it.relative_path);
    let mut infos = files.filter(|it| it.ends_with("METADATA")).filter_map(|it| it.parent());
    infos.any(|info| name(info).is_some_and(|name| by.contains(&name)))
}

/// The directories in which Pythons have their packages, relative to the prefix.
fn sites(prefix: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(prefix.join(LIB)).into_iter().flatten().flatten();
    let pythons = entries.map(|it| it.file_name()).filter(|it| it.as_encoded_bytes().starts_with(b"python"));
    pythons.map(|name| Path::new(LIB).join(name).join(SITE)).collect()
}

/// The normalised name of the distribution that a directory has the metadata of.
fn name(info: &Path) -> Option<String> {
    if info.extension()? != INFO {
        return None;
    }
    let (name, _version) = info.file_stem()?.to_str()?.split_once('-')?;
    Some(pip_name(name))
}

/// Whether it was installed from a directory of this machine (`pip install -e .`).
fn is_worked_on(info: &Path) -> bool {
    let read = PACKAGE_PATHS.read(&info.join("direct_url.json"));
    let direct = read.ok().and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    direct.is_some_and(|it| it.get("dir_info").is_some())
}

/// The files that a record names, relative to the prefix; those elsewhere count for nothing.
fn files(record: &[u8], site: &Path) -> Vec<PathBuf> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(record);
    let named = reader.byte_records().filter_map(Result::ok);
    let below = |entry: &csv::ByteRecord| within(&site.join(str::from_utf8(entry.get(0)?).ok()?));
    named.filter_map(|entry| below(&entry)).collect()
}

/// A path without `..`, if it leads nowhere above where it starts.
fn within(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            Component::ParentDir if plain.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (!plain.as_os_str().is_empty()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use rattler_conda_types::prefix_record::{PathType as RecordedType, PathsEntry};

    use super::*;
    use crate::lockfile::testing::record;

    #[test]
    fn files_are_those_below_the_prefix() {
        let record = "six.py,sha256=a,1\n\"a,\"\"b\"\".py\",,\n../../../bin/run,,\n../../../../etc/x,,\n/etc/y,,\n\n./c/d.py,,\n";
        let site = Path::new("lib/python3.12/site-packages");
        let below = |name: &str| site.join(name);
        let expected = [below("six.py"), below("a,\"b\".py"), PathBuf::from("bin/run"), below("c/d.py")];
        assert_eq!(files(record.as_bytes(), site), expected);
    }

    #[test]
    fn a_package_is_replaced_by_one_of_its_name() {
        let path = |path: &str| PathsEntry {
            relative_path: path.into(),
            original_path: None,
            path_type: RecordedType::HardLink,
            no_link: false,
            sha256: None,
            sha256_in_prefix: None,
            size_in_bytes: None,
            file_mode: None,
            prefix_placeholder: None,
        };
        let paths = ["lib/python3.12/site-packages/Six_a-1.dist-info/METADATA", "bin/six"].map(path).to_vec();
        let package = PrefixRecord::from_repodata_record(record("six-1-0", "noarch", &[], "ab"), paths);
        for (of_pip, expected) in [(&["six-a"][..], true), (&["numpy"], false), (&[], false)] {
            assert_eq!(is_replaced(&package, &of_pip.iter().map(|it| (*it).to_owned()).collect()), expected);
        }
    }

    #[test]
    fn names_are_those_of_metadata() {
        for (directory, expected) in [
            ("six-1.16.0.dist-info", Some("six")),
            ("Zope_Interface-5.0.dist-info", Some("zope-interface")),
            ("a.b-1.dist-info", Some("a-b")),
            ("six.dist-info", None),
            ("six", None),
            ("six-1.egg-info", None),
        ] {
            assert_eq!(name(Path::new(directory)).as_deref(), expected, "{directory}");
        }
    }
}
