//! The channels that packages came from.

use std::{cmp::Reverse, collections::BTreeMap};

use rattler_conda_types::Subdir;
use url::Url;

use super::records::CondaPackage;
use crate::{channel, environment::without_secrets, words::and};

/// The channels by which `defaults` goes on every machine.
const DEFAULTS: [&str; 3] =
    ["https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r", "https://repo.anaconda.com/pkgs/msys2"];

/// The channels, the one of most packages first, then by name. In which order they were asked isn't known.
pub(super) fn of(records: &[CondaPackage], notes: &mut Vec<String>) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut without = Vec::new();
    for record in records {
        match channel(record) {
            Some(channel) => *counts.entry(channel).or_default() += 1,
            None => without.push(record.name.as_normalized()),
        }
    }
    if !without.is_empty() {
        let verb = if without.len() == 1 { "was" } else { "were" };
        notes.push(format!("{} {verb} installed from a file, and no channel is known of it", and(&without)));
    }
    let mut channels: Vec<(String, usize)> = counts.into_iter().collect();
    channels.sort_by(|(a, m), (b, n)| (Reverse(m), a).cmp(&(Reverse(n), b)));
    channels.into_iter().map(|(channel, _)| channel).collect()
}

/// The channel of a package, without credentials.
fn channel(record: &CondaPackage) -> Option<String> {
    by_url(&record.url).or_else(|| by_name(record.channel.as_deref()?))
}

/// The channel that an archive is in: two steps above it, if the step between is a subdir.
fn by_url(url: &Url) -> Option<String> {
    let mut root = url.clone();
    root.set_query(None);
    root.set_fragment(None);
    // What a password is made of may make no sense to the setters; such a URL is no channel's.
    if !root.username().is_empty() || root.password().is_some() {
        root.set_username("").and_then(|()| root.set_password(None)).ok()?;
    }
    let mut segments: Vec<&str> = url.path_segments()?.collect();
    segments.pop()?;
    segments.pop()?.parse::<Subdir>().ok()?;
    root.set_path(&segments.join("/"));
    let name = channel::name_of(&root).unwrap_or_else(|| root.as_str().trim_end_matches('/').to_owned());
    let name = without_secrets(&name);
    Some(if DEFAULTS.contains(&&*name) { "defaults".to_owned() } else { name })
}

/// The channel of a record whose archive lay in a directory of the machine: a name alone, as any other would be a path.
fn by_name(channel: &str) -> Option<String> {
    let is_name = channel.starts_with(|c: char| c.is_ascii_alphanumeric())
        && channel.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c))
        && channel != "local";
    is_name.then(|| channel.to_owned())
}
