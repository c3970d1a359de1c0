//! The cache: index files in one directory.
//!
//! ```text
//! repodata/<key>.index file            a subdir: its record tables by name, or the hashes of its shards by name
//! repodata/<key>/<name>.record table    the record table of a name, made of a shard
//! repodata/<key>.lock             whose turn it is to fetch a subdir
//! repodata/.turn-<00 to ff>       whose turn it is to fetch a shard: names with the same number take turns
//! ```
//!
//! A key is made of the URL of a subdir, without credentials, or of its path. Whatever can't be written is kept in
//! memory instead, so that a full disk or a missing permission costs time only.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Cursor, Write as _},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::index_file::{IndexFile, PackWriter};
use crate::temporary::TemporaryFile;

/// What the files begin with that aren't written to the end yet.
const UNFINISHED: &str = ".unfinished-";
/// How old they must be to belong to no process that still runs.
const ABANDONED: Duration = Duration::from_hours(24);
/// Bytes that are written at once.
const BUFFER: usize = 1 << 20;

/// Where index files are kept.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    /// `None` keeps everything in memory.
    directory: Option<PathBuf>,
}

impl Cache {
    /// The cache below this directory, which need not exist.
    pub(super) fn at(directory: &Path) -> Self {
        Self { directory: Some(directory.join("repodata")) }
    }

    /// No cache.
    pub(super) fn none() -> Self {
        Self { directory: None }
    }

    /// The index file of a subdir, given by its URL or path; `None` where there is none that can be used.
    pub(super) fn subdir(&self, of: &str) -> Option<IndexFile> {
        IndexFile::open(File::open(self.subdir_file(of)?).ok()?)
    }

    /// Keeps the index file of a subdir.
    ///
    /// # Errors
    ///
    /// Where the disk is full or broken. Where nothing can be written from the start, the index file is in memory
    /// instead.
    pub(super) fn keep_subdir(
        &self,
        of: &str,
        made: &impl Serialize,
        parts: impl Iterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)>,
    ) -> io::Result<IndexFile> {
        let Some((path, file)) = self.subdir_file(of).and_then(|path| Some((path, self.unfinished()?))) else {
            let bytes = write(Cursor::new(Vec::new()), made, parts)?.into_inner();
            return IndexFile::of_bytes(bytes.into()).ok_or_else(|| io::Error::other("what was written can't be read"));
        };
        self.clean();
        let file = write(BufWriter::with_capacity(BUFFER, file), made, parts)?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        // Where it can't be put in its place, it serves this run alone.
        let file = file.persist(&path).unwrap_or_else(|(_, file)| file);
        IndexFile::open(file).ok_or_else(|| io::Error::other("what was written can't be read"))
    }

    /// Forgets the index file of a subdir.
    pub(super) fn forget_subdir(&self, of: &str) {
        if let Some(file) = self.subdir_file(of) {
            // What can't be removed is replaced, or found to be of no use again.
            _ = fs::remove_file(file);
        }
    }

    /// The index file of a name in a subdir; `None` where there is none that can be used.
    pub(super) fn name(&self, subdir: &str, name: &str) -> Option<IndexFile> {
        IndexFile::of_bytes(fs::read(self.name_file(subdir, name)?).ok()?.into())
    }

    /// Keeps the index file of a name in a subdir, of which there may be no records. Where that can't be done, it
    /// isn't.
    pub(super) fn keep_name(&self, subdir: &str, name: &str, made: &impl Serialize, part: Option<&[u8]>) {
        let Some(path) = self.name_file(subdir, name) else { return };
        let Some(mut file) = self.unfinished() else { return };
        let written = write(Cursor::new(Vec::new()), made, part.into_iter().map(|part| (name, part)))
            .and_then(|pack| file.write_all(pack.get_ref()))
            .and_then(|()| path.parent().map_or(Ok(()), fs::create_dir_all));
        if written.is_ok() {
            _ = file.persist(&path);
        }
    }

    /// The file whose lock says whose turn it is to fetch a subdir.
    pub(super) fn subdir_lock(&self, of: &str) -> Option<PathBuf> {
        Some(self.directory.as_ref()?.join(format!("{}.lock", key(of))))
    }

    /// The file whose lock says whose turn it is to fetch a shard.
    pub(super) fn shard_lock(&self, subdir: &str, name: &str) -> Option<PathBuf> {
        let hash = Sha256::new().chain_update(subdir).chain_update(name).finalize();
        Some(self.directory.as_ref()?.join(format!(".turn-{:02x}", hash.first()?)))
    }

    fn subdir_file(&self, of: &str) -> Option<PathBuf> {
        Some(self.directory.as_ref()?.join(format!("{}.pack", key(of))))
    }

    fn name_file(&self, subdir: &str, name: &str) -> Option<PathBuf> {
        Some(self.directory.as_ref()?.join(key(subdir)).join(format!("{name}.block")))
    }

    /// A new file, which is removed unless it gets a name; `None` where none can be made.
    fn unfinished(&self) -> Option<TemporaryFile> {
        let directory = self.directory.as_ref()?;
        let file = || TemporaryFile::new(directory, UNFINISHED, false);
        file().or_else(|_| fs::create_dir_all(directory).and_then(|()| file())).ok()
    }

    /// Removes what runs left behind that were killed.
    fn clean(&self) {
        let entries = self.directory.as_ref().and_then(|directory| fs::read_dir(directory).ok());
        for entry in entries.into_iter().flatten().flatten() {
            let is_abandoned = || {
                let age = SystemTime::now().duration_since(entry.metadata().ok()?.modified().ok()?).ok()?;
                Some(age > ABANDONED)
            };
            if entry.file_name().as_encoded_bytes().starts_with(UNFINISHED.as_bytes()) && is_abandoned() == Some(true) {
                _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Writes an index file.
fn write<W: io::Write + io::Seek>(
    output: W,
    made: &impl Serialize,
    parts: impl Iterator<Item = (impl AsRef<str>, impl AsRef<[u8]>)>,
) -> io::Result<W> {
    let mut writer = PackWriter::new(output)?;
    for (name, part) in parts {
        writer.add(name.as_ref(), part.as_ref())?;
    }
    writer.finish(made)
}

/// The name of a file for a URL or a path, which may hold what a file's name can't.
fn key(of: &str) -> String {
    let mut key = const_hex::encode(Sha256::digest(of));
    key.truncate(32);
    key
}
