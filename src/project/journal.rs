//! Files that belong together take their places together: what a run that was killed has begun, the next one ends.
//!
//! Before the first file takes its place, a *journal* beside them says which are to follow; after the last one it goes. Who
//! finds one ends what it says. It names files of its own directory alone, so that a journal that comes with a
//! repository from elsewhere can do nothing to any other.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::ours::is_written_by_us;
use crate::{limits::INPUT, temporary::TemporaryFile};

/// What the names of files begin with that have no place yet.
pub(super) const UNPLACED: &str = ".envlock-";
/// The name of the journal.
const JOURNAL: &str = ".envlock-journal.json";
/// How many characters make the name of a temporary file its own.
const RANDOM: usize = 6;

/// What is to be done in a directory, by names in it.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Journal {
    /// Temporary files, and the name that each is to get.
    pub names: Vec<(String, String)>,
    /// Files that are to go.
    pub leaving: Vec<String>,
}

/// The turn of this process to write into a directory: others wait until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    /// The directory, locked; `None` where that can't be done.
    _directory: Option<File>,
}

impl Turn {
    /// Waits for others that write into the directory, ends what a killed one has begun, and removes what it left.
    pub(super) fn take(directory: &Path) -> Self {
        // Not every system has locks on directories; then two at once have to be kept apart by who starts them.
        let turn = File::open(directory).and_then(|directory| directory.lock().map(|()| directory)).ok();
        // What can't be ended or removed shows where it is needed.
        _ = end(directory);
        if turn.is_some() {
            remove_left(directory);
        }
        Self { _directory: turn }
    }
}

/// Ends what a run that was killed has begun in a directory, if there is such a thing.
pub(crate) fn finish(directory: &Path) {
    if directory.join(JOURNAL).exists() {
        drop(Turn::take(directory));
    }
}

impl Journal {
    /// Writes it, does what has to be done at once, and removes it, whatever came of it.
    ///
    /// # Errors
    ///
    /// Where it can't be written; then nothing is done.
    pub(super) fn around<T>(&self, directory: &Path, work: impl FnOnce() -> T) -> io::Result<T> {
        if self.names.len() + self.leaving.len() < 2 {
            return Ok(work());
        }
        let mut file = TemporaryFile::new(directory, UNPLACED, true)?;
        file.write_all(serde_json::to_string(self)?.as_bytes())?;
        file.persist(&directory.join(JOURNAL)).map_err(|(error, _)| error)?;
        let done = work();
        _ = fs::remove_file(directory.join(JOURNAL));
        Ok(done)
    }
}

fn end(directory: &Path) -> io::Result<()> {
    let path = directory.join(JOURNAL);
    if !path.exists() {
        return Ok(());
    }
    let journal: Journal = serde_json::from_str(&INPUT.read_text(&path)?).unwrap_or_default();
    for (from, to) in journal.names.iter().filter(|(from, to)| is_unplaced(from) && is_name(to)) {
        let from = directory.join(from);
        if fs::symlink_metadata(&from).is_ok_and(|it| it.is_file()) {
            fs::rename(from, directory.join(to))?;
        }
    }
    for name in journal.leaving.iter().filter(|name| is_name(name)) {
        if is_written_by_us(&directory.join(name)) {
            fs::remove_file(directory.join(name))?;
        }
    }
    fs::remove_file(path)
}

fn remove_left(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let is_left = entry.file_name().to_str().is_some_and(is_unplaced);
        if is_left && entry.file_type().is_ok_and(|it| it.is_file()) {
            _ = fs::remove_file(entry.path());
        }
    }
}

fn is_unplaced(name: &str) -> bool {
    let own = name.strip_prefix(UNPLACED);
    own.is_some_and(|own| own.len() == RANDOM && own.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// Whether it is the name of a file in a directory, and no way to another.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', ':', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "# Written by envlock.\n";

    fn begun(journal: &str) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path();
        fs::create_dir(home.join("in")).unwrap();
        for (name, text) in [("in/Dockerfile", "old"), ("in/.envlock-abc123", "new"), ("in/.envlock-zzz999", "left")] {
            fs::write(home.join(name), text).unwrap();
        }
        fs::write(home.join("in/list.txt"), OURS).unwrap();
        fs::write(home.join("outside"), OURS).unwrap();
        fs::write(home.join("in").join(JOURNAL), journal).unwrap();
        directory
    }

    fn names(directory: &Path) -> Vec<String> {
        let names = fs::read_dir(directory).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn what_a_killed_run_began_is_ended_once() {
        let journal = r#"{"names": [[".envlock-gone00", "conda-lock.yml"], [".envlock-abc123", "Dockerfile"]],
                          "leaving": ["list.txt", "not-there"]}"#;
        let home = begun(journal);
        let inner = home.path().join("in");
        finish(&inner);
        assert_eq!(names(&inner), ["Dockerfile"]);
        assert_eq!(fs::read_to_string(inner.join("Dockerfile")).unwrap(), "new");
    }

    #[test]
    fn a_journal_from_elsewhere_reaches_nothing_outside() {
        for journal in [
            r#"{"names": [[".envlock-abc123", "../outside"]], "leaving": ["../outside"]}"#,
            r#"{"names": [["../outside", "Dockerfile"]], "leaving": ["../outside", ".."]}"#,
            r#"{"names": [["list.txt", "Dockerfile"]], "leaving": ["Dockerfile"]}"#,
            "no journal",
        ] {
            let home = begun(journal);
            finish(&home.path().join("in"));
            assert_eq!(fs::read_to_string(home.path().join("outside")).unwrap(), OURS, "{journal}");
            assert_eq!(fs::read_to_string(home.path().join("in/Dockerfile")).unwrap(), "old", "{journal}");
            assert_eq!(names(&home.path().join("in")), ["Dockerfile", "list.txt"], "{journal}");
        }
    }

    #[test]
    fn a_journal_is_there_while_there_is_work() {
        let home = tempfile::tempdir().unwrap();
        let two = Journal { names: vec![(".envlock-abc123".into(), "a".into())], leaving: vec!["b".into()] };
        let seen = two.around(home.path(), || fs::read_to_string(home.path().join(JOURNAL)).unwrap()).unwrap();
        assert_eq!(serde_json::from_str::<Journal>(&seen).unwrap(), two);
        assert!(names(home.path()).is_empty());
    }
}
