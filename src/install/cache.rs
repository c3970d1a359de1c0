//! Where a package is kept, unpacked: a directory for each archive, named by its hash. Of the processes that want it at
//! the same time one fills it, and the others wait. None of them believes what it finds there.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use super::tree::Tree;
use crate::limits::INPUT;

/// The file that holds the digest of the unpacked package once that is whole.
const SEAL: &str = "seal";
/// The file whose lock is that of its directory.
const LOCK: &str = ".lock";

/// The place of one package.
#[derive(Clone, Debug)]
pub(super) struct CachePlace {
    /// The directory of its archive.
    pub directory: PathBuf,
    /// Where it is unpacked, in that directory.
    pub package: PathBuf,
}

impl CachePlace {
    /// What is there, if it still is as it was unpacked. What can't be read is as little of use as what was changed.
    pub(super) fn find(&self) -> Option<Tree> {
        let digest = INPUT.read_text(&self.directory.join(SEAL)).ok()?;
        Tree::read(&self.package).ok().filter(|tree| tree.digest == digest)
    }

    /// Removes what is there, as it isn't whole, or a process that was killed has left it.
    ///
    /// # Errors
    ///
    /// Where that can't be done.
    pub(super) fn clear(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else if entry.file_name() != LOCK {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Says that what is there is whole.
    ///
    /// # Errors
    ///
    /// Where it can't be read, or that can't be written.
    pub(super) fn seal(&self) -> io::Result<Tree> {
        let tree = Tree::read(&self.package)?;
        fs::write(self.directory.join(SEAL), &tree.digest)?;
        Ok(tree)
    }
}

/// Waits until nobody else writes to a directory of the cache, which is made if it isn't there. It is the caller's
/// until what is returned is dropped.
///
/// # Errors
///
/// Where that can't be had.
pub(super) async fn alone_in(directory: &Path) -> io::Result<File> {
    let directory = directory.to_owned();
    aside(move || {
        // What is no directory is nothing of the cache's.
        if fs::symlink_metadata(&directory).is_ok_and(|it| !it.is_dir()) {
            fs::remove_file(&directory)?;
        }
        fs::create_dir_all(&directory)?;
        let lock = OpenOptions::new().write(true).create(true).truncate(false).open(directory.join(LOCK))?;
        lock.lock().map(|()| lock)
    })
    .await
}

/// Does what waits for files on a thread of its own.
///
/// # Errors
///
/// Those of the work, and where it was broken off.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|broken| Err(io::Error::other(broken)))
}
