//! Cutting up repodata: one file that holds every record of a subdir becomes an index file of record tables by name.
//!
//! The file is read once, as it arrives. Nothing of its JSON is kept, and no more of it is in memory than a few pieces.
//! For what it holds see CEP 36, <https://conda.org/learn/ceps/cep-0036>.

mod json;

use std::{
    io::{self, BufRead, BufReader, Read},
    iter,
    sync::mpsc::{SyncSender, sync_channel},
    thread,
};

use foldhash::fast::FixedState;
use hashbrown::{HashMap, hash_map::EntryRef};
use rattler_conda_types::Subdir;
use rayon::{
    iter::{IntoParallelIterator as _, ParallelIterator as _},
    slice::ParallelSliceMut as _,
};
use thiserror::Error;

use self::json::{Json, Piece};
use super::{
    cache::Cache,
    info::{SubdirInfo, is_unknown_revision},
    made::{RepodataForm, RepodataSource},
    record_table::{Bucket, RecordTableBuilder},
    store::Store,
};
use crate::limits::{NAMES, RECORDS, REPODATA, WORD};

/// Bytes of a piece: large enough that records seldom lie across the end of one.
const PIECE: usize = 1 << 20;
/// Pieces that wait to be parsed.
const WAITING: usize = 2;
/// Record tables that are finished before the first of them is kept.
const FINISHED: usize = 256;

/// Why repodata can't be cut up.
#[derive(Debug, Error)]
pub(super) enum Trouble {
    /// It isn't repodata; what the parser said.
    #[error("{0}")]
    Garbage(String),
    /// There is less of it than there should be.
    #[error("it ends too early")]
    Short,
    /// It can't be read, or not be decompressed.
    #[error("{0}")]
    Read(io::Error),
}

/// A subdir by name.
#[derive(Debug, Default)]
pub(super) struct Cut {
    info: SubdirInfo,
    names: HashMap<String, RecordTableBuilder, FixedState>,
    /// How many records were read, and files that were removed.
    entries: usize,
}

/// Cuts up the repodata of a subdir, which may be compressed with zstd.
///
/// # Errors
///
/// Fails where it can't be read, and where it isn't repodata. A record that makes no sense is left out, and is a fault
/// of its name alone.
pub(super) fn cut(repodata: impl Read + Send, is_compressed: bool, subdir: &str) -> Result<Cut, Trouble> {
    let (sender, pieces) = sync_channel(WAITING);
    thread::scope(|scope| {
        // Waiting and decompressing are the work of a thread of its own.
        scope.spawn(move || {
            if !is_compressed {
                return deal(REPODATA.within(repodata), PIECE, &sender);
            }
            // What is empty is nothing that zstd packed, and holds nothing all the same.
            let mut repodata = BufReader::new(repodata);
            if repodata.fill_buf().is_ok_and(<[u8]>::is_empty) {
                return;
            }
            match REPODATA.unpacked(repodata, zstd::Decoder::new) {
                Ok(json) => deal(json, PIECE, &sender),
                Err(error) => _ = sender.send(Err(error)),
            }
        });
        Cutter::new(Json::new(pieces), subdir).run()
    })
}

/// Deals out the input in pieces of so many bytes.
fn deal(mut input: impl Read, size: usize, pieces: &SyncSender<Piece>) {
    loop {
        let mut piece = Vec::with_capacity(size);
        let read = input.by_ref().take(size as u64).read_to_end(&mut piece);
        let is_last = piece.is_empty() || read.is_err();
        // Nobody listens any more where what came before is garbage.
        if !piece.is_empty() && pieces.send(Ok(piece)).is_err() {
            return;
        }
        if let Err(error) = read {
            _ = pieces.send(Err(error));
        }
        if is_last {
            return;
        }
    }
}

struct Cutter<'s> {
    json: Json,
    subdir: &'s str,
    cut: Cut,
    key: String,
    /// The name of the record before.
    last: String,
}

impl<'s> Cutter<'s> {
    fn new(json: Json, subdir: &'s str) -> Self {
        Self { json, subdir, cut: Cut::default(), key: String::new(), last: String::new() }
    }

    fn run(mut self) -> Result<Cut, Trouble> {
        let mut is_repodata = false;
        let mut is_first = true;
        // What has no noarch packages may have an empty file there, since a channel without it is none to conda.
        if self.subdir == Subdir::NoArch.as_str() && self.json.is_over()? {
            return Ok(self.cut);
        }
        self.json.expect(b'{')?;
        while self.json.has_another(b'}', is_first)? {
            is_first = false;
            self.json.key(&mut self.key)?;
            match self.key.as_str() {
                "packages" | "packages.conda" => self.records(Bucket::Files)?,
                "v3" => self.revision_3()?,
                "info" => {
                    let said = self.json.value::<SubdirInfo>()?.unwrap_or_default();
                    let found = std::mem::replace(&mut self.cut.info, said).repodata_revisions;
                    for revision in found.keys() {
                        self.cut.info.note_revision(revision);
                    }
                }
                "removed" => self.removed()?,
                key => {
                    is_repodata |= matches!(key, "repodata_version" | "signatures");
                    if is_unknown_revision(key) {
                        is_repodata = true;
                        self.cut.info.note_revision(key);
                    }
                    self.json.skip()?;
                    continue;
                }
            }
            is_repodata = true;
        }
        // CEP 36: every key may be missing, and others count for nothing; but what has others alone is something else.
        if !is_repodata && !is_first {
            return Err(Trouble::Garbage("it is JSON, but has neither `packages` nor `packages.conda`".to_owned()));
        }
        if !self.json.is_over()? {
            return Err(Trouble::Garbage("something comes after its end".to_owned()));
        }
        Ok(self.cut)
    }

