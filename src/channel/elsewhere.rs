//! Which other platforms a name is built for.

use std::{collections::BTreeMap, fs, path::Path};

use rattler_conda_types::{PackageName, Subdir};
use rattler_repodata_gateway::sparse::PackageFormatSelection;

use super::{Channel, Place, SUBDIRS, local};

/// The subdirs other than linux-64 and noarch that hold each of these names, in the channels that are directories.
///
/// A name that is nowhere has no entry. What can't be read is passed over: this only makes a message more helpful.
#[must_use]
pub fn subdirs_elsewhere(channels: &[Channel], names: &[PackageName]) -> BTreeMap<PackageName, Vec<String>> {
    let mut found: BTreeMap<PackageName, Vec<String>> = BTreeMap::new();
    if names.is_empty() {
        return found;
    }
    for channel in channels {
        let Place::Directory(directory) = &channel.place else { continue };
        for subdir in other_subdirs(directory) {
            let Ok(Some(repodata)) = local::open_subdir(channel, directory, subdir.as_str()) else { continue };
            let holds = |name: &&PackageName| {
                repodata
                    .load_records(name, PackageFormatSelection::PreferConda)
                    .is_ok_and(|records| !records.is_empty())
            };
            for name in names.iter().filter(holds) {
                found.entry(name.clone()).or_default().push(subdir.to_string());
            }
        }
    }
    for subdirs in found.values_mut() {
        subdirs.sort();
        subdirs.dedup();
    }
    found
}

fn other_subdirs(directory: &Path) -> Vec<Subdir> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|subdir| !SUBDIRS.contains(subdir))
        .collect()
}
