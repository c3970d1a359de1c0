//! Where records are listed: the parts of repodata, and shards.

use std::{borrow::Cow, io};

use super::{RawRecord, RecordTableBuilder};
use crate::{
    channel::msgpack::{elements, members, text},
    limits::{RECORD, SHARD_RECORDS},
};

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

impl RecordTableBuilder {
    /// Adds what a shard lists, which is of this name: CEP 16, <https://conda.org/learn/ceps/cep-0016>.
    ///
    /// # Errors
    ///
    /// Where it is no map of maps, or lists more than a name can have.
    pub(crate) fn push_shard(&mut self, shard: &[u8], name: &str, subdir: &str) -> io::Result<()> {
        for member in members(shard, SHARD_RECORDS)? {
            let (key, value) = member?;
            match text(key) {
                Some("packages" | "packages.conda") => self.push_listed(Bucket::Files, value, name, subdir)?,
                Some("v3") => {
                    for member in members(value, SHARD_RECORDS)? {
                        let (key, value) = member?;
                        if let Some(bucket) = text(key).and_then(Bucket::of_revision_3) {
                            self.push_listed(bucket, value, name, subdir)?;
                        }
                    }
                }
                Some("removed") => {
                    for file in elements(value, SHARD_RECORDS)? {
                        if let Some(file) = text(file?) {
                            self.remove(file);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn push_listed(&mut self, bucket: Bucket, records: &[u8], name: &str, subdir: &str) -> io::Result<()> {
        for member in members(records, SHARD_RECORDS)? {
            let (key, value) = member?;
            let Some(key) = text(key) else {
                self.fail(&String::from_utf8_lossy(key), "the name of a file is a text");
                continue;
            };
            let record = RECORD.check(value.len()).map_err(|error| error.to_string());
            match record.and_then(|()| rmp_serde::from_slice::<RawRecord>(value).map_err(|error| error.to_string())) {
                // A shard may have records of other names, which have shards of their own.
                Ok(record) if record.normalized_name() != name => {}
                Ok(record) => self.push(bucket, key, subdir, &record),
                Err(why) => self.fail(&bucket.file(key), &why),
            }
        }
        Ok(())
    }
}
