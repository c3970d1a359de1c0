//! What differs between two lists of packages.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use schemars::JsonSchema;
use serde::Serialize;

use super::{LockedName, LockedVersion, Lockfile, Manager};

/// A package of one side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: LockedName,
    /// Its version; nothing where every version will do.
    pub version: Option<LockedVersion>,
    /// Its build string, where it is known.
    pub build: Option<String>,
    /// Where its file is, where that is known.
    pub url: Option<String>,
    /// Its size in bytes, where it is known.
    pub size: Option<u64>,
}

impl Entry {
    /// A package of which no more is known than its name.
    #[must_use]
    pub fn named(name: LockedName) -> Self {
        Self { name, version: None, build: None, url: None, size: None }
    }
}

/// The packages of a lock for linux-64.
#[must_use]
pub fn entries(lock: &Lockfile) -> Vec<Entry> {
    let packages = lock.conda_packages().chain(lock.pip_packages());
    let entry = |package: &super::Package| Entry {
        name: package.name.clone(),
        version: Some(package.version.clone()),
        build: package.build_string(),
        url: Some(package.shown_address()),
        size: package.size,
    };
    packages.map(entry).collect()
}

/// A package that isn't the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// What became of it.
    pub kind: ChangeKind,
    /// What installs it.
    pub manager: Manager,
    /// Its name.
    pub name: String,
    /// The version that it had, with the build where it was rebuilt; nothing where it wasn't there.
    pub before: Option<String>,
    /// The version that it has.
    pub after: Option<String>,
    /// The size of what is to be downloaded now, in bytes; nothing where it isn't known, or nothing is to be.
    pub size: Option<u64>,
}

/// What became of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// It wasn't there.
    Added,
    /// It is there no more.
    Removed,
    /// It has a later version.
    Up,
    /// It has an earlier version.
    Down,
    /// It has another build, or another file, of the same version.
    Rebuilt,
}

impl ChangeKind {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 5] = [Self::Added, Self::Removed, Self::Up, Self::Down, Self::Rebuilt];

    /// It in a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Up => "up",
            Self::Down => "down",
            Self::Rebuilt => "rebuilt",
        }
    }
}

/// What differs, by kind, then conda before pip, then by name.
#[must_use]
pub fn diff(before: &[Entry], after: &[Entry]) -> Vec<Change> {
    let (before, after) = (by_name(before), by_name(after));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    let mut changes: Vec<Change> =
        keys.into_iter().filter_map(|key| change(before.get(&key).copied(), after.get(&key).copied())).collect();
    changes.sort_by(|a, b| (a.kind, &a.manager, &a.name).cmp(&(b.kind, &b.manager, &b.name)));
    changes
}

fn by_name(entries: &[Entry]) -> BTreeMap<(Manager, &str), &Entry> {
    entries.iter().map(|entry| ((entry.name.manager(), entry.name.normalized()), entry)).collect()
}

fn change(before: Option<&Entry>, after: Option<&Entry>) -> Option<Change> {
    let (kind, is_shown_with_build) = match (before, after) {
        (None, None) => return None,
        (None, Some(_)) => (ChangeKind::Added, false),
        (Some(_), None) => (ChangeKind::Removed, false),
        (Some(before), Some(after)) => match order(before, after)? {
            Ordering::Less => (ChangeKind::Up, false),
            Ordering::Greater => (ChangeKind::Down, false),
            Ordering::Equal => (ChangeKind::Rebuilt, true),
        },
    };
    let shown = |entry: &Entry| {
        let version = entry.version.as_ref().map_or_else(|| "any version".to_owned(), ToString::to_string);
        match entry.build.as_ref().filter(|_| is_shown_with_build) {
            Some(build) => format!("{version} {build}"),
            None => version,
        }
    };
    let named = after.or(before)?;
    Some(Change {
        kind,
        manager: named.name.manager(),
        name: named.name.to_string(),
        before: before.map(shown),
        after: after.map(shown),
        size: after.and_then(|after| after.size),
    })
}

