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
    lockfile, prefix, pypi,
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

/// A lock: what is written of one can be read again.
pub fn lock(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(lock) = lockfile::parse("conda-lock.yml", text) else { return };
    let written = lockfile::to_yaml(&lock);
    let again = lockfile::parse("conda-lock.yml", &written);
    assert!(again.is_ok(), "{again:?} of {written}");
}

/// A file of an installed environment.
pub fn installed(bytes: &[u8]) {
    prefix::fuzzing::file(bytes);
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
    use std::{env, fs, panic::catch_unwind, path::PathBuf};

    use super::*;

    type Target = fn(&[u8]);

    const TARGETS: [(&str, Target); 13] = [
        ("environment", environment),
        ("spec", spec),
        ("pip_lines", pip_lines),
        ("lock", lock),
        ("installed", installed),
        ("explicit_list", explicit_list),
        ("repodata", repodata),
        ("shard", shard),
        ("record_table", record_table),
        ("index_file", index_file),
        ("image_manifest", image_manifest),
        ("package_name", package_name),
        ("quoting", quoting),
    ];
    /// How many changed files go through each target, where `ENVLOCK_CHANGES` says nothing else.
    const CHANGES: usize = 500;

    fn fuzz() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
    }

    /// The files that are kept for a target, with their names.
    fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let corpus = fs::read_dir(fuzz().join("corpus").join(target)).unwrap();
        let mut files: Vec<_> = corpus.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{target} has no corpus");
        files.into_iter().map(|file| (file.clone(), fs::read(file).unwrap())).collect()
    }

    #[test]
    fn what_fuzzing_found_is_no_trouble_any_more() {
        let known = fs::read_dir(fuzz().join("fuzz_targets")).unwrap().count();
        assert_eq!(known, TARGETS.len(), "a target of cargo-fuzz is missing here");
        for (name, target) in TARGETS {
            for (file, bytes) in corpus(name) {
                // The name of the file stands in the output where it fails.
                println!("{}", file.display());
                target(&bytes);
            }
        }
    }

    /// Numbers that look like chance, and are the same each time: `SplitMix64`.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, end: usize) -> usize {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut number = self.0;
            number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            usize::try_from((number ^ (number >> 31)) % end.max(1) as u64).unwrap()
        }
    }

    /// A file with a few changes, and parts of another one in it.
    fn changed(numbers: &mut Numbers, bytes: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=numbers.below(6) {
            let at = numbers.below(bytes.len() + 1);
            let end = at + numbers.below((bytes.len() - at).min(40) + 1);
            match numbers.below(6) {
                0 => drop(bytes.drain(at..end)),
                1 => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << numbers.below(8)),
                2 => bytes.insert(at, u8::try_from(numbers.below(256)).unwrap()),
                3 => bytes.extend_from_within(at..end),
                4 => {
                    let from = numbers.below(other.len());
                    let part = other[from..].iter().copied().take(numbers.below(40)).collect::<Vec<_>>();
                    bytes.splice(at..at, part);
                }
                _ => {
                    let words: [&[u8]; 8] =
                        [b"\n", b"[", b"\xff\xff\xff\xff", b"\0\0\0\0", "\u{e4}\u{2028}".as_bytes(), b"::", b"'", b"*"];
                    bytes.splice(at..end, words[numbers.below(words.len())].iter().copied());
                }
            }
        }
        bytes
    }

    #[test]
    fn changes_of_what_is_kept_are_no_trouble_either() {
        let changes = env::var("ENVLOCK_CHANGES").ok().and_then(|it| it.parse().ok()).unwrap_or(CHANGES);
        let mut numbers = Numbers(env::var("ENVLOCK_SEED").ok().and_then(|it| it.parse().ok()).unwrap_or_default());
        for (name, target) in TARGETS {
            let corpus = corpus(name);
            for _ in 0..changes {
                let (one, other) = (numbers.below(corpus.len()), numbers.below(corpus.len()));
                let bytes = changed(&mut numbers, &corpus[one].1, &corpus[other].1);
                let done = catch_unwind(|| target(&bytes));
                assert!(done.is_ok(), "{name} can't bear b\"{}\"", bytes.escape_ascii());
            }
        }
    }
}
