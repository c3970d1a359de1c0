//! Blocks: the records of one name in one subdir of a channel, as bytes that are read in place.
//!
//! Everything that comes from a channel, be it one big file or shards, is turned into record tables, and everything
//! that needs records reads them there. A record table holds each text and each list of dependencies once, so it is a
//! fraction of the JSON it was made of, and nothing is parsed or copied to look at a record.
//!
//! The layout, all numbers little-endian, without padding:
//!
//! ```text
//! Head                     how many there are of what follows
//! RawRow   × rows          ordered by version, its spelling, build number, build string and file name
//! Addition × additions     what few records have, ordered by row
//! u32      × lists         where each list ends among the items; list 0 is empty
//! u32      × items         the texts of the lists
//! u32      × texts         where each text ends among the bytes; text 0 is empty, text 1 the package's name
//! UTF-8    × bytes
//! ```

#![allow(
    clippy::indexing_slicing,
    reason = "a record table is opened only if all of its numbers lead somewhere: `is_sound`"
)]

mod build;
mod pool;
mod raw;
mod record;
mod row;
mod shard;
#[cfg(test)]
mod tests;

use std::{fmt, ops::Range, str::FromStr};

use bytes::Bytes;
use rattler_conda_types::{Version, VersionWithSource};
use zerocopy::{
    FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned,
    little_endian::{I64, U32, U64},
};

pub(super) use build::RecordTableBuilder;
pub(super) use raw::{Extra, Hash, RawRecord};
pub use row::Row;
pub(super) use shard::Bucket;

/// How many of everything.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct TableHead {
    rows: U32,
    additions: U32,
    lists: U32,
    items: U32,
    texts: U32,
    bytes: U32,
    /// The text that says which record is left out, and why; the first of them, 0 where none is.
    fault: U32,
    /// How many records are left out since they make no sense.
    faults: U32,
    /// A list of the wheels of this name, which are no candidates: of each the fields of [`WheelRow`], each as a text.
    wheels: U32,
}

/// A record. Texts and lists are given by their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct RawRow {
    version: U32,
    build: U32,
    /// The file name where it has upper case in the name, else 0.
    file: U32,
    /// The fields that nothing looks at before a record is chosen, as JSON; see [`Extra`].
    extra: U32,
    depends: U32,
    constrains: U32,
    track_features: U32,
    flags: u8,
    build_number: U64,
    /// The time that counts, in milliseconds since 1970, or [`NO_TIME`]: when its server first listed it, else when it was
    /// built.
    timestamp: I64,
    /// Bytes of the archive, or [`NO_SIZE`].
    size: U64,
    md5: [u8; 16],
    sha256: [u8; 32],
}

/// What only records have that were made for the third revision of repodata, or indexed by a server that tells when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct RawAddition {
    /// The index of the record.
    row: U32,
    /// A list of pairs: the name of a group, and a match spec of it. Of an empty group the spec is empty.
    extra_depends: U32,
    /// A list.
    flags: U32,
    /// When it was built, in milliseconds since 1970, or [`NO_TIME`].
    built: I64,
    /// When its server first listed it, in the same way.
    indexed: I64,
}

const NO_TIME: i64 = i64::MIN;
const NO_SIZE: u64 = u64::MAX;

/// The archive is a `.conda`, else a `.tar.bz2`.
const CONDA: u8 = 1;
const HAS_MD5: u8 = 2;
const HAS_SHA256: u8 = 4;
/// There is an addition to the row.
const HAS_ADDITION: u8 = 8;
/// The record is of the third revision.
const REVISION_3: u8 = 16;

/// The records of one name in one subdir of a channel.
#[derive(Clone)]
pub struct RecordTable {
    bytes: Bytes,
}

impl fmt::Debug for RecordTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows();
        write!(f, "Block({}, {} records)", rows.name(), rows.len())
    }
}

impl RecordTable {
    /// Takes bytes for a record table; `None` where they aren't one.
    pub(super) fn open(bytes: Bytes) -> Option<Self> {
        Rows::over(&bytes)?.is_sound().then_some(Self { bytes })
    }

    /// The records. What this costs is small, but not nothing: call it once for all of them.
    #[must_use]
    pub fn rows(&self) -> Rows<'_> {
        Rows::over(&self.bytes).unwrap_or_default()
    }
}

/// A wheel in a record table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WheelRow<'a> {
    /// Its version as it is written.
    pub version: &'a str,
    /// Where it is, relative to the packages.
    pub url: &'a str,
    /// Its SHA-256 in hexadecimal digits, or nothing.
    pub sha256: &'a str,
    /// Since when it has been there, in milliseconds since 1970, or nothing.
    pub time: &'a str,
    /// What it needs of conda's packages: a match spec on each line.
    pub depends: &'a str,
}

/// The records of a record table, to be looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rows<'a> {
    fault: u32,
    faults: u32,
    wheels: u32,
    raw: &'a [RawRow],
    additions: &'a [RawAddition],
    lists: &'a [U32],
    items: &'a [U32],
    texts: &'a [U32],
    bytes: &'a str,
}

