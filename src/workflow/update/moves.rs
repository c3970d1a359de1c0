//! What an update moved, and why.

use std::{collections::BTreeMap, path::Path};

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    base::schema_version::SchemaVersion,
    lockfile::{
        Lockfile, Manager,
        diff::{Change, diff, entries},
    },
    report::Written,
};

/// What is told of an update.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Moves {
    /// The version of this shape.
    pub schema_version: SchemaVersion<1>,
    /// The lock.
    pub lock: String,
    /// The packages that moved, came or went.
    pub moves: Vec<Move>,
    /// What was asked for and isn't so.
    pub notes: Vec<String>,
    /// The files written; none with `--dry-run`.
    pub written: Vec<Written>,
}

/// A package that moved, came or went.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Move {
    /// What installs it.
    pub manager: Manager,
    /// Its name.
    pub name: String,
    /// The version that it had; nothing where it wasn't there.
    pub before: Option<String>,
    /// The version that it has; nothing where it isn't there any more.
    pub now: Option<String>,
    /// Why, where that is known.
    pub why: Option<String>,
}

/// Why packages moved, by their names.
#[derive(Debug, Default)]
pub(super) struct MoveReasons {
    pub conda: BTreeMap<String, String>,
    pub pip: BTreeMap<String, String>,
}

/// What moved between two locks, by name.
pub(super) fn moves(before: &Lockfile, now: &Lockfile, reasons: &MoveReasons) -> Vec<Move> {
    let as_move = |Change { manager, name, before, after, .. }: Change| {
        let why = if manager == Manager::Pip { reasons.pip.get(&name) } else { reasons.conda.get(&name) }.cloned();
        Move { manager, name, before, now: after, why }
    };
    let mut moves: Vec<Move> = diff(&entries(before), &entries(now)).into_iter().map(as_move).collect();
    moves.sort_by(|a, b| (&a.manager, &a.name).cmp(&(&b.manager, &b.name)));
    moves
}

impl Moves {
    /// That nothing moves.
    pub(super) fn of_nothing(lock: &Path, notes: Vec<String>) -> Self {
        Self {
            schema_version: SchemaVersion,
            lock: lock.display().to_string(),
            moves: Vec::new(),
            notes,
            written: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::{
        LockedName, LockedVersion,
        testing::{readdress, small_lock},
    };

    #[test]
    fn what_differs_between_two_locks_has_moved() {
        let (before, mut now) = (small_lock(), small_lock());
        let packages = now.packages_mut();
        packages.remove(1);
        packages[0].version = LockedVersion::new(Manager::Conda, "1.3.2").unwrap();
        readdress(&mut packages[0], "1.3.1", "1.3.2");
        readdress(&mut packages[1], "hb9d3cd8_2", "hb9d3cd8_3");
        let mut added = packages[0].clone();
        added.name = LockedName::new(Manager::Conda, "zz").unwrap();
        packages.push(added);
        let conda = BTreeMap::from([("libzlib".to_owned(), "asked for".to_owned())]);
        let reasons = MoveReasons { conda, pip: BTreeMap::new() };
        let moved = moves(&before, &now, &reasons);
        let told: Vec<_> = moved
            .iter()
            .map(|it| (it.name.as_str(), it.before.as_deref(), it.now.as_deref(), it.why.as_deref()))
            .collect();
        let expected = [
            ("libzlib", Some("1.3.1"), Some("1.3.2"), Some("asked for")),
            ("tzdata", Some("2025b"), None, None),
            ("zlib", Some("1.3.1 hb9d3cd8_2"), Some("1.3.1 hb9d3cd8_3"), None),
            ("zz", None, Some("1.3.2"), None),
        ];
        assert_eq!(told, expected);
        assert!(moves(&before, &before, &reasons).is_empty());
    }
}