/// How the version went; `None` where nothing has changed.
fn order(before: &Entry, after: &Entry) -> Option<Ordering> {
    let (Some(old), Some(new)) = (&before.version, &after.version) else { return None };
    if old != new {
        return old.compare(new);
    }
    let differs = |a: &Option<String>, b: &Option<String>| a.is_some() && b.is_some() && a != b;
    let is_rebuilt = differs(&before.build, &after.build) || differs(&before.url, &after.url);
    is_rebuilt.then_some(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lockfile::testing::small_lock;

    fn entry(manager: Manager, name: &str, version: &str, build: &str) -> Entry {
        Entry {
            version: Some(LockedVersion::new(manager, version).unwrap()),
            build: Some(build.to_owned()),
            ..Entry::named(LockedName::new(manager, name).unwrap())
        }
    }

    fn lines(changes: &[Change]) -> Vec<String> {
        let text = |version: &Option<String>| version.clone().unwrap_or_else(|| "-".to_owned());
        changes
            .iter()
            .map(|it| format!("{:?} {} {} {} {}", it.kind, it.manager, it.name, text(&it.before), text(&it.after)))
            .collect()
    }

    #[test]
    fn versions_are_ordered_as_their_managers_order_them() {
        let before = [
            entry(Manager::Conda, "a", "1.9", "0"),
            entry(Manager::Conda, "b", "1.10", "0"),
            entry(Manager::Conda, "c", "1", "h1_0"),
            entry(Manager::Conda, "d", "1", "0"),
            entry(Manager::Conda, "openssl", "1.0.2p", "0"),
            entry(Manager::Pip, "a", "2.0", "0"),
        ];
        let after = [
            entry(Manager::Conda, "a", "1.10", "0"),
            entry(Manager::Conda, "b", "1.9", "0"),
            entry(Manager::Conda, "c", "1", "h1_1"),
            entry(Manager::Conda, "e", "1", "0"),
            entry(Manager::Conda, "openssl", "1.0.2u", "0"),
            entry(Manager::Pip, "a", "2.0rc1", "0"),
        ];
        let expected = [
            "Added conda e - 1",
            "Removed conda d 1 -",
            "Up conda a 1.9 1.10",
            "Up conda openssl 1.0.2p 1.0.2u",
            "Down conda b 1.10 1.9",
            "Down pip a 2.0 2.0rc1",
            "Rebuilt conda c 1 h1_0 1 h1_1",
        ];
        assert_eq!(lines(&diff(&before, &after)), expected);
    }

    #[test]
    fn what_an_export_leaves_open_is_no_change() {
        let any = Entry { version: None, build: None, ..entry(Manager::Conda, "zlib", "1", "0") };
        let exact = Entry { build: None, ..entry(Manager::Conda, "libzlib", "1.3.1", "0") };
        let lock = entries(&small_lock());
        assert_eq!(lines(&diff(&[any, exact], &lock)), ["Added conda tzdata - 2025b"]);
    }

    fn side() -> impl Strategy<Value = Vec<Entry>> {
        let one = ("[a-d]", "[0-3](\\.[0-2])?", "[01]", prop_oneof![Just(Manager::Conda), Just(Manager::Pip)]);
        proptest::collection::vec(one, 0..8).prop_map(|all| {
            all.iter().map(|(name, version, build, manager)| entry(*manager, name, version, build)).collect()
        })
    }

    proptest! {
        #[test]
        fn nothing_differs_from_itself_and_the_way_back_is_the_mirror(a in side(), b in side()) {
            prop_assert_eq!(diff(&a, &a), []);
            let mirrored = |change: Change| {
                let kind = match change.kind {
                    ChangeKind::Added => ChangeKind::Removed,
                    ChangeKind::Removed => ChangeKind::Added,
                    ChangeKind::Up => ChangeKind::Down,
                    ChangeKind::Down => ChangeKind::Up,
                    ChangeKind::Rebuilt => ChangeKind::Rebuilt,
                };
                Change { kind, before: change.after, after: change.before, ..change }
            };
            let mut back: Vec<Change> = diff(&b, &a).into_iter().map(mirrored).collect();
            back.sort_by(|a, b| (a.kind, &a.manager, &a.name).cmp(&(b.kind, &b.manager, &b.name)));
            prop_assert_eq!(diff(&a, &b), back);
        }
    }
}
