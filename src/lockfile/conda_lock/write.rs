//! Writing a lock: byte for byte the same for the same lock, one line for each thing.

use std::collections::BTreeMap;

use rattler_conda_types::Subdir;

use super::{
    custom,
    model::{CondaLock, CondaLockChannel, CondaLockMetadata, CondaLockPackage},
    package::entry,
    scalar::{block, comment, scalar},
};
use crate::lockfile::{Lockfile, PLATFORM, Package};

/// Writes a lock as YAML that every reader takes alike.
///
/// What moved and what went stands in the comments at the top, too, a line each, where a reviewer sees it. Nothing
/// reads them.
#[must_use]
pub fn to_yaml(lockfile: &Lockfile) -> String {
    let mut lines = header(lockfile);
    let CondaLock { version, metadata, package } = file(lockfile);
    lines.push(format!("version: {version}"));
    lines.push("metadata:".to_owned());
    map(&mut lines, "  ", "content_hash", &metadata.content_hash);
    if metadata.channels.is_empty() {
        lines.push("  channels: []".to_owned());
    } else {
        lines.push("  channels:".to_owned());
    }
    for channel in &metadata.channels {
        lines.push(format!("  - url: {}", scalar(&channel.url)));
        list(&mut lines, "    ", "used_env_vars", &channel.used_env_vars);
    }
    list(&mut lines, "  ", "platforms", &metadata.platforms);
    list(&mut lines, "  ", "sources", &metadata.sources);
    if !metadata.custom_metadata.is_empty() {
        map(&mut lines, "  ", "custom_metadata", &metadata.custom_metadata);
    }
    lines.push(if package.is_empty() { "package: []" } else { "package:" }.to_owned());
    lines.join("\n") + "\n" + &text(&package)
}

/// A lock as it stands in the file.
fn file(lockfile: &Lockfile) -> CondaLock<'static> {
    let provenance = lockfile.provenance.as_ref();
    let question = provenance.and_then(|it| it.seals.question.clone());
    let channel = |url: &String| CondaLockChannel { url: url.clone(), used_env_vars: Vec::new() };
    let metadata = CondaLockMetadata {
        content_hash: question.map(|hash| (PLATFORM.to_owned(), hash)).into_iter().collect(),
        channels: lockfile.channels.iter().map(channel).collect(),
        platforms: lockfile.platforms.keys().map(ToString::to_string).collect(),
        sources: lockfile.sources.clone(),
        custom_metadata: provenance.map(|it| custom::write(it, lockfile.packages())).unwrap_or_default(),
    };
    let of_platform = |(platform, packages): (&Subdir, &Vec<Package>)| -> Vec<CondaLockPackage> {
        packages.iter().map(|package| entry(package, *platform)).collect()
    };
    CondaLock { version: 1, metadata, package: lockfile.platforms.iter().flat_map(of_platform).collect() }
}

/// The packages of the target as they are written, one after the other.
pub(super) fn packages_text(packages: &[Package]) -> String {
    let entries: Vec<_> = packages.iter().map(|package| entry(package, Subdir::Linux64)).collect();
    text(&entries)
}

fn text(packages: &[CondaLockPackage]) -> String {
    let mut lines = Vec::new();
    for package in packages {
        self::package(&mut lines, package);
    }
    lines.push(String::new());
    lines.join("\n")
}

fn header(lockfile: &Lockfile) -> Vec<String> {
    let source = lockfile.sources.join(" ");
    let mut lines = vec![
        format!("The linux-64 packages of {source}, locked by envlock in conda-lock's format."),
        "Don't edit this file. To write it anew after a change, run".to_owned(),
        format!("    {}", lockfile.command()),
    ];
    let outcomes = lockfile.outcomes();
    if !outcomes.is_empty() {
        lines.push(String::new());
        lines.extend(outcomes.iter().map(ToString::to_string));
    }
    lines.iter().map(|line| comment(&format!("# {line}"))).collect()
}

fn package(lines: &mut Vec<String>, package: &CondaLockPackage) {
    lines.push(format!("- name: {}", scalar(&package.name)));
    lines.push(format!("  version: {}", scalar(&package.version)));
    lines.push(format!("  manager: {}", package.manager));
    lines.push(format!("  platform: {}", scalar(&package.platform)));
    map(lines, "  ", "dependencies", &package.dependencies);
    lines.push(format!("  url: {}", scalar(&package.url)));
    let hashes = [("md5", &package.hash.md5), ("sha256", &package.hash.sha256)];
    let hashes =
        hashes.into_iter().filter_map(|(kind, hash)| Some((kind.to_owned(), hash.as_deref()?.to_owned()))).collect();
    map(lines, "  ", "hash", &hashes);
    lines.push(format!("  category: {}", scalar(&package.category)));
    lines.push(format!("  optional: {}", package.optional));
}

