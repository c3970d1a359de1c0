//! The records of conda's packages: `conda-meta/NAME-VERSION-BUILD.json`, one for each.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use rattler_conda_types::{PackageName, PrefixRecord, Subdir};
use url::Url;

use super::{META, PrefixError, passed_over};
use crate::{
    environment::parse_spec,
    limits::PREFIX_RECORD,
    words::{path_in_words, with_causes},
};

/// What is of interest of a record.
#[derive(Clone, Debug)]
pub(super) struct CondaPackage {
    pub name: PackageName,
    pub version: String,
    pub build: String,
    pub subdir: String,
    /// Where the archive was fetched from. It may hold credentials.
    pub url: Url,
    /// What the record says of the channel. It may hold credentials.
    pub channel: Option<String>,
    /// Whether the record says that somebody asked for the package.
    pub is_requested: bool,
    /// Where Python has its packages, if this is a Python that says so.
    pub site_packages: Option<String>,
    /// Its files that say that it is a Python distribution, with `/`, as in [`anchor`].
    pub anchors: BTreeSet<String>,
}

/// Reads all records, in the order of their names. What can't be read is noted.
///
/// # Errors
///
/// Where there is none.
pub(super) fn read(prefix: &Path, notes: &mut Vec<String>) -> Result<Vec<CondaPackage>, PrefixError> {
    let directory = prefix.join(META);
    let unreadable = |source| PrefixError::Unreadable { prefix: path_in_words(&directory), source };
    let mut found: BTreeMap<PackageName, CondaPackage> = BTreeMap::new();
    let mut files = Vec::new();
    for entry in fs::read_dir(&directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|it| it == "json") {
            files.push(path);
        }
    }
    files.sort();
    let mut unread = 0;
    for file in &files {
        match record(file) {
            Ok(package) => match found.get(&package.name) {
                Some(first) => {
                    let name = first.name.as_normalized();
                    notes.push(passed_over(file, format!("{name} has another record, of {}", first.version)));
                }
                None => {
                    found.insert(package.name.clone(), package);
                }
            },
            Err(why) => {
                unread += 1;
                notes.push(passed_over(file, why));
            }
        }
    }
    if found.is_empty() {
        let help = if unread == 0 {
            "install something into it, or name another environment".to_owned()
        } else {
            format!("{}; name another environment", notes.join("; "))
        };
        return Err(PrefixError::Empty { prefix: path_in_words(prefix), help });
    }
    Ok(found.into_values().collect())
}

fn record(file: &Path) -> Result<CondaPackage, String> {
    parse(&PREFIX_RECORD.read(file).map_err(|error| with_causes(&error))?)
}

/// Reads the bytes of a record.
///
/// # Errors
///
/// Why they are none, as a person reads it.
pub(super) fn parse(bytes: &[u8]) -> Result<CondaPackage, String> {
    let record: PrefixRecord = serde_json::from_slice(bytes).map_err(|error| with_causes(&error))?;
    let is_requested = is_requested(&record);
    let PrefixRecord { repodata_record, files, .. } = record;
    let package = repodata_record.package_record;
    let (version, build) = (package.version.as_str().into_owned(), package.build.to_string());
    let name = package.name;
    // What doesn't make a line of an environment file is no package.
    let line = format!("{}={version}={build}", name.as_normalized());
    let is_word = |text: &str| text.chars().all(|c| c.is_ascii_graphic() && !"=[]{}()'\"#,|<>*^".contains(c));
    let is_line = parse_spec(&line).is_some_and(|spec| spec.name == name && spec.build.as_deref() == Some(&*build));
    if !is_line || !is_word(&version) || !is_word(&build) {
        return Err(format!("no package can have the name, version and build {line}"));
    }
    Ok(CondaPackage {
        name,
        version,
        build,
        subdir: package.subdir,
        url: repodata_record.url,
        channel: repodata_record.channel,
        is_requested,
        site_packages: package.python_site_packages_path,
        anchors: files.iter().filter_map(|path| anchor(&path.to_string_lossy())).collect(),
    })
}

/// Whether somebody asked for the package. conda writes the word `None` where nobody did.
#[allow(deprecated, reason = "conda and micromamba write the field")]
fn is_requested(record: &PrefixRecord) -> bool {
    let one = record.requested_spec.iter().chain(&record.requested_specs);
    one.map(|spec| spec.trim()).any(|spec| !spec.is_empty() && spec != "None")
}

/// The path of a file, with `/` and in lower case, if it is what tells that a Python distribution is installed: `METADATA`
/// of a `.dist-info`, `PKG-INFO` of an `.egg-info` or of an egg, or such a file itself.
pub(super) fn anchor(path: &str) -> Option<String> {
    let path = path.replace('\\', "/").to_lowercase();
    let (directory, file) = path.rsplit_once('/')?;
    let is_it = match file {
        "metadata" => directory.ends_with(".dist-info"),
        "pkg-info" => directory.ends_with(".egg-info") || directory.ends_with(".egg/egg-info"),
        _ => file.ends_with(".egg-info"),
    };
    is_it.then_some(path)
}

/// The platform of most packages that are for one.
pub(super) fn platform(records: &[CondaPackage]) -> Option<Subdir> {
    let mut counts: BTreeMap<Subdir, usize> = BTreeMap::new();
    for subdir in records.iter().filter_map(|it| it.subdir.parse().ok()).filter(|it| *it != Subdir::NoArch) {
        *counts.entry(subdir).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(subdir, _)| subdir)
}
