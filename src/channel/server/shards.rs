//! Shards: a file for each name, and an index of them.
//!
//! The format is that of CEP 16, <https://conda.org/learn/ceps/cep-0016>.

use std::{collections::BTreeMap, error::Error, io};

use reqwest::StatusCode;
use sha2::{Digest, Sha256};

use super::{Remote, Spot};
use crate::{
    channel::{
        ChannelError,
        explain::refused,
        info::SubdirInfo,
        made::{MadeOfShard, RepodataForm, RepodataSource, Validators},
        msgpack::{members, text},
        place::{led_below, shown},
        record_table::{Hash, RecordTable, RecordTableBuilder},
        store::{Lookup, ShardHash, Store, of_shard},
    },
    limits::{NAMES, SHARD, SHARD_INDEX},
};

/// The file name of the index.
pub(in crate::channel) const INDEX: &str = "repodata_shards.msgpack.zst";

struct Index<'a> {
    info: SubdirInfo,
    /// The names with the hashes of their shards; `None` where what stands there is none.
    shards: BTreeMap<&'a str, Option<Hash<32>>>,
}

/// What a server has in the place of an index.
pub(super) enum FoundIndex {
    /// An index.
    Index(Box<Store>),
    /// The index that is known.
    Unchanged,
    /// Nothing, or nothing that it shows; the status of its answer.
    Nothing(StatusCode),
    /// Something else.
    Garbage(ChannelError),
}

/// Fetches the index of a subdir, unless it is the one that is known.
///
/// # Errors
///
/// Fails where there is no answer.
pub(super) async fn fetch_index(
    remote: &Remote,
    spot: &Spot,
    known: Option<&Validators>,
) -> Result<FoundIndex, ChannelError> {
    let _permit = remote.client.permit().await;
    let answer = remote.get_whole(&spot.file(INDEX), known, SHARD_INDEX).await?;
    if answer.status == StatusCode::NOT_MODIFIED {
        return Ok(FoundIndex::Unchanged);
    }
    if !answer.status.is_success() {
        return Ok(FoundIndex::Nothing(answer.status));
    }
    let index = || -> Result<Store, Box<dyn Error + Send + Sync>> {
        let bytes = SHARD_INDEX.unzstd(&answer.body)?;
        let Index { info, shards } = Index::read(&bytes)?;
        let mut info = info.cleaned(spot.url.as_str());
        let shards_base_url = info.shards_base_url.take().unwrap_or_default();
        let form = RepodataForm::Shards { shards_base_url, validators: answer.validators };
        let made = RepodataSource::new(spot.url.as_str(), info, form);
        let parts = shards.iter().map(|(name, hash)| (name, hash.as_ref().map_or(&[][..], |hash| &hash.0)));
        Ok(Store::keep_somewhere(&remote.cache, &made, parts)?)
    };
    Ok(match index() {
        Ok(store) => FoundIndex::Index(Box::new(store)),
        Err(error) => FoundIndex::Garbage(spot.garbage(error.to_string())),
    })
}

impl<'a> Index<'a> {
    /// Reads MessagePack. What is listed under no text is the shard of no name.
    fn read(bytes: &'a [u8]) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let (mut info, mut shards) = (None, None);
        for member in members(bytes, NAMES)? {
            let (key, value) = member?;
            match text(key) {
                Some("info") => info = Some(rmp_serde::from_slice(value)?),
                Some("shards") => {
                    let names = members(value, NAMES)?.filter_map(|member| {
                        let named = |(name, hash)| Some((text(name)?, rmp_serde::from_slice(hash).ok()));
                        member.map(named).transpose()
                    });
                    shards = Some(names.collect::<io::Result<_>>()?);
                }
                _ => {}
            }
        }
        let lacks = |what| format!("it has no `{what}`");
        Ok(Self { info: info.ok_or_else(|| lacks("info"))?, shards: shards.ok_or_else(|| lacks("shards"))? })
    }
}

/// Fetches a shard, and keeps what is made of it, unless another process does so meanwhile. `None` where it has no records.
///
/// # Errors
///
/// Fails where it can't be had, and where it isn't what the index says.
pub(in crate::channel) async fn fetch(
    remote: &Remote,
    spot: &Spot,
    shards_base_url: &str,
    name: &str,
    hash: &ShardHash,
) -> Result<Option<RecordTable>, ChannelError> {
    let hex = const_hex::encode(hash);
    let nowhere = || {
        let said = shown(shards_base_url);
        spot.garbage(format!("it says that its shards are below `{said}`, where none can be"))
    };
    let base = led_below(&spot.url, shards_base_url).ok_or_else(nowhere)?;
    let url = base.join(&format!("{hex}.msgpack.zst")).map_err(|error| spot.garbage(error.to_string()))?;
    // Few wait for turns at once, each with an open file.
    let _permit = remote.client.permit().await;
    let _turn = remote.shard_turn(spot, name).await;
    match of_shard(&remote.cache, spot.url.as_str(), name, hash) {
        Some(Lookup::Records(block)) => return Ok(Some(block)),
        Some(Lookup::Nothing) => return Ok(None),
        Some(Lookup::Shard(_)) | None => {}
    }
    let answer = remote.get_whole(&url, None, SHARD).await?;
    if !answer.status.is_success() {
        return Err(refused(&url, answer.status));
    }
    if Sha256::digest(&answer.body).as_slice() != hash.as_slice() {
        return Err(spot.garbage(format!("the shard of {name} isn't what the index says")));
    }
    let (cache, of, subdir, title) = (remote.cache.clone(), spot.url.to_string(), spot.subdir, name);
    let name = name.to_owned();
    let made = tokio::task::spawn_blocking(move || {
        let block = block(&SHARD.unzstd(&answer.body)?, &name, subdir)?;
        cache.keep_name(&of, &name, &MadeOfShard { sha256: hex }, block.as_deref());
        Ok(block)
    });
    let made: Result<_, Box<dyn Error + Send + Sync>> = made.await?;
    let broken = |error| spot.garbage(format!("the shard of {title}: {error}"));
    Ok(made.map_err(broken)?.and_then(|block| RecordTable::open(block.into())))
}

/// Turns a shard, decompressed, into a record table; `None` where it has no records of the name.
pub(in crate::channel) fn block(shard: &[u8], name: &str, subdir: &str) -> io::Result<Option<Vec<u8>>> {
    let mut block = RecordTableBuilder::new(name);
    block.push_shard(shard, name, subdir)?;
    Ok(block.finish())
}
