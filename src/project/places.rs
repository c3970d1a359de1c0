//! Where the channels of a lock are taken from on this machine: what `--channel NAME=PLACE` said.
//!
//! The lock itself names the channels alone, since it is to be the same wherever they are. So the places are kept in the
//! cache, a file for each directory that has a lock. Where it is gone, the channels themselves are asked.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::files;
use crate::{
    channel::{Channel, cache_dir, with_place},
    lockfile::sha256_hex,
};

/// Channels as the lock names them, and each as an option with its place. A directory that isn't there any more is none.
pub(crate) fn known(directory: &Path) -> BTreeMap<String, String> {
    let text = file(directory).and_then(|file| fs::read_to_string(file).ok());
    let places: BTreeMap<String, String> = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let is_there = |option: &str| {
        let place = option.split_once('=').map_or("", |(_, place)| place);
        place.contains("://") || Path::new(place).is_dir()
    };
    places.into_iter().filter(|(_, option)| is_there(option)).collect()
}

/// Keeps the places of channels that were chosen for the lock of a directory, if they can be kept.
pub(crate) fn keep(directory: &Path, channels: &[Channel]) {
    let Some(file) = file(directory) else { return };
    let places: BTreeMap<&str, String> =
        channels.iter().filter_map(|channel| Some((channel.name.as_str(), with_place(channel)?))).collect();
    if places.is_empty() {
        _ = fs::remove_file(file);
        return;
    }
    // The cache may be read-only; then the place is said again.
    if let (Some(parent), Ok(text)) = (file.parent(), serde_json::to_string(&places)) {
        _ = fs::create_dir_all(parent).and_then(|()| fs::write(&file, text));
    }
}

fn file(directory: &Path) -> Option<PathBuf> {
    let real = files::or_here(directory).canonicalize().ok()?;
    Some(cache_dir().join("places").join(sha256_hex(real.as_os_str().as_encoded_bytes()) + ".json"))
}
