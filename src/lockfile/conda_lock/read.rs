//! Reading a lock back, and refusing what can't be trusted.

use std::{collections::BTreeMap, mem};

use rattler_conda_types::Subdir;

use super::{
    custom,
    model::{CondaLock, CondaLockPackage, Dependencies, MAIN},
    package,
};
use crate::{
    base::yaml,
    environment::{Excerpt, without_secrets},
    limits::LOCK_NODES,
    lockfile::{LockError, Lockfile, PLATFORM, Package, outcome::outcomes_of_version_1},
    words::{MergeMarker, is_conflict_marker, merge_marker, one_line},
};

/// Reads a lock. `name` is the file as the user named it, for messages. conda-lock lists a package once for each category
/// that it is of; only the first of those is read.
///
/// # Errors
///
/// Where the text is not YAML of version 1 of the format, holds an unresolved merge conflict, lists a package twice, or
/// something in it can't be what it stands for: a name, a version, an address, a hash, an image.
pub fn parse(name: &str, text: &str) -> Result<Lockfile, LockError> {
    // Editors on Windows put a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file = File { name, text };
    file.refuse_conflicts()?;
    yaml::check(text, LOCK_NODES).map_err(|(reason, line)| file.at(reason, file.start_of(line)))?;
    let mut read: CondaLock = match serde_yaml::from_str(text) {
        Ok(read) => read,
        // Other versions have other forms.
        Err(error) => {
            file.check_version()?;
            return Err(file.syntax(&error));
        }
    };
    if read.version != 1 {
        file.check_version()?;
    }
    let mut metadata = read.metadata;
    let is_ours = custom::is_ours(&metadata.custom_metadata);
    let dependencies = read.package.iter_mut().map(|it| mem::take(&mut it.dependencies)).collect();
    let mut platforms = file.platforms(&metadata.platforms, &read.package, dependencies, is_ours)?;
    let target = platforms.get_mut(&Subdir::Linux64).map_or(&mut [][..], Vec::as_mut_slice);
    if is_ours {
        // envlock writes none, and needs none to install.
        target.iter_mut().for_each(Package::forget_credentials);
    }
    let question = metadata.content_hash.remove(PLATFORM);
    let provenance = custom::read(metadata.custom_metadata, question, target);
    let mut lockfile = Lockfile {
        platforms,
        channels: metadata.channels.into_iter().map(|channel| without_secrets(&channel.url)).collect(),
        sources: metadata.sources,
        provenance: provenance.map_err(|flaw| match flaw {
            custom::Flaw::Unsaid(key) => LockError::Unsaid { key },
            custom::Flaw::Bad(key, reason) => file.form(reason, &format!("    {key}:")),
        })?,
    };
    if lockfile.provenance.as_ref().is_some_and(|it| it.version == "1") {
        lockfile.set_outcomes(&outcomes_of_version_1(text));
    }
    Ok(lockfile)
}

/// The text of the first side of an unresolved merge; `None` where there is no conflict.
#[must_use]
pub fn first_side(text: &str) -> Option<String> {
    let mut side = String::new();
    let (mut is_conflict, mut is_ours) = (false, true);
    for line in text.split_inclusive('\n') {
        match merge_marker(line) {
            Some(MergeMarker::Begin) => is_conflict = true,
            Some(MergeMarker::Ancestor | MergeMarker::Between) if is_conflict => is_ours = false,
            Some(MergeMarker::End) => is_ours = true,
            _ if is_ours => side.push_str(line),
            _ => {}
        }
    }
    is_conflict.then_some(side)
}

/// The file being read, to say where something is wrong.
struct File<'a> {
    name: &'a str,
    text: &'a str,
}

