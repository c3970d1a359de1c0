//! What an update moved, and why.

use std::{collections::BTreeMap, path::Path};

use serde::Serialize;

use crate::{
    lockfile::{
        Lockfile, Manager,
        diff::{Change, diff, entries},
    },
    report::Written,
};

/// What is told of an update.
#[derive(Debug, Serialize)]
pub(super) struct Document {
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
#[derive(Debug, Serialize)]
pub(super) struct Move {
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
pub(super) struct Reasons {
    pub conda: BTreeMap<String, String>,
    pub pip: BTreeMap<String, String>,
}

/// What moved between two locks, by name.
pub(super) fn moves(before: &Lockfile, now: &Lockfile, reasons: &Reasons) -> Vec<Move> {
    let as_move = |Change { manager, name, before, after, .. }: Change| {
        let why = if manager == Manager::Pip { reasons.pip.get(&name) } else { reasons.conda.get(&name) }.cloned();
        Move { manager, name, before, now: after, why }
    };
    let mut moves: Vec<Move> = diff(&entries(before), &entries(now)).into_iter().map(as_move).collect();
    moves.sort_by(|a, b| (&a.manager, &a.name).cmp(&(&b.manager, &b.name)));
    moves
}

impl Document {
    /// That nothing moves.
    pub(super) fn of_nothing(lock: &Path, notes: Vec<String>) -> Self {
        Self { lock: lock.display().to_string(), moves: Vec::new(), notes, written: Vec::new() }
    }

    pub(super) fn text(&self) -> String {
        let line = |it: &Move| {
            let pip = if it.manager == Manager::Pip { "pip " } else { "" };
            let change = match (&it.before, &it.now) {
                (Some(before), Some(now)) => format!("{before} → {now}"),
                (None, Some(now)) => format!("{now} added"),
                (before, None) => format!("{} removed", before.as_deref().unwrap_or_default()),
            };
            let why = it.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            format!("  {pip}{} {change}{why}\n", it.name)
        };
        let head = match self.moves.len() {
            0 => format!("{}: nothing moves\n", self.lock),
            number => {
                format!("{}: {number} of its packages {}\n", self.lock, if number == 1 { "moves" } else { "move" })
            }
        };
        let notes = self.notes.iter().map(|note| format!("note: {note}\n"));
        let written = self.written.iter().filter(|it| it.changed).map(|it| format!("{} written\n", it.path));
        [head].into_iter().chain(self.moves.iter().map(line)).chain(notes).chain(written).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::testing::small_lock;

    #[test]
    fn moves_are_told_with_their_reasons() {
        let (before, mut now) = (small_lock(), small_lock());
        now.package.remove(1);
        now.package[0].version = "1.3.2".to_owned();
        now.package[0].url = now.package[0].url.replace("1.3.1", "1.3.2");
        now.package[1].url = now.package[1].url.replace("hb9d3cd8_2", "hb9d3cd8_3");
        let mut added = now.package[0].clone();
        added.name = "zz".to_owned();
        now.package.push(added);
        let conda = BTreeMap::from([("libzlib".to_owned(), "asked for".to_owned())]);
        let reasons = Reasons { conda, pip: BTreeMap::new() };
        let document = |moves| Document { lock: "conda-lock.yml".to_owned(), moves, notes: vec![], written: vec![] };
        assert_eq!(
            document(moves(&before, &now, &reasons)).text(),
            "conda-lock.yml: 4 of its packages move\n  libzlib 1.3.1 → 1.3.2: asked for\n  tzdata 2025b removed\n  \
             zlib 1.3.1 hb9d3cd8_2 → 1.3.1 hb9d3cd8_3\n  zz 1.3.2 added\n"
        );
        assert_eq!(document(moves(&before, &before, &reasons)).text(), "conda-lock.yml: nothing moves\n");
    }
}
