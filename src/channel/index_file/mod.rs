//! Packs: files of named parts, of which only those are read that are asked for.
//!
//! Everything in the cache is an index file: the record tables of a subdir by name, the hashes of its shards by name,
//! and the record table of one name that was made of a shard. Opening an index file reads its directory, and looking up
//! a name its part, so what is not reached costs nothing. An index file is written once and never changed: a newer one
//! takes its place.
//!
//! Parts are read and not mapped into memory: the kernel maps neighbours along with each page, which made a warm run
//! four times as large, and the time is the same.
//!
//! The layout, all numbers little-endian, without padding:
//!
//! ```text
//! Head
//! parts                    one after the other
//! Entry    × names         the directory, ordered by name
//! UTF-8    × names_len     the names, one after the other
//! JSON     × made_len      what the index file was made from
//! ```

#[cfg(test)]
mod tests;
mod write;

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use zerocopy::{
    FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned,
    little_endian::{U32, U64},
};

pub(super) use write::PackWriter;

/// What every index file begins with.
const MAGIC: [u8; 8] = *b"envlockP";
/// The version of the layout, of record tables as well as of index files.
const VERSION: u32 = 5;

#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct IndexHead {
    magic: [u8; 8],
    version: U32,
    /// How many parts there are.
    names: U32,
    names_len: U32,
    made_len: U32,
    /// Where the directory begins.
    directory: U64,
    /// CRC-32 of what comes after the parts.
    checksum: U32,
}

#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct NameEntry {
    /// Where the name ends among the names.
    name_end: U32,
    length: U32,
    offset: U64,
    /// CRC-32 of the part.
    checksum: U32,
}

/// An index file that is open.
#[derive(Clone, Debug)]
pub(super) struct IndexFile {
    parts: StoredParts,
    entries: Bytes,
    names: Bytes,
    made: Bytes,
}

/// Where the parts are.
#[derive(Clone, Debug)]
enum StoredParts {
    Memory(Bytes),
    File(Arc<Mutex<File>>),
}

/// A part isn't what was written: the disk is damaged, or something else has written to the cache.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Damaged;

impl IndexFile {
    /// Opens a file; `None` where it is no index file of this version, or the directory is damaged.
    pub(super) fn open(mut file: File) -> Option<Self> {
        let mut head = [0; size_of::<IndexHead>()];
        file.seek(SeekFrom::Start(0)).ok()?;
        file.read_exact(&mut head).ok()?;
        let mut directory = Vec::new();
        file.seek(SeekFrom::Start(IndexHead::of(&head)?.directory.get())).ok()?;
        file.read_to_end(&mut directory).ok()?;
        Self::new(IndexHead::of(&head)?, directory.into(), StoredParts::File(Arc::new(Mutex::new(file))))
    }

    /// Takes bytes for an index file; `None` as above.
    pub(super) fn of_bytes(bytes: Bytes) -> Option<Self> {
        let head = *IndexHead::of(&bytes)?;
        let start = usize::try_from(head.directory.get()).ok().filter(|start| *start <= bytes.len())?;
        Self::new(&head, bytes.slice(start..), StoredParts::Memory(bytes))
    }

    /// The same bytes, with the checksum that they should have.
    #[cfg(any(test, fuzzing))]
    pub(super) fn with_checksum(bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        if let Ok((head, _)) = IndexHead::mut_from_prefix(&mut bytes) {
            let directory = usize::try_from(head.directory.get()).unwrap_or(usize::MAX);
            let checksum = crc32fast::hash(bytes.get(directory..).unwrap_or_default());
            if let Ok((head, _)) = IndexHead::mut_from_prefix(&mut bytes) {
                (head.magic, head.version, head.checksum) = (MAGIC, VERSION.into(), checksum.into());
            }
        }
        bytes
    }

    fn new(head: &IndexHead, directory: Bytes, parts: StoredParts) -> Option<Self> {
        let (entries, names) = (head.names.get() as usize * size_of::<NameEntry>(), head.names_len.get() as usize);
        let is_whole = directory.len() == entries + names + head.made_len.get() as usize
            && crc32fast::hash(&directory) == head.checksum.get();
        let mut made = directory;
        is_whole.then(|| Self { parts, entries: made.split_to(entries), names: made.split_to(names), made })
    }

    /// What it was made from; `None` where that isn't what is expected.
    pub(super) fn made<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.made).ok()
    }

    /// The part of a name; `None` where there is none.
    pub(super) fn get(&self, name: &str) -> Result<Option<Bytes>, Damaged> {
        let Some(entry) = self.find(name) else { return Ok(None) };
        let part = self.parts.read(entry.offset.get(), entry.length.get()).ok_or(Damaged)?;
        if crc32fast::hash(&part) == entry.checksum.get() { Ok(Some(part)) } else { Err(Damaged) }
    }

    /// Whether there are no parts.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether there is a part of this name.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    fn find(&self, name: &str) -> Option<NameEntry> {
        let entries = <[NameEntry]>::ref_from_bytes(&self.entries).ok()?;
        let end = |index: usize| entries.get(index).map_or(0, |entry| entry.name_end.get() as usize);
        let (mut low, mut high) = (0, entries.len());
        while low < high {
            let middle = low.midpoint(high);
            let start = middle.checked_sub(1).map_or(0, end);
            match self.names.get(start..end(middle))?.cmp(name.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return entries.get(middle).copied(),
            }
        }
        None
    }
}

impl IndexHead {
    fn of(bytes: &[u8]) -> Option<&Self> {
        let (head, _) = Self::ref_from_prefix(bytes).ok()?;
        (head.magic == MAGIC && head.version == VERSION).then_some(head)
    }
}

impl StoredParts {
    fn read(&self, offset: u64, length: u32) -> Option<Bytes> {
        match self {
            Self::Memory(bytes) => {
                let start = usize::try_from(offset).ok()?;
                let end = start.checked_add(length as usize).filter(|end| *end <= bytes.len())?;
                Some(bytes.slice(start..end))
            }
            Self::File(file) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(offset)).ok()?;
                let mut part = vec![0; length as usize];
                file.read_exact(&mut part).ok()?;
                Some(part.into())
            }
        }
    }
}
