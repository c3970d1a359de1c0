//! Files that aren't written to the end yet and directories that are needed for a while, so that none is left behind when
//! the user interrupts.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tempfile::{Builder, NamedTempFile, TempDir};

/// Where the unfinished files and the scratch directories of this process are.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
/// Held by work that isn't to be interrupted.
static WORK: Mutex<()> = Mutex::new(());

/// A file that goes unless it gets its name: when it is dropped, and when the user interrupts.
#[derive(Debug)]
pub struct Unfinished {
    file: NamedTempFile,
    listed: Listed,
}

/// An entry of the list, while the file is there.
#[derive(Debug)]
struct Listed(PathBuf);

impl Unfinished {
    /// Makes a file in a directory, with a name that begins so.
    ///
    /// Others may read it if `shared` is set and the user's umask lets them.
    ///
    /// # Errors
    ///
    /// When it can't be made.
    pub fn new(directory: &Path, prefix: &str, shared: bool) -> io::Result<Self> {
        let mut builder = Builder::new();
        builder.prefix(prefix);
        #[cfg(unix)]
        if shared {
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        }
        let mut list = list();
        let file = builder.tempfile_in(directory)?;
        list.insert(file.path().to_owned());
        let listed = Listed(file.path().to_owned());
        Ok(Self { file, listed })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Gives it its name, in the stead of what may bear it. Where that fails it has none, and goes when it is closed.
    ///
    /// # Errors
    ///
    /// Why it failed, with the file.
    pub fn persist(self, path: &Path) -> Result<File, (io::Error, File)> {
        let Self { file, listed } = self;
        let done = file.persist(path).map_err(|failed| (failed.error, failed.file.into_file()));
        drop(listed);
        done
    }
}

/// A directory for a while, which nobody else may look into: it goes when it is dropped, and when the user interrupts.
#[derive(Debug)]
pub struct Scratch {
    directory: TempDir,
    _listed: Listed,
}

impl Scratch {
    /// Makes one among the temporary files of the system.
    ///
    /// # Errors
    ///
    /// When it can't be made.
    pub fn new() -> io::Result<Self> {
        let mut list = list();
        let directory = Builder::new().prefix("envlock-").tempdir()?;
        list.insert(directory.path().to_owned());
        let listed = Listed(directory.path().to_owned());
        Ok(Self { directory, _listed: listed })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.directory.path()
    }
}

impl io::Write for Unfinished {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl io::Seek for Unfinished {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        list().remove(&self.0);
    }
}

/// Does what isn't to be left half done: an interruption waits for its end, so it had better be short.
pub fn uninterrupted<T>(work: impl FnOnce() -> T) -> T {
    let _work = lock(&WORK);
    work()
}

/// Removes the unfinished files and the scratch directories, and ends the process.
pub fn abandon(exit_code: i32) -> ! {
    let _work = lock(&WORK);
    // The list stays locked, so that no thread makes another file meanwhile.
    let list = list();
    for path in list.iter() {
        // What can't be removed is left behind; there is nobody to tell.
        if fs::remove_file(path).is_err() {
            _ = fs::remove_dir_all(path);
        }
    }
    std::process::exit(exit_code)
}

fn list() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    lock(&UNFINISHED)
}

/// A thread that panicked while it held the lock left nothing undone that matters.
fn lock<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_scratch_directory_is_listed_until_it_goes() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().to_owned();
        fs::write(path.join("secret"), "").unwrap();
        assert!(list().contains(&path));
        drop(scratch);
        assert!(!path.exists() && !list().contains(&path));
    }

    #[test]
    fn a_file_is_listed_until_it_has_its_name_or_goes() {
        let directory = tempfile::tempdir().unwrap();
        let listed = || list().iter().filter(|path| path.starts_with(directory.path())).count();
        let mut named = Unfinished::new(directory.path(), ".new-", false).unwrap();
        let dropped = Unfinished::new(directory.path(), ".new-", false).unwrap();
        assert_eq!(listed(), 2);
        named.write_all(b"whole").unwrap();
        let place = directory.path().join("named");
        named.persist(&place).unwrap();
        drop(dropped);
        assert_eq!(listed(), 0);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert_eq!(fs::read(place).unwrap(), b"whole");
    }
}
