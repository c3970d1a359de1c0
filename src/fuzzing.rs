//! What cargo-fuzz calls, one function for each of its targets: they take any bytes, and panic where something is wrong.
//!
//! What it found, and what leads into every corner, is kept in `fuzz/corpus`, and goes through the same functions with the
//! other tests.

use std::path::Path;

use crate::{
    channel, dockerfile,
    environment::{Environment, parse_environment},
    image,
    install::List,
    intent::understand,
    lockfile, pypi,
};

/// An environment file, up to what is meant by it.
pub fn environment(bytes: &[u8]) {
    if let Ok(environment) = parse_environment("environment.yml", bytes) {
        _ = understand(&environment);
    }
}

/// A match spec, as a dependency of an environment file.
pub fn spec(bytes: &[u8]) {
    if let Some(environment) = with(bytes, |text| serde_json::json!({"dependencies": [text]})) {
        _ = understand(&environment);
    }
}

/// Lines of a pip section.
pub fn pip_lines(bytes: &[u8]) {
    let lines = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
    if let Some(environment) = with(bytes, |text| serde_json::json!({"dependencies": [{"pip": lines(text)}]})) {
        // No file can be named there.
        for line in pypi::read_lines(&environment, Path::new("/dev/null")) {
            _ = line.shown();
        }
    }
}

/// The environment file that a text makes; JSON is YAML.
fn with(bytes: &[u8], file: impl FnOnce(&str) -> serde_json::Value) -> Option<Environment> {
    let file = file(std::str::from_utf8(bytes).ok()?).to_string();
    parse_environment("environment.yml", file.as_bytes()).ok()
}

/// A lock: what is written of one is read as the same.
pub fn lock(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(lock) = lockfile::parse("conda-lock.yml", text) else { return };
    let written = lockfile::to_yaml(&lock);
    let again = lockfile::parse("conda-lock.yml", &written);
    assert!(again.is_ok(), "{again:?} of {written}");
}

/// An explicit list.
pub fn explicit_list(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        _ = List::of_explicit("list.txt", &format!("@EXPLICIT\n{text}"));
    }
}

/// Repodata as JSON.
pub fn repodata(bytes: &[u8]) {
    channel::fuzzing::repodata(bytes);
}

/// A shard, once it is decompressed.
pub fn shard(bytes: &[u8]) {
    channel::fuzzing::shard(bytes);
}

/// A record table of the cache.
pub fn record_table(bytes: &[u8]) {
    channel::fuzzing::record_table(bytes);
}

/// An index file of the cache, whose checksum is right.
pub fn index_file(bytes: &[u8]) {
    channel::fuzzing::index_file(bytes);
}

/// The names of an image, and what a registry says of it.
pub fn image_manifest(bytes: &[u8]) {
    image::fuzzing::manifest(bytes);
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(name) = image::ImageName::parse(text)
    {
        assert_eq!(image::ImageName::parse(&name.to_string()).map(|it| it.to_string()), Ok(name.to_string()));
    }
}

/// Names of packages, of conda and of PyPI.
pub fn package_name(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (conda, pypi) = text.split_once('=').unwrap_or((text, ""));
    if let Ok(names) = crate::names::Names::new(&[text.to_owned()]) {
        _ = names.of_name(conda);
    }
    _ = rattler_conda_types::PackageName::try_from(pypi);
}

/// Any text in a Dockerfile.
pub fn quoting(bytes: &[u8]) {
    dockerfile::fuzzing::quoting(&String::from_utf8_lossy(bytes));
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_fuzzing_found_is_no_trouble_any_more() {
        type Target = fn(&[u8]);
        let targets: [(&str, Target); 12] = [
            ("environment", environment),
            ("spec", spec),
            ("pip_lines", pip_lines),
            ("lock", lock),
            ("explicit_list", explicit_list),
            ("repodata", repodata),
            ("shard", shard),
            ("record_table", record_table),
            ("index_file", index_file),
            ("image_manifest", image_manifest),
            ("package_name", package_name),
            ("quoting", quoting),
        ];
        let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
        let known = fs::read_dir(fuzz.join("fuzz_targets")).unwrap().count();
        assert_eq!(known, targets.len(), "a target of cargo-fuzz has no corpus");
        for (name, target) in targets {
            let corpus = fs::read_dir(fuzz.join("corpus").join(name)).unwrap();
            let mut files: Vec<_> = corpus.map(|entry| entry.unwrap().path()).collect();
            files.sort();
            assert!(!files.is_empty(), "{name}");
            for file in files {
                // The name of the file stands in the output where it fails.
                println!("{}", file.display());
                target(&fs::read(&file).unwrap());
            }
        }
    }
}
