//! What moved and what went: data of the lock, from which the comments at its head are printed.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Manager, Requested};

/// What became of something that the environment file asks for, where that isn't what it asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LockedOutcome {
    /// Whose it is.
    pub manager: Manager,
    /// The package, in its normalised form; empty where a line of a pip section names none.
    pub name: String,
    /// What was asked for: the version of a conda package, or the whole line of a pip section.
    pub asked: String,
    /// What became of it.
    pub fate: LockedFate,
    /// Why, in a sentence without a stop.
    pub why: String,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockedFate {
    /// Another version is installed: this one.
    MovedTo(String),
    /// Nothing is.
    Gone,
    /// It isn't for pip to install.
    NotByPip,
    /// It is there, but pip installs it, under this name: a wheel of a channel.
    ByPip(String),
}

impl fmt::Display for LockedOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.manager {
            Manager::Conda => write!(f, "{} {} ", self.name, self.asked)?,
            Manager::Pip => write!(f, "pip's {} ", self.asked)?,
        }
        match &self.fate {
            LockedFate::MovedTo(version) => write!(f, "moved to {version}")?,
            LockedFate::Gone => f.write_str("is gone")?,
            LockedFate::NotByPip => f.write_str("is not installed by pip")?,
            LockedFate::ByPip(name) if *name == self.name => f.write_str("is installed by pip")?,
            LockedFate::ByPip(name) => write!(f, "is installed by pip as {name}")?,
        }
        write!(f, ": {}", self.why)
    }
}

impl LockedOutcome {
    /// Reads what [`LockedOutcome`]'s `Display` writes: in locks of version 1 that stands in comments only.
    fn of_note(note: &str) -> Option<Self> {
        let (manager, rest) = match note.strip_prefix("pip's ") {
            Some(rest) => (Manager::Pip, rest),
            None => (Manager::Conda, note),
        };
        let fates = [" moved to ", " is gone: ", " is not installed by pip: "];
        let (at, words) = fates.iter().filter_map(|words| Some((rest.find(words)?, *words))).min()?;
        let (asked, after) = (rest.get(..at)?, rest.get(at + words.len()..)?);
        let (fate, why) = match words {
            " moved to " => {
                after.split_once(": ").map(|(version, why)| (LockedFate::MovedTo(version.to_owned()), why))?
            }
            " is gone: " => (LockedFate::Gone, after),
            _ => (LockedFate::NotByPip, after),
        };
        let (name, asked) = match manager {
            Manager::Conda => asked.split_once(' ').map(|(name, asked)| (name.to_owned(), asked))?,
            Manager::Pip => (Requested::pip(asked).name().to_owned(), asked),
        };
        Some(Self { manager, name, asked: asked.to_owned(), fate, why: why.to_owned() })
    }
}

/// The outcomes in the comments at the head of a lock of version 1.
pub(super) fn outcomes_of_version_1(text: &str) -> Vec<LockedOutcome> {
    let head = text.lines().map_while(|line| line.strip_prefix('#'));
    head.filter_map(|line| LockedOutcome::of_note(line.trim_start())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::{parse, testing::small_lock, to_yaml};

    fn outcome(manager: Manager, name: &str, asked: &str, fate: LockedFate, why: &str) -> LockedOutcome {
        LockedOutcome { manager, name: name.to_owned(), asked: asked.to_owned(), fate, why: why.to_owned() }
    }

    fn some() -> Vec<LockedOutcome> {
        let moved = |version: &str| LockedFate::MovedTo(version.to_owned());
        vec![
            outcome(Manager::Conda, "numpy", "1.15.4", moved("1.15.3"), "no channel has it: none"),
            outcome(Manager::Conda, "appnope", "any version", LockedFate::Gone, "only built for macOS"),
            outcome(Manager::Pip, "a-b", "A_b==1", LockedFate::NotByPip, "no"),
            outcome(Manager::Pip, "b", "b==1 ; x is gone", moved("2"), "c needs it"),
            outcome(Manager::Conda, "idna", ">=3", LockedFate::ByPip("idna".to_owned()), "as a wheel"),
        ]
    }

    #[test]
    fn comments_are_printed_from_them() {
        let mut lock = small_lock();
        lock.set_outcomes(&some()[..3]);
        let text = to_yaml(&lock);
        let notes: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).skip(4).collect();
        let expected = [
            "# numpy 1.15.4 moved to 1.15.3: no channel has it: none",
            "# appnope any version is gone: only built for macOS",
            "# pip's A_b==1 is not installed by pip: no",
        ];
        assert_eq!(notes, expected);
    }

    #[test]
    fn a_wheel_is_told_by_its_name_where_that_is_another() {
        let told = |name: &str| {
            outcome(Manager::Conda, "pytorch", "2.1", LockedFate::ByPip(name.to_owned()), "so").to_string()
        };
        assert_eq!(told("torch"), "pytorch 2.1 is installed by pip as torch: so");
        assert_eq!(told("pytorch"), "pytorch 2.1 is installed by pip: so");
    }

    #[test]
    fn they_are_read_without_the_comments() {
        let mut lock = small_lock();
        lock.set_outcomes(&some());
        let text: String = to_yaml(&lock).split_inclusive('\n').filter(|line| !line.starts_with('#')).collect();
        let read = parse("conda-lock.yml", &text).unwrap();
        assert_eq!(read.outcomes(), some());
        assert_eq!(read.edited(&text).unwrap(), [""; 0]);
    }

    #[test]
    fn those_of_version_1_stand_in_comments() {
        let head = some()[..3].iter().map(|it| format!("# {it}")).collect::<Vec<_>>().join("\n") + "\n";
        let text = to_yaml(&small_lock()).replace("envlock_lock_version: '2'", "envlock_lock_version: '1'");
        let lock = parse("conda-lock.yml", &(head + "#\n" + &text)).unwrap();
        assert_eq!(lock.outcomes(), some()[..3]);
    }

    #[test]
    fn what_is_edited_is_told_and_other_words_for_a_reason_are_the_same() {
        let mut lock = small_lock();
        lock.set_outcomes(&some());
        let mut other = lock.clone();
        let mut reworded = some();
        reworded[0].why = "for another reason".to_owned();
        other.set_outcomes(&reworded);
        assert!(lock.says_the_same(&other) && !lock.says_the_same(&small_lock()));
        other.set_outcomes(&[]);
        assert_eq!(other, small_lock());
        let text = to_yaml(&lock).replace("\"gone\"", "{\"moved_to\":\"9\"}");
        let edited = parse("conda-lock.yml", &text).unwrap().edited(&text).unwrap();
        assert_eq!(edited, ["what moved or went was"]);
    }
}
