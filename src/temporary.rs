//! Files that aren't written to the end yet and directories that are needed for a while, so that none is left behind
//! when the user interrupts.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tempfile::{Builder, NamedTempFile, TempDir};

use crate::base::permissions;

/// Where the unfinished files and the scratch directories of this process are.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
/// What the names of scratch directories begin with.
const SCRATCH: &str = "envlock-";
/// Held by work that isn't to be interrupted.
static WORK: Mutex<()> = Mutex::new(());

/// A file that goes unless it gets its name: when it is dropped, and when the user interrupts.
#[derive(Debug)]
pub struct TemporaryFile {
    file: NamedTempFile,
    listed: Listed,
}

/// An entry of the list, while the file is there.
#[derive(Debug)]
struct Listed(PathBuf);

impl TemporaryFile {
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
        if shared {
            permissions::share(&mut builder);
        }
        let mut list = list();
        let file = builder.tempfile_in(directory)?;
        let listed = Listed::new(&mut list, file.path());
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
/// That of a run that was killed is removed by the next one.
#[derive(Debug)]
pub struct Scratch {
    directory: TempDir,
    _listed: Listed,
    /// Tells others that it is still in use; `None` where nobody asks.
    _in_use: Option<File>,
}

impl Scratch {
    /// Makes one below the cache, or among the temporary files of the system where that can't be.
    ///
    /// # Errors
    ///
    /// When it can't be made.
    pub fn new(cache_dir: &Path) -> io::Result<Self> {
        let mut builder = Builder::new();
        builder.prefix(SCRATCH);
        permissions::keep_private(&mut builder);
        Self::below(&cache_dir.join("scratch"), &builder).or_else(|_| {
            let mut list = list();
            let directory = builder.tempdir()?;
            Ok(Self { _listed: Listed::new(&mut list, directory.path()), directory, _in_use: None })
        })
    }

    fn below(parent: &Path, builder: &Builder) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        // Nobody looks for what was left behind while a directory is there that isn't locked yet.
        let turn = File::open(parent)?;
        turn.lock()?;
        for entry in fs::read_dir(parent)?.flatten() {
            let is_left = || File::open(entry.path()).is_ok_and(|it| it.try_lock().is_ok());
            if entry.file_name().as_encoded_bytes().starts_with(SCRATCH.as_bytes()) && is_left() {
                // What can't be removed stays for the next one.
                _ = fs::remove_dir_all(entry.path());
            }
        }
        let mut list = list();
        let directory = builder.tempdir_in(parent)?;
        let in_use = File::open(directory.path())?;
        in_use.lock()?;
        Ok(Self { _listed: Listed::new(&mut list, directory.path()), directory, _in_use: Some(in_use) })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file into it that nobody else may read, not even for a moment.
    ///
    /// # Errors
    ///
    /// When it can't be written.
    pub fn write(directory: &Path, name: &str, text: &str) -> io::Result<()> {
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        permissions::keep_file_private(&mut options);
        options.open(directory.join(name))?.write_all(text.as_bytes())
    }
}

impl io::Write for TemporaryFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl io::Seek for TemporaryFile {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Listed {
    fn new(list: &mut BTreeSet<PathBuf>, path: &Path) -> Self {
        list.insert(path.to_owned());
        Self(path.to_owned())
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
    use super::*;

    #[test]
    fn a_scratch_directory_is_listed_until_it_goes() {
        let cache = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(cache.path()).unwrap();
        let path = scratch.path().to_owned();
        assert_eq!(path.parent(), Some(&*cache.path().join("scratch")));
        fs::write(path.join("secret"), "").unwrap();
        assert!(list().contains(&path));
        drop(scratch);
        assert!(!path.exists() && !list().contains(&path));
    }

    #[test]
    #[cfg(unix)]
    fn nobody_else_may_look_into_a_scratch_directory() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let cache = tempfile::tempdir().unwrap();
        let no_directory = cache.path().join("file");
        fs::write(&no_directory, "").unwrap();
        for cache in [cache.path(), &no_directory] {
            let scratch = Scratch::new(cache).unwrap();
            Scratch::write(scratch.path(), "secret", "a long text").unwrap();
            Scratch::write(scratch.path(), "secret", "short").unwrap();
            let file = scratch.path().join("secret");
            assert_eq!((mode(scratch.path()), mode(&file)), (0o700, 0o600));
            assert_eq!(fs::read_to_string(file).unwrap(), "short");
        }
    }

    #[test]
    fn what_a_killed_run_left_behind_goes_and_what_is_in_use_stays() {
        let cache = tempfile::tempdir().unwrap();
        let living = Scratch::new(cache.path()).unwrap();
        let parent = living.path().parent().unwrap();
        for left in ["envlock-dead", "other"] {
            fs::create_dir(parent.join(left)).unwrap();
            fs::write(parent.join(left).join("uv.toml"), "").unwrap();
        }
        let next = Scratch::new(cache.path()).unwrap();
        assert!(living.path().exists() && next.path().exists());
        assert!(!parent.join("envlock-dead").exists() && parent.join("other").exists());
    }

    #[test]
    fn a_file_is_listed_until_it_has_its_name_or_goes() {
        let directory = tempfile::tempdir().unwrap();
        let listed = || list().iter().filter(|path| path.starts_with(directory.path())).count();
        let mut named = TemporaryFile::new(directory.path(), ".new-", false).unwrap();
        let dropped = TemporaryFile::new(directory.path(), ".new-", false).unwrap();
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
