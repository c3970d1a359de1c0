//! A subdir of a channel, to look up names in.

use std::io;

use super::{
    ChannelError,
    cache::Cache,
    index_file::{Damaged, IndexFile},
    info::SubdirInfo,
    made::{MadeOfShard, RepodataForm, RepodataSource},
    record_table::{RecordTable, RecordTableBuilder},
    server::SHARD_INDEX_FILE,
};

/// The SHA-256 of a shard.
pub(super) type ShardHash = [u8; 32];

/// A subdir that is at hand, or at least known.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pack: IndexFile,
    /// What it was made from.
    pub made: RepodataSource,
}

/// What a subdir has of a name.
#[derive(Debug)]
pub(super) enum Lookup {
    /// No records.
    Nothing,
    /// These records.
    Records(RecordTable),
    /// A shard that isn't at hand.
    Shard(ShardHash),
}

impl Store {
    /// A subdir from its index file; `None` where it isn't a subdir's.
    pub(super) fn new(pack: IndexFile) -> Option<Self> {
        let made = pack.made()?;
        Some(Self { pack, made })
    }

    /// Puts a subdir into the cache, part by part in the order of the names.
    ///
    /// # Errors
    ///
    /// Where the disk is full or broken.
    pub(super) fn keep(
        cache: &Cache,
        made: RepodataSource,
        parts: impl Iterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)>,
    ) -> io::Result<Self> {
        let pack = cache.keep_subdir(&made.of, &made, parts)?;
        Ok(Self { pack, made })
    }

    /// Puts a subdir into the cache, or keeps it in memory where that can't be done.
    pub(super) fn keep_somewhere(
        cache: &Cache,
        made: &RepodataSource,
        parts: impl Iterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)> + Clone,
    ) -> io::Result<Self> {
        Self::keep(cache, made.clone(), parts.clone()).or_else(|_| Self::keep(&Cache::none(), made.clone(), parts))
    }

    /// A subdir that isn't there.
    pub(super) fn missing(cache: &Cache, of: &str) -> Result<Self, ChannelError> {
        let made = RepodataSource::new(of, SubdirInfo::default(), RepodataForm::Missing);
        let nothing: [(&str, &[u8]); 0] = [];
        Self::keep_somewhere(cache, &made, nothing.into_iter())
            .map_err(|reason| ChannelError::Files { what: format!("`{of}` can't be kept"), reason })
    }

    /// Whether nothing is listed in it.
    pub(super) fn is_empty(&self) -> bool {
        self.pack.is_empty()
    }

    /// Whether there is no such subdir.
    pub(super) fn is_missing(&self) -> bool {
        self.made.form == RepodataForm::Missing
    }

    /// Whether there are records of a name.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.pack.holds(name)
    }

    /// Looks for a name.
    ///
    /// # Errors
    ///
    /// Where the index file is damaged.
    pub(super) fn find(&self, cache: &Cache, name: &str) -> Result<Lookup, Damaged> {
        let Some(part) = self.pack.get(name)? else { return Ok(Lookup::Nothing) };
        if !matches!(self.made.form, RepodataForm::Shards { .. }) {
            return RecordTable::open(part).map(Lookup::Records).ok_or(Damaged);
        }
        if part.is_empty() {
            return Ok(without_hash(name));
        }
        let hash = ShardHash::try_from(&*part).map_err(|_| Damaged)?;
        Ok(of_shard(cache, &self.made.of, name, &hash).unwrap_or(Lookup::Shard(hash)))
    }

    /// Whether another state of the same subdir has the same of a name.
    pub(super) fn agrees(&self, other: &Self, name: &str) -> bool {
        matches!((self.pack.get(name), other.pack.get(name)), (Ok(one), Ok(two)) if one == two)
    }
}

/// What there is to say of a name of which the index of shards gives no hash.
fn without_hash(name: &str) -> Lookup {
    let mut block = RecordTableBuilder::new(name);
    block.fail(SHARD_INDEX_FILE, "the hash of the shard isn't there, or is none");
    block.finish().and_then(|bytes| RecordTable::open(bytes.into())).map_or(Lookup::Nothing, Lookup::Records)
}

/// What was made of a shard before.
pub(super) fn of_shard(cache: &Cache, subdir: &str, name: &str, hash: &ShardHash) -> Option<Lookup> {
    let pack = cache.name(subdir, name)?;
    if pack.made::<MadeOfShard>()?.sha256 != const_hex::encode(hash) {
        return None;
    }
    match pack.get(name).ok()? {
        Some(part) => RecordTable::open(part).map(Lookup::Records),
        None => Some(Lookup::Nothing),
    }
}