fn map(lines: &mut Vec<String>, indent: &str, key: &str, entries: &BTreeMap<String, String>) {
    if entries.is_empty() {
        lines.push(format!("{indent}{key}: {{}}"));
        return;
    }
    lines.push(format!("{indent}{key}:"));
    for (name, value) in entries {
        lines.push(format!("{indent}  {}: {}", scalar(name), block(value, &format!("{indent}    "))));
    }
}

fn list(lines: &mut Vec<String>, indent: &str, key: &str, items: &[String]) {
    if items.is_empty() {
        lines.push(format!("{indent}{key}: []"));
        return;
    }
    lines.push(format!("{indent}{key}:"));
    lines.extend(items.iter().map(|item| format!("{indent}- {}", scalar(item))));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::{LockedFate, LockedOutcome, Manager, testing::small_lock};

    /// Written by hand from the recipe for all readers. The hashes are those that `sha256sum` gives of
    /// `channel conda-forge\nconda zlib\nvariable {"OMP_NUM_THREADS":"4"}\n`, alone and with the two lines
    /// `virtual-packages …` and `as-of …` after it, and of what stands below `package:`.
    const WHOLE: &str = r#"# The linux-64 packages of environment.yml, locked by envlock in conda-lock's format.
# Don't edit this file. To write it anew after a change, run
#     envlock convert environment.yml
version: 1
metadata:
  content_hash:
    linux-64: 'CONTENT_HASH'
  channels:
  - url: conda-forge
    used_env_vars: []
  platforms:
  - linux-64
  sources:
  - environment.yml
  custom_metadata:
    as_of: '2025-01-31T00:00:00Z'
    base_image: docker.io/mambaorg/micromamba:2.6.1@sha256:abababababababababababababababababababababababababababababababab
    created_by: 'envlock VERSION'
    envlock_lock_version: '2'
    input: |
      channel conda-forge
      conda zlib
      variable {"OMP_NUM_THREADS":"4"}
    input_sha256: 'INPUT_HASH'
    packages_sha256: 'PACKAGES_HASH'
    virtual_packages: '__archspec=1=x86_64 __glibc=2.41 __linux=5.10 __unix=0'
package:
- name: libzlib
  version: '1.3.1'
  manager: conda
  platform: linux-64
  dependencies:
    '__glibc': '>=2.17,<3.0.a0'
  url: https://conda.anaconda.org/conda-forge/linux-64/libzlib-1.3.1-hb9d3cd8_2.conda
  hash:
    md5: '12121212121212121212121212121212'
    sha256: '1212121212121212121212121212121212121212121212121212121212121212'
  category: main
  optional: false
- name: tzdata
  version: '2025b'
  manager: conda
  platform: linux-64
  dependencies: {}
  url: https://conda.anaconda.org/conda-forge/noarch/tzdata-2025b-h78e105d_0.conda
  hash:
    md5: abababababababababababababababab
    sha256: abababababababababababababababababababababababababababababababab
  category: main
  optional: false
- name: zlib
  version: '1.3.1'
  manager: conda
  platform: linux-64
  dependencies:
    '__glibc': '>=2.17,<3.0.a0'
    libzlib: '1.3.1 hb9d3cd8_2'
  url: https://conda.anaconda.org/conda-forge/linux-64/zlib-1.3.1-hb9d3cd8_2.conda
  hash:
    md5: '0e120e120e120e120e120e120e120e12'
    sha256: '0e120e120e120e120e120e120e120e120e120e120e120e120e120e120e120e12'
  category: main
  optional: false
"#;

    #[test]
    fn a_whole_file_is_written_as_by_hand() {
        let expected = WHOLE
            .replace("VERSION", env!("CARGO_PKG_VERSION"))
            .replace("CONTENT_HASH", "3c8f6875df83aa677dcec212bf64d789c7baedce08a1ccd313c949ea6b662773")
            .replace("PACKAGES_HASH", "244389263da2fc36d8fa3cd008c1c480b7a9280537c4b72f0096afdd433049d7")
            .replace("INPUT_HASH", "92e9c38177c045438bba13a9a09a0d38df6d68acded2cef678688d54c7312540");
        assert_eq!(to_yaml(&small_lock()), expected);
        assert_eq!(to_yaml(&small_lock()), expected);
    }

    #[test]
    fn a_note_can_not_leave_its_comment() {
        let mut lock = small_lock();
        let why = "a\nversion: 2\u{2028}x: y\r\u{85}z: 1".to_owned();
        lock.set_outcomes(&[LockedOutcome {
            manager: Manager::Conda,
            name: "n".to_owned(),
            asked: "1".to_owned(),
            fate: LockedFate::Gone,
            why,
        }]);
        let yaml = to_yaml(&lock);
        assert_eq!(yaml.lines().filter(|line| line.starts_with("version:")).collect::<Vec<_>>(), ["version: 1"]);
        assert!(yaml.contains("\n# n 1 is gone: a version: 2 x: y  z: 1\n"), "{yaml}");
    }
}