impl File<'_> {
    /// The packages of each platform.
    fn platforms(
        &self,
        named: &[String],
        entries: &[CondaLockPackage],
        dependencies: Vec<Dependencies>,
        is_ours: bool,
    ) -> Result<BTreeMap<Subdir, Vec<Package>>, LockError> {
        let subdir = |text: &str| {
            text.parse::<Subdir>().map_err(|_| self.form(format!("{} is no platform", one_line(text)), text))
        };
        let mut platforms = BTreeMap::new();
        for it in named {
            platforms.insert(subdir(it)?, Vec::new());
        }
        let mut seen: BTreeMap<_, Vec<&CondaLockPackage>> = BTreeMap::new();
        for (index, (entry, dependencies)) in entries.iter().zip(dependencies).enumerate() {
            let name = || one_line(&entry.name);
            let before = seen.entry((entry.manager, &entry.name, &entry.platform)).or_default();
            // envlock's locks have one category, so a second one was written by hand.
            let is_other = |it: &&CondaLockPackage| !is_ours && it.category != entry.category && it.url == entry.url;
            if !before.iter().all(is_other) {
                return Err(self.form(format!("{} is listed twice", name()), &format!("name: {}", &*entry.name)));
            }
            let flaw = |(reason, shown): package::Flaw| {
                self.at(format!("{}: {reason}", name()), self.within(index, entries.len(), shown))
            };
            if is_ours && (&*entry.category != MAIN || entry.optional) {
                return Err(flaw((
                    "envlock locks nothing as optional or of another category".to_owned(),
                    &entry.category,
                )));
            }
            let package = package::read(entry, dependencies).map_err(flaw)?;
            if before.is_empty() {
                platforms.entry(subdir(&entry.platform)?).or_default().push(package);
            }
            before.push(entry);
        }
        Ok(platforms)
    }

    /// Where a package shows a text, or else where it begins.
    fn within(&self, index: usize, count: usize, shown: &str) -> usize {
        let starts: Vec<usize> = self.text.match_indices("\n- name:").map(|(offset, _)| offset + 1).collect();
        if starts.len() != count {
            return self.text.find(shown).unwrap_or(0);
        }
        let start = starts.get(index).copied().unwrap_or_default();
        let end = starts.get(index + 1).copied().unwrap_or(self.text.len());
        start + self.text.get(start..end).and_then(|package| package.find(shown)).unwrap_or(0)
    }

    /// Where a line begins, which is counted from 1.
    fn start_of(&self, line: usize) -> usize {
        self.text.split_inclusive('\n').take(line - 1).map(str::len).sum()
    }

    fn refuse_conflicts(&self) -> Result<(), LockError> {
        let mut offset = 0;
        for (index, line) in self.text.split_inclusive('\n').enumerate() {
            if is_conflict_marker(line) {
                let source_code = Excerpt::new(self.name, self.text);
                let at = (offset, line.trim_end().len()).into();
                return Err(LockError::Conflict { line: index + 1, source_code, at });
            }
            offset += line.len();
        }
        Ok(())
    }

    fn check_version(&self) -> Result<(), LockError> {
        let read: serde_yaml::Value = serde_yaml::from_str(self.text).map_err(|error| self.syntax(&error))?;
        let Some(version) = read.get("version") else {
            return Err(self.at("it is no lock: one begins with `version: 1`".to_owned(), 0));
        };
        if *version == 1 {
            return Ok(());
        }
        let found = serde_yaml::to_string(version).unwrap_or_default().trim().to_owned();
        Err(LockError::Version { file: self.name.to_owned(), found })
    }

    fn syntax(&self, error: &serde_yaml::Error) -> LockError {
        let offset = error.location().map_or(0, |location| location.index());
        // The message ends with the place, which is said before it here.
        let message = error.to_string();
        let reason = message.split(" at line ").next().unwrap_or_default().to_owned();
        self.at(reason, offset)
    }

    /// An error at the first place that shows the text, or at the file's start.
    fn form(&self, reason: String, shown: &str) -> LockError {
        self.at(reason, self.text.find(shown).unwrap_or(0))
    }

    fn at(&self, reason: String, offset: usize) -> LockError {
        let (before, rest) = self.text.split_at_checked(offset).unwrap_or((self.text, ""));
        let line = before.matches('\n').count() + 1;
        let length = rest.find('\n').unwrap_or(rest.len());
        let source_code = Excerpt::new(self.name, self.text);
        LockError::Form { reason, line, source_code, at: (before.len(), length).into() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::any_lock::lockfile, *};
    use crate::lockfile::{testing::small_lock, to_yaml};

    fn error(text: &str) -> String {
        parse("conda-lock.yml", text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let lock = small_lock();
        assert_eq!(parse("conda-lock.yml", &to_yaml(&lock)).unwrap(), lock);
    }

    #[test]
    fn the_first_side_of_a_merge_is_a_lock_again() {
        let text = to_yaml(&small_lock());
        assert_eq!(first_side(&text), None);
        let line = "    as_of: '2025-01-31T00:00:00Z'\n";
        assert!(text.contains(line));
        for ancestor in ["", "||||||| base\n    as_of: latest\n"] {
            let both =
                format!("<<<<<<< HEAD\n{line}{ancestor}=======\n    as_of: '2026-01-31T00:00:00Z'\n>>>>>>> other\n");
            let merged = text.replace(line, &both);
            assert!(error(&merged).contains("conflict"), "{merged}");
            assert_eq!(first_side(&merged).unwrap(), text);
        }
    }

    #[test]
    fn files_of_conda_lock_itself_are_read() {
        let text = "version: 1\nmetadata:\n  content_hash: {linux-64: ab}\n  channels: []\n  platforms: [linux-64]\n  \
                    sources: [a.yml]\n  time_metadata: {created_at: 2025}\npackage:\n- name: a\n  version: 1.10\n  \
                    manager: conda\n  platform: linux-64\n  url: https://host/a-1.10-0.conda\n  \
                    hash: {md5: 00112233445566778899aabbccddeeff}\n  optional: false\n";
        let lock = parse("conda-lock.yml", text).unwrap();
        assert_eq!((lock.packages()[0].version.to_string().as_str(), &lock.provenance), ("1.10", &None));

        // What the main and the dev category need is listed for each.
        let package = &text[text.find("- name: a").unwrap()..];
        let dev = format!("{package}  category: dev\n");
        assert_eq!(parse("conda-lock.yml", &format!("{text}{dev}")).unwrap(), lock);
        assert_eq!(error(&format!("{text}{dev}{dev}")), "conda-lock.yml:9: a is listed twice");
        assert_eq!(error(&format!("{text}{}", dev.replace("1.10", "1.11"))), "conda-lock.yml:9: a is listed twice");
    }

    #[test]
    fn a_package_that_is_added_by_hand_is_no_other_category() {
        let yaml = to_yaml(&small_lock());
        let (start, end) = (yaml.find("- name: tzdata").unwrap(), yaml.find("- name: zlib").unwrap());
        let again = yaml[start..end].replace("category: main", "category: dev");
        let line = yaml[..start].matches('\n').count() + 1;
        assert_eq!(error(&(yaml + &again)), format!("conda-lock.yml:{line}: tzdata is listed twice"));
    }

    #[test]
    fn what_aliases_repeat_is_counted_and_levels_are() {
        let long = |item: &str| format!("[{}]", format!("{item}, ").repeat(6000));
        let bomb = format!("version: 1\na: &a {}\nc: {}\n", long("x"), long("*a"));
        assert_eq!(error(&bomb), "conda-lock.yml:3: with what its aliases repeat, it is larger than it can be");
        for deep in ["[".repeat(40_000), "[\n  ".repeat(40_000), "- ".repeat(40_000)] {
            let deep = error(&format!("a:\n  {deep}"));
            let is_told = ["nested too deeply", "recursion limit exceeded"].iter().any(|why| deep.ends_with(why));
            assert!(is_told, "{deep}");
        }
        // As PyYAML writes the same object twice.
        let first = to_yaml(&small_lock()).replacen("category: main", "category: &id001 main", 1);
        let shared = first.replace("category: main", "category: *id001");
        assert!(shared.matches("*id001").count() > 1);
        assert_eq!(parse("conda-lock.yml", &shared).unwrap(), small_lock());
    }

    #[test]
    fn a_merge_conflict_is_named_with_its_line() {
        let text = to_yaml(&small_lock()).replace("- name: tzdata", "<<<<<<< ours\n- name: tzdata");
        let line = text.lines().position(|line| line == "<<<<<<< ours").unwrap() + 1;
        assert_eq!(error(&text), format!("conda-lock.yml:{line}: an unresolved merge conflict"));
    }

    #[test]
    fn other_versions_are_refused() {
        let text = to_yaml(&small_lock()).replace("\nversion: 1\n", "\nversion: 6\n");
        assert!(matches!(parse("pixi.lock", &text), Err(LockError::Version { found, .. }) if found == "6"));
        assert!(
            error("name: a\ndependencies: []\n")
                .starts_with("conda-lock.yml:1: it is no lock: one begins with `version: 1`")
        );
    }

    #[test]
    fn what_is_no_lock_is_refused_with_its_line() {
        let yaml = to_yaml(&small_lock());
        let tzdata = yaml.lines().position(|line| line == "- name: tzdata").unwrap() + 1;
        let cases = [
            ("- name: zlib\n", "- name: tzdata\n", tzdata, "tzdata is listed twice"),
            ("  version: '2025b'", "  version: 'a b'", tzdata + 1, "tzdata: its version is empty or holds blanks"),
            (
                "    md5: abababab",
                "    md5: ABABABAB",
                tzdata + 7,
                "tzdata: its MD5 is not 32 lower-case hexadecimal digits",
            ),
        ];
        for (from, to, line, message) in cases {
            assert_eq!(error(&yaml.replace(from, to)), format!("conda-lock.yml:{line}: {message}"));
        }
        assert!(error("a: [\n").starts_with("conda-lock.yml:2: "), "{}", error("a: [\n"));
        assert!(error("").starts_with("conda-lock.yml:1: "));
    }

    #[test]
    fn a_hash_is_one_whoever_installs_the_package() {
        let yaml = to_yaml(&small_lock()).replace("  manager: conda\n", "  manager: pip\n");
        let hash = format!("    sha256: {}", "ab".repeat(32));
        let edited = yaml.replace(&hash, "    sha256: \"ab\\nRUN evil\"");
        assert_ne!(edited, yaml);
        assert!(
            error(&edited).ends_with("tzdata: its SHA-256 is not 64 lower-case hexadecimal digits"),
            "{}",
            error(&edited)
        );
    }

    proptest! {
        #[test]
        fn every_lock_is_read_back(lock in lockfile()) {
            prop_assert_eq!(parse("conda-lock.yml", &to_yaml(&lock)).unwrap(), lock);
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = parse("conda-lock.yml", &text);
        }

        #[test]
        fn no_damage_makes_it_panic(at in 0usize..2000, damage in "\\PC{0,3}") {
            let mut text = to_yaml(&small_lock());
            if text.is_char_boundary(at) {
                text.insert_str(at, &damage);
                let _ = parse("conda-lock.yml", &text);
            }
        }
    }
}