    /// Reads what is in the third revision of repodata: sections by kind of archive, of which there may be new ones.
    fn revision_3(&mut self) -> Result<(), Trouble> {
        let mut is_first = true;
        if self.json.takes_null()? {
            return Ok(());
        }
        self.json.expect(b'{')?;
        while self.json.has_another(b'}', is_first)? {
            is_first = false;
            self.json.key(&mut self.key)?;
            match Bucket::of_revision_3(&self.key) {
                Some(bucket) => self.records(bucket)?,
                None => self.json.skip()?,
            }
        }
        Ok(())
    }

    /// Reads a section of records.
    fn records(&mut self, bucket: Bucket) -> Result<(), Trouble> {
        let Self { json, subdir, cut, key, last } = self;
        let mut is_first = true;
        if json.takes_null()? {
            return Ok(());
        }
        json.expect(b'{')?;
        while json.has_another(b'}', is_first)? {
            is_first = false;
            json.key(key)?;
            json.record(|record| {
                match record {
                    Ok(record) => {
                        let name = record.normalized_name();
                        // Files are ordered by name as a rule.
                        if **last != *name {
                            if let Some(builder) = cut.names.get_mut(last.as_str()) {
                                builder.shrink();
                            }
                            last.clear();
                            last.push_str(&name);
                        }
                        cut.entry(&name, |builder| builder.push(bucket, key, subdir, &record))
                    }
                    Err(why) => cut.entry(&name_of(key), |builder| builder.fail(&bucket.file(key), &why)),
                }
            })?;
        }
        Ok(())
    }

    /// Reads the list of the files that the channel has removed. What is no list, and what is no text in it, is passed over.
    fn removed(&mut self) -> Result<(), Trouble> {
        let Self { json, cut, key: file, .. } = self;
        if !json.is_next(b'[')? {
            return json.skip();
        }
        json.expect(b'[')?;
        let mut is_first = true;
        while json.has_another(b']', is_first)? {
            is_first = false;
            if json.is_next(b'"')? {
                json.text(file)?;
                cut.entry(&name_of(file), |builder| builder.remove(file))?;
            } else {
                json.skip()?;
            }
        }
        Ok(())
    }
}

impl Cut {
    /// Adds something to the records of a name. What is too long for a name belongs to no package.
    ///
    /// # Errors
    ///
    /// Where there is more of it than a subdir can have.
    fn entry(&mut self, name: &str, add: impl FnOnce(&mut RecordTableBuilder)) -> Result<(), Trouble> {
        let too_many = |most: usize, what: &str| Err(Trouble::Garbage(format!("it has more than {most} {what}")));
        self.entries += 1;
        if self.entries > RECORDS {
            return too_many(RECORDS, "records");
        }
        if name.len() > WORD {
            return Ok(());
        }
        let is_full = self.names.len() >= NAMES;
        match self.names.entry_ref(name) {
            EntryRef::Occupied(known) => add(known.into_mut()),
            EntryRef::Vacant(_) if is_full => return too_many(NAMES, "names of packages"),
            EntryRef::Vacant(new) => add(new.insert(RecordTableBuilder::new(name))),
        }
        Ok(())
    }

    /// Puts it into the cache.
    ///
    /// # Errors
    ///
    /// Where the disk is full or broken.
    pub(super) fn keep(mut self, cache: &Cache, of: &str, form: RepodataForm) -> io::Result<Store> {
        let made = RepodataSource::new(of, std::mem::take(&mut self.info), form);
        Store::keep(cache, made, self.blocks())
    }

    /// The record tables, in the order of the names. So many are finished at a time as keep all processors busy.
    pub(super) fn blocks(self) -> impl Iterator<Item = (String, Vec<u8>)> {
        let mut names: Vec<_> = self.names.into_iter().collect();
        names.par_sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let mut names = names.into_iter();
        let some = move || {
            let some: Vec<_> = names.by_ref().take(FINISHED).collect();
            let finished = some.into_par_iter().filter_map(|(name, builder)| Some((name, builder.finish()?)));
            let finished: Vec<_> = finished.collect();
            (!finished.is_empty() || names.len() > 0).then_some(finished)
        };
        iter::from_fn(some).flatten()
    }
}

/// The normalised name of the package in a file, which is called `name-version-build` and an ending.
fn name_of(file: &str) -> String {
    file.rsplitn(3, '-').nth(2).unwrap_or(file).to_ascii_lowercase()
}

#[cfg(test)]
mod tests;