impl<'a> Rows<'a> {
    fn over(bytes: &'a [u8]) -> Option<Self> {
        let (head, rest) = TableHead::ref_from_prefix(bytes).ok()?;
        let (raw, rest) = <[RawRow]>::ref_from_prefix_with_elems(rest, head.rows.get() as usize).ok()?;
        let (additions, rest) =
            <[RawAddition]>::ref_from_prefix_with_elems(rest, head.additions.get() as usize).ok()?;
        let (lists, rest) = <[U32]>::ref_from_prefix_with_elems(rest, head.lists.get() as usize).ok()?;
        let (items, rest) = <[U32]>::ref_from_prefix_with_elems(rest, head.items.get() as usize).ok()?;
        let (texts, rest) = <[U32]>::ref_from_prefix_with_elems(rest, head.texts.get() as usize).ok()?;
        let bytes = rest.get(..head.bytes.get() as usize).and_then(|bytes| std::str::from_utf8(bytes).ok())?;
        let (fault, faults, wheels) = (head.fault.get(), head.faults.get(), head.wheels.get());
        Some(Self { fault, faults, wheels, raw, additions, lists, items, texts, bytes })
    }

    /// Whether every number leads somewhere.
    fn is_sound(&self) -> bool {
        let ascending =
            |ends: &[U32], most: usize| ends.is_sorted() && ends.last().is_none_or(|last| last.get() as usize <= most);
        let is_text = |id: U32| (id.get() as usize) < self.texts.len();
        let is_list = |id: U32| (id.get() as usize) < self.lists.len();
        self.texts.len() >= 2
            && ascending(self.texts, self.bytes.len())
            && self.texts.iter().all(|end| self.bytes.is_char_boundary(end.get() as usize))
            && ascending(self.lists, self.items.len())
            && self.items.iter().all(|&id| is_text(id))
            && is_text(self.fault.into())
            && is_list(self.wheels.into())
            && self.raw.iter().all(|row| {
                [row.version, row.build, row.file, row.extra].into_iter().all(is_text)
                    && [row.depends, row.constrains, row.track_features].into_iter().all(is_list)
            })
            && self.additions.iter().all(|it| is_list(it.extra_depends) && is_list(it.flags))
    }

    /// The package's name, normalised.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.text(1)
    }

    /// How many records of this name are left out since they make no sense, and the file of the first with the reason.
    pub(super) fn fault(&self) -> Option<(u32, &'a str)> {
        (self.fault != 0).then(|| (self.faults, self.text(self.fault)))
    }

    /// The wheels of this name, which are no candidates, ascending by version.
    pub fn wheels(&self) -> impl Iterator<Item = WheelRow<'a>> + use<'a> {
        let (rows, mut texts) = (*self, self.list(self.wheels));
        let mut next = move || Some(rows.text(texts.next()?));
        std::iter::from_fn(move || {
            Some(WheelRow { version: next()?, url: next()?, sha256: next()?, time: next()?, depends: next()? })
        })
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// The record at an index below [`len`](Self::len).
    ///
    /// # Panics
    ///
    /// Where there is no such record.
    #[must_use]
    pub fn row(&self, index: usize) -> Row<'a> {
        Row { rows: *self, raw: &self.raw[index], index }
    }

    /// All records, ordered by version, its spelling (`1.0` before `1.0.0`), build number, build string and file name.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Row<'a>> + ExactSizeIterator + use<'a> {
        let rows = *self;
        rows.raw.iter().enumerate().map(move |(index, raw)| Row { rows, raw, index })
    }

    /// The distinct versions as they are written, ascending, each with the indices of its records.
    pub fn versions(&self) -> impl Iterator<Item = (&'a str, Range<usize>)> + use<'a> {
        let rows = *self;
        let mut start = 0;
        rows.raw.chunk_by(|a, b| a.version == b.version).map(move |run| {
            let range = start..start + run.len();
            start = range.end;
            (rows.text(run[0].version.get()), range)
        })
    }

    /// The records of a version. Where it is there to the letter, other spellings of it (`1.0` for `1.0.0`) aren't
    /// looked for.
    #[must_use]
    pub fn of_version(&self, wanted: &VersionWithSource) -> Vec<Row<'a>> {
        let is_wanted = |text: &str| Version::from_str(text).is_ok_and(|version| version == *wanted.version());
        let to_the_letter = self.versions().find(|(text, _)| *text == wanted.as_str());
        let found = to_the_letter.or_else(|| self.versions().find(|(text, _)| is_wanted(text)));
        found.into_iter().flat_map(|(_, range)| range).map(|index| self.row(index)).collect()
    }

    /// How many texts there are: their numbers are below this.
    #[must_use]
    pub fn texts(&self) -> usize {
        self.texts.len()
    }

    /// The text of a number.
    #[must_use]
    pub fn text(&self, id: u32) -> &'a str {
        let (start, end) = span(self.texts, id);
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// How many lists there are: their numbers are below this.
    #[must_use]
    pub fn lists(&self) -> usize {
        self.lists.len()
    }

    /// The texts of a list, by number.
    #[must_use]
    pub fn list(&self, id: u32) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        let (start, end) = span(self.lists, id);
        self.items.get(start..end).unwrap_or_default().iter().map(|text| text.get())
    }
}

/// Where something begins and ends, of which the ends are listed.
fn span(ends: &[U32], id: u32) -> (usize, usize) {
    let end = |index: u32| ends.get(index as usize).map_or(0, |end| end.get() as usize);
    (id.checked_sub(1).map_or(0, end), end(id))
}
