//! From when on records are too new: the cut-off, and what the channels have gained since the lock was written.

use std::path::Path;

use jiff::Timestamp;
use miette::miette;

use super::again::DateAsked;
use crate::{
    channel::Records,
    intent::{Intent, Kind},
    limits::LOCK,
    lockfile::{self, Input, Lockfile},
    project::{
        as_of::{AsOf, AskedDate},
        files,
        journal::finish,
        plan::is_same,
    },
    report::CutOff,
    solve::{ChannelPriority, Prefer, infer_as_of, newest},
    words::unix_lines,
};

/// The lock that is there already.
#[derive(Clone, Debug)]
pub(super) struct Existing {
    /// Its text.
    pub text: String,
    /// What it says.
    pub lock: Lockfile,
}

impl Existing {
    /// Reads the lock at a path; `None` where there is none that can be read.
    #[must_use]
    pub(super) fn read(path: &Path) -> Option<Self> {
        finish(files::beside(path));
        let text = unix_lines(LOCK.read_text(path).ok()?);
        // What is said of the image and of the date is worth more than nothing, whichever side of a merge says it.
        let text = lockfile::first_side(&text).unwrap_or(text);
        let lock = lockfile::parse(&path.to_string_lossy(), &text).ok()?;
        Some(Self { text, lock })
    }

    /// Leaves the lock of another environment alone.
    ///
    /// # Errors
    ///
    /// Where it was made from another file than this one, and that is still there.
    pub(super) fn refuse_of_another(&self, file: &Path, directory: &Path) -> miette::Result<()> {
        let source = self.lock.sources.first().map(|source| directory.join(source));
        let Some(other) = source.filter(|other| other.is_file() && !is_same(other, file)) else { return Ok(()) };
        let help = format!(
            "give {} a directory of its own with --output-dir, or put its lock in the place of that one with --force",
            file.display()
        );
        Err(miette!(
            code = "output-taken",
            help = help,
            "{} is the lock of {}, and would be lost",
            directory.join(lockfile::FILE_NAME).display(),
            other.display(),
        ))
    }

    /// Whether nothing of it was edited or merged since envlock wrote it.
    pub(super) fn is_as_written(&self) -> bool {
        self.lock.edited(&self.text).is_ok_and(|edited| edited.is_empty())
    }

    /// Whether it was made from the same input, for an image that offers the same, with the same rules.
    fn is_of(&self, asked: &AskedFor) -> bool {
        self.lock.input().is_ok_and(|it| asked.input.clone().in_terms_of(&it) == it)
            && self.lock.virtual_packages().is_ok_and(|it| it.join(" ") == asked.virtual_packages)
            && (self.lock.choices().priority, self.lock.choices().prefer) == (asked.priority, asked.prefer)
    }
}

/// What is asked for, apart from the date.
#[derive(Clone, Copy, Debug)]
pub(super) struct AskedFor<'a> {
    /// What the environment file asks for.
    pub input: &'a Input,
    /// What the image offers.
    pub virtual_packages: &'a str,
    /// How the channels count against each other.
    pub priority: ChannelPriority,
    /// What comes first where not everything can be had.
    pub prefer: Prefer,
}

/// From when on records are too new.
#[derive(Clone, Debug, Default)]
pub(super) struct Times {
    /// Records built later are taken only where nothing older serves.
    pub as_of: Option<CutOff>,
    /// Records built later don't exist.
    pub horizon: Option<Timestamp>,
    /// Whether they are those of the lock that is there, which was made from the same.
    pub same: bool,
    /// The earlier cut-off of the lock that is there, which was made from the same, where the one here moves with the
    /// channels. Where what they gained since makes no difference, the lock stays as it is.
    pub earlier: Option<Timestamp>,
}

/// Settles the times.
///
/// Where a lock of the same input is there, they are its own, so that it stays as it is when the channels gain packages.
/// Otherwise the cut-off is the one given, now or for the lock; for a file written by hand that of the lock; else it is
/// inferred.
#[must_use]
pub(super) fn times(
    said: DateAsked,
    existing: Option<&Existing>,
    asked: &AskedFor,
    intent: &Intent,
    records: &Records,
) -> Times {
    let cut_off = |at: Timestamp, inferred| CutOff { date: AsOf::Date(at).to_string(), at, inferred };
    let existing = existing.filter(|it| !(said.is_forgotten && it.lock.choices().as_of_given));
    let same = existing.filter(|it| it.is_of(asked)).map(|it| &it.lock);
    let of_same = same.and_then(|lock| lock.as_of().ok());
    if let Some(wanted) = said.given {
        let given = wanted.settle(|| newest(records));
        let is_same = given != AsOf::Latest && of_same == Some(given.timestamp());
        let moves = matches!(wanted, AskedDate::Before(_)) && same.is_some_and(|lock| lock.choices().as_of_given);
        return Times {
            as_of: given.timestamp().map(|at| cut_off(at, false)),
            horizon: same.filter(|_| is_same).and_then(Lockfile::horizon),
            same: is_same,
            earlier: of_same.flatten().filter(|earlier| moves && given.timestamp().is_some_and(|at| *earlier < at)),
        };
    }
    if let (Some(lock), Some(as_of)) = (same, of_same) {
        return Times {
            as_of: as_of.map(|at| cut_off(at, said.kept.is_none())),
            horizon: lock.horizon(),
            same: true,
            earlier: None,
        };
    }
    if let Some(kept) = said.kept {
        return Times {
            as_of: kept.timestamp().map(|at| cut_off(at, false)),
            horizon: None,
            same: false,
            earlier: None,
        };
    }
    let locked = || existing.filter(|_| intent.kind == Kind::HandWritten).and_then(|it| it.lock.as_of().ok()?);
    let as_of = locked().or_else(|| infer_as_of(intent, records)).map(|at| cut_off(at, true));
    Times { as_of, horizon: None, same: false, earlier: None }
}
