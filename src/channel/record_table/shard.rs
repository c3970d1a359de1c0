//! Where records are listed: the parts of repodata, and shards.

use std::borrow::Cow;

use serde::{Deserialize as _, de::IgnoredAny};

use super::RawRecord;

/// A part of repodata that lists records.
///
/// Older repodata lists them by file name. Its third revision lists them by kind of archive, and within that by the file
/// name without its ending: CEP 48, <https://conda.org/learn/ceps/cep-0048>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bucket {
    /// `packages` and `packages.conda`.
    Files,
    /// `conda` of the third revision.
    Conda,
    /// `tar.bz2` of the third revision.
    TarBz2,
    /// `whl` of the third revision: wheels.
    Wheels,
}

impl Bucket {
    /// The part of the third revision that is called so; `None` for those that came later.
    pub(crate) fn of_revision_3(key: &str) -> Option<Self> {
        match key {
            "conda" => Some(Self::Conda),
            "tar.bz2" => Some(Self::TarBz2),
            "whl" => Some(Self::Wheels),
            _ => None,
        }
    }

    /// The file name of what is listed under a key.
    pub(crate) fn file(self, key: &str) -> Cow<'_, str> {
        match self {
            Self::Files => Cow::Borrowed(key),
            Self::Conda => Cow::Owned(format!("{key}.conda")),
            Self::TarBz2 => Cow::Owned(format!("{key}.tar.bz2")),
            Self::Wheels => Cow::Owned(format!("{key}.whl")),
        }
    }
}

/// A record of a shard with where and as what it is listed; of one that makes no sense the reason.
pub(crate) type Listed<'a> = (Bucket, &'a str, Result<RawRecord<'a>, String>);

/// A shard: the records of a name. See CEP 16, <https://conda.org/learn/ceps/cep-0016>.
#[derive(Debug, Default)]
pub(crate) struct RawShard<'a> {
    /// The records.
    pub records: Vec<Listed<'a>>,
    /// The files that the channel has removed.
    pub removed: Vec<&'a str>,
}

impl<'a> RawShard<'a> {
    /// Reads MessagePack.
    ///
    /// # Errors
    ///
    /// Where it is no map of maps.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, rmp_serde::decode::Error> {
        let mut shard = Self::default();
        for (key, value) in members(bytes)? {
            match key {
                "packages" | "packages.conda" => shard.list(Bucket::Files, value)?,
                "v3" => {
                    for (key, value) in members(value)? {
                        if let Some(bucket) = Bucket::of_revision_3(key) {
                            shard.list(bucket, value)?;
                        }
                    }
                }
                "removed" => shard.removed = rmp_serde::from_slice::<Option<_>>(value)?.unwrap_or_default(),
                _ => {}
            }
        }
        Ok(shard)
    }

    fn list(&mut self, bucket: Bucket, bytes: &'a [u8]) -> Result<(), rmp_serde::decode::Error> {
        let record = |(key, value)| (bucket, key, rmp_serde::from_slice(value).map_err(|it| it.to_string()));
        self.records.extend(members(bytes)?.into_iter().map(record));
        Ok(())
    }
}

/// The members of a map in MessagePack, the values as they are written. Nil has none.
fn members(bytes: &[u8]) -> Result<Vec<(&str, &[u8])>, rmp_serde::decode::Error> {
    if bytes.first() == Some(&rmp::Marker::Null.to_u8()) {
        return Ok(Vec::new());
    }
    let mut rest = bytes;
    let count = rmp::decode::read_map_len(&mut rest)?;
    let member = |_| Ok((rmp_serde::from_slice(value(&mut rest)?)?, value(&mut rest)?));
    (0..count).map(member).collect()
}

/// Takes the value that MessagePack begins with.
fn value<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], rmp_serde::decode::Error> {
    let all = *rest;
    IgnoredAny::deserialize(&mut rmp_serde::Deserializer::new(&mut *rest))?;
    Ok(all.get(..all.len() - rest.len()).unwrap_or_default())
}
