//! What pip and its like installed: the distributions in `site-packages` that no package of conda brought.
//!
//! Source: "Recording installed projects" of packaging.python.org; for what counts as conda's, `_load_site_packages` in
//! `conda/core/prefix_data.py`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Component, Path, PathBuf},
};

use rattler_conda_types::Subdir;

use super::{
    PipInstalled,
    direct_url::{self, Direct},
    metadata::{self, Distribution},
    or_noted, passed_over,
    records::{CondaPackage, anchor},
};
use crate::limits::INPUT;

/// Where Python has its packages, below the prefix; `None` where there is no Python.
pub(super) fn site_packages(records: &[CondaPackage], platform: Option<Subdir>) -> Option<PathBuf> {
    let python = records.iter().find(|it| it.name.as_normalized() == "python")?;
    let is_below = |path: &&Path| path.components().all(|it| matches!(it, Component::Normal(_)));
    // CEP 17.
    if let Some(said) = python.site_packages.as_deref().map(Path::new).filter(is_below) {
        return Some(said.to_owned());
    }
    if platform.is_some_and(Subdir::is_windows) {
        return Some(Path::new("Lib").join("site-packages"));
    }
    let mut numbers = python.version.split('.');
    let (major, minor) = (numbers.next()?, numbers.next()?);
    Some(Path::new("lib").join(format!("python{major}.{minor}")).join("site-packages"))
}

/// Reads what pip installed. Packages of conda that pip has replaced are taken out of the records, as conda does.
pub(super) fn read(
    prefix: &Path,
    site: &Path,
    records: &mut Vec<CondaPackage>,
    notes: &mut Vec<String>,
) -> Vec<PipInstalled> {
    let directory = prefix.join(site);
    let Some(entries) = or_noted(listed(&directory).map(Some), &directory, notes) else { return Vec::new() };
    let eggs = eggs(&directory);
    let is_on_path = |path: &&PathBuf| {
        let is_egg = path.extension().is_some_and(|it| it == "egg");
        !is_egg || path.file_name().and_then(|it| it.to_str()).is_some_and(|name| eggs.contains(name))
    };
    let found: BTreeMap<String, Entry> =
        entries.iter().filter(is_on_path).filter_map(|path| Entry::of(path, site)).collect();
    without_replaced(records, &found, site, notes);
    let of_conda: BTreeSet<&String> = records.iter().flat_map(|it| &it.anchors).collect();
    let mut all: BTreeMap<String, PipInstalled> = BTreeMap::new();
    for entry in found.iter().filter(|(anchor, _)| !of_conda.contains(anchor)).map(|(_, entry)| entry) {
        match entry.read(notes) {
            Ok(Some((name, package))) => {
                if let Some(first) = all.get(&name) {
                    notes.push(passed_over(&entry.path, format!("there is {}, too", first.requirement)));
                } else {
                    all.insert(name, package);
                }
            }
            Ok(None) => {}
            Err(why) => notes.push(passed_over(&entry.path, why)),
        }
    }
    let is_link = |path: &&PathBuf| path.extension().is_some_and(|it| it == "egg-link");
    for link in entries.iter().filter(is_link) {
        notes.push(passed_over(link, "it leads to sources on this machine"));
    }
    all.into_values().collect()
}

fn listed(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(directory)?.map(|it| Ok(it?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

/// The eggs that `easy_install` has put on Python's path, by the names of their directories.
fn eggs(directory: &Path) -> BTreeSet<String> {
    let text = INPUT.read(&directory.join("easy-install.pth")).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    text.lines().filter_map(|line| line.trim().strip_prefix("./")).map(str::to_owned).collect()
}

/// Takes out the packages of conda whose distributions aren't there any more: pip removes them when it installs its own.
fn without_replaced(
    records: &mut Vec<CondaPackage>,
    found: &BTreeMap<String, Entry>,
    site: &Path,
    notes: &mut Vec<String>,
) {
    let below = format!("{}/", site.to_string_lossy().replace('\\', "/").to_lowercase());
    records.retain(|record| {
        let mut here = record.anchors.iter().filter(|it| it.starts_with(&below)).peekable();
        let is_replaced = here.peek().is_some() && here.all(|it| !found.contains_key(it));
        if is_replaced {
            let name = record.name.as_normalized();
            notes.push(format!("{name} {} of conda was replaced or removed by pip, and isn't counted", record.version));
        }
        !is_replaced
    });
}

/// A distribution that is there.
struct Entry {
    /// Its directory, or its one file.
    path: PathBuf,
    /// Its metadata.
    metadata: PathBuf,
}

impl Entry {
    /// Under the name by which a record has it.
    fn of(path: &Path, site: &Path) -> Option<(String, Self)> {
        let name = path.file_name()?.to_str()?;
        // What pip leaves behind where it was stopped begins with a tilde, and doesn't count for it either.
        if name.starts_with('~') {
            return None;
        }
        let (_, kind) = name.rsplit_once('.')?;
        let file = match kind {
            "dist-info" => Some("METADATA"),
            "egg-info" if path.is_dir() => Some("PKG-INFO"),
            "egg" => Some("EGG-INFO/PKG-INFO"),
            "egg-info" => None,
            _ => return None,
        };
        let metadata = file.map_or_else(|| path.to_owned(), |file| path.join(file));
        let below = file.map_or_else(|| site.join(name), |file| site.join(name).join(file));
        Some((anchor(&below.to_string_lossy())?, Self { path: path.to_owned(), metadata }))
    }

    /// What it is, by its normalised name; `None` where it is conda's.
    fn read(&self, notes: &mut Vec<String>) -> Result<Option<(String, PipInstalled)>, String> {
        let text = |file: &str| match INPUT.read(&self.path.join(file)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(format!("{file}: {error}")),
        };
        if text("INSTALLER")?.is_some_and(|it| it.trim_ascii() == b"conda") {
            return Ok(None);
        }
        let Distribution { name, version } = metadata::read(&self.metadata)?;
        let direct = text("direct_url.json")?.map(|bytes| direct_url::read(&bytes)).transpose();
        let requirement = match direct.map_err(|error| format!("direct_url.json: {error}"))? {
            Some(Direct::Address(address) | Direct::Here(address)) => format!("{name} @ {address}"),
            Some(Direct::Nowhere(why)) => {
                notes.push(format!("{name} {version} was installed {why}, so the index is asked for it"));
                format!("{name}=={version}")
            }
            None => format!("{name}=={version}"),
        };
        let requested = self.path.join("REQUESTED").is_file();
        Ok(Some((name.to_string(), PipInstalled { requirement, requested })))
    }
}
