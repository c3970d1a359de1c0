//! Which other platforms a name is built for.

use std::{collections::BTreeMap, fs, path::Path, thread};

use rattler_conda_types::{PackageName, Subdir};

use super::{Channel, Place, SUBDIRS, cache::Cache, local, store::Store};
use crate::progress::Progress;

/// Subdirs that are read at once, the first time; each takes some memory then.
const AT_ONCE: usize = 2;

/// The subdirs other than linux-64 and noarch that hold each of these names, in the channels that are directories.
///
/// A name that is nowhere has no entry. What can't be read is passed over: this only makes a message more helpful.
#[must_use]
pub fn subdirs_elsewhere(
    channels: &[Channel],
    names: &[PackageName],
    cache_dir: &Path,
) -> BTreeMap<PackageName, Vec<String>> {
    let mut found: BTreeMap<PackageName, Vec<String>> = BTreeMap::new();
    if names.is_empty() {
        return found;
    }
    let (cache, progress) = (Cache::at(cache_dir), Progress::default());
    let directories = channels.iter().filter_map(|channel| match &channel.place {
        Place::Directory(directory) => Some(directory),
        Place::Url(_) => None,
    });
    let subdirs: Vec<(&Path, Subdir)> = directories
        .flat_map(|directory| other_subdirs(directory).into_iter().map(|subdir| (directory.as_path(), subdir)))
        .collect();
    let open = |&(directory, subdir): &(&Path, Subdir)| {
        let store = local::open_subdir(directory, subdir.as_str(), &cache, &progress).ok()?;
        Some((subdir, store))
    };
    for some in subdirs.chunks(AT_ONCE) {
        let stores: Vec<(Subdir, Store)> = thread::scope(|scope| {
            let threads: Vec<_> = some.iter().map(|subdir| scope.spawn(move || open(subdir))).collect();
            threads.into_iter().filter_map(|thread| thread.join().ok()?).collect()
        });
        for (subdir, store) in stores {
            for name in names.iter().filter(|name| store.holds(name.as_normalized())) {
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
