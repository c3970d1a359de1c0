//! The prefix: whether an environment can be there, what it has, and how it's seen that it isn't finished.

use std::{
    collections::{BTreeSet, HashSet},
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use rattler_conda_types::{PrefixRecord, prefix::Prefix};

use super::{
    InstallError,
    contents::{self, Contents},
    reserved::{CLOBBERS, MARK, OUR_UNFINISHED, OWN, PROBE, RECORDS, is_json, is_unfinished},
};
use crate::{base::permissions, limits::PREFIX_RECORD, temporary::TemporaryFile, words::with_causes};

/// A prefix is a directory that isn't there yet, an empty one, or an environment.
///
/// # Errors
///
/// Where it is something else: nobody wants the packages among the files of a home directory. And where what the
/// environment keeps of itself is elsewhere.
pub(super) fn check(prefix: &Path) -> Result<(), InstallError> {
    let unreadable = |source| InstallError::prefix(prefix, source);
    let records = prefix.join(RECORDS);
    let mut own: BTreeSet<PathBuf> = OWN.iter().map(|path| prefix.join(path)).collect();
    if records.is_dir() {
        own.extend(json_files(&records).map_err(unreadable)?);
    }
    if let Some(link) = own.iter().find(|path| path.is_symlink()) {
        return Err(InstallError::Link { path: link.display().to_string() });
    }
    if !prefix.exists() || records.is_dir() {
        return Ok(());
    }
    let mut entries = fs::read_dir(prefix).map_err(unreadable)?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(InstallError::Foreign { prefix: prefix.display().to_string() }),
    }
}

fn json_files(records: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(records)?.map(|entry| entry.map(|it| it.path()));
    paths.filter(|path| path.as_ref().map_or(true, |it| is_json(it))).collect()
}

/// An environment into which nobody else installs, until this is dropped.
#[derive(Debug)]
pub(super) struct PrefixEnvironment {
    path: PathBuf,
    mark: File,
    /// Whether the mark stays, as something isn't finished.
    is_unfinished: bool,
    /// Directories that go again where nothing came into them.
    made: Vec<PathBuf>,
}

impl PrefixEnvironment {
    /// Waits until nobody else installs into it.
    ///
    /// # Errors
    ///
    /// Where the prefix can't be made or written to.
    pub(super) fn enter(prefix: &Path) -> Result<Self, InstallError> {
        let enter = || {
            prefix.parent().map_or(Ok(()), fs::create_dir_all)?;
            let mut made = Vec::new();
            for directory in [prefix.join(RECORDS), prefix.to_owned()].into_iter().rev() {
                match fs::create_dir(&directory) {
                    Ok(()) => made.insert(0, directory),
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                    Err(error) => return Err(error),
                }
            }
            let mark = lock(&prefix.join(MARK))?;
            let is_unfinished = mark.metadata()?.len() > 0;
            Ok(Self { path: prefix.to_owned(), mark, is_unfinished, made })
        };
        enter().map_err(|source| InstallError::prefix(prefix, source))
    }

    /// Whether an earlier process didn't come to the end.
    pub(super) fn is_unfinished(&self) -> bool {
        self.is_unfinished
    }

    /// What it has. The record of a package that wasn't written to the end counts for nothing, and is removed.
    ///
    /// # Errors
    ///
    /// Where a record can't be read, or speaks of what isn't in the prefix.
    pub(super) fn records(&self) -> Result<Vec<PrefixRecord>, InstallError> {
        let records = self.path.join(RECORDS);
        let unreadable = |source| InstallError::prefix(&self.path, source);
        for entry in fs::read_dir(&records).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            if is_unfinished(&entry.file_name().to_string_lossy()) {
                fs::remove_file(entry.path()).map_err(unreadable)?;
            }
        }
        let mut found = Vec::new();
        for path in json_files(&records).map_err(unreadable)? {
            let bad = |reason| InstallError::Record { path: path.display().to_string(), reason };
            match serde_json::from_slice::<PrefixRecord>(&PREFIX_RECORD.read(&path).map_err(unreadable)?) {
                // Nothing outside of the prefix is an environment's to remove.
                Ok(record) => found.push(PrefixRecord { installed_system_menus: Vec::new(), ..record }),
                Err(error) if error.is_eof() => fs::remove_file(&path).map_err(unreadable)?,
                Err(error) => return Err(bad(with_causes(&error))),
            }
        }
        for record in &found {
            let name = record.name().as_normalized();
            contents::check_plain(name, Path::new(&record.file_name()))?;
            let paths = record.paths_data.paths.iter();
            paths.flat_map(|it| [&it.relative_path, it.path()]).try_for_each(|it| contents::check_plain(name, it))?;
        }
        Ok(found)
    }

    /// Paths of a package lead nowhere else through what is in the prefix, but for what is going to go.
    ///
    /// # Errors
    ///
    /// Where one does.
    pub(super) fn check<'a>(
        &self,
        package: &str,
        paths: impl IntoIterator<Item = &'a PathBuf>,
        going: &HashSet<&Path>,
    ) -> Result<(), InstallError> {
        let mut seen: HashSet<&Path> = HashSet::new();
        let real = fs::canonicalize(&self.path).map_err(|source| InstallError::prefix(&self.path, source))?;
        for path in paths {
            for above in path.ancestors().skip(1).take_while(|it| !it.as_os_str().is_empty()) {
                if !seen.insert(above) {
                    break;
                }
                let place = self.path.join(above);
                let leads_out = || fs::canonicalize(&place).map_or(true, |it| !it.starts_with(&real));
                if place.is_symlink() && !going.contains(above) && leads_out() {
                    let reason = format!("leads out of the prefix through the symbolic link {}", above.display());
                    return Err(contents::refused(package, path, &reason));
                }
            }
        }
        Ok(())
    }

    /// From now on, what is there isn't finished.
    ///
    /// # Errors
    ///
    /// Where the environment can't be written to.
    pub(super) fn begin(&mut self) -> Result<Prefix, InstallError> {
        if self.is_unfinished {
            self.remove_probes();
        }
        let mut begin = || {
            self.mark.set_len(0)?;
            self.mark.write_all(b"An installation has begun, and hasn't come to its end.\n")?;
            self.is_unfinished = true;
            Prefix::create(&self.path)
        };
        begin().map_err(|source| InstallError::prefix(&self.path, source))
    }

    /// Removes what a process that was killed meanwhile has left of rattler's.
    fn remove_probes(&self) {
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            let is_probe = entry.file_name().as_encoded_bytes().starts_with(PROBE.as_bytes());
            if is_probe && entry.file_type().is_ok_and(|it| it.is_dir()) {
                // What stays is in nobody's way.
                _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Removes what is in the way of packages: files of an installation that was broken off, or of nobody. What is
    /// written there afterwards is new, and changes nothing that a link leads to.
    ///
    /// # Errors
    ///
    /// Where something can't be removed.
    pub(super) fn clear_way(&self, packages: &[Contents], kept: &[PrefixRecord]) -> Result<(), InstallError> {
        let kept: HashSet<&Path> =
            kept.iter().flat_map(|it| &it.paths_data.paths).map(|it| it.relative_path.as_path()).collect();
        let clobbers = self.path.join(CLOBBERS).exists();
        let remove = |path: &Path| match fs::symlink_metadata(self.path.join(path)) {
            Ok(there) if !there.is_dir() => fs::remove_file(self.path.join(path)),
            _ => Ok(()),
        };
        let clear = || {
            for Contents { name, paths, programs, .. } in packages {
                paths.iter().filter(|it| !kept.contains(it.as_path())).try_for_each(|it| remove(it))?;
                programs.iter().try_for_each(|it| remove(it))?;
                if clobbers {
                    let aside = paths.iter().map(|it| clobbered(name, it));
                    aside.filter(|it| !kept.contains(it.as_path())).try_for_each(|it| remove(&it))?;
                }
            }
            Ok(())
        };
        clear().map_err(|source| InstallError::prefix(&self.path, source))
    }

    /// Writes a record, for everybody to read, as conda does.
    ///
    /// # Errors
    ///
    /// Where that can't be done; then there is none.
    pub(super) fn write(prefix: &Path, record: &PrefixRecord) -> io::Result<()> {
        let records = prefix.join(RECORDS);
        let mut file = TemporaryFile::new(&records, OUR_UNFINISHED, true)?;
        file.write_all(&serde_json::to_vec_pretty(record)?)?;
        file.persist(&records.join(record.file_name())).map(drop).map_err(|(error, _)| error)
    }

    /// Where several packages have a file, rattler writes records anew: for their owner alone, and without a word where
    /// the disk is full. And it leaves empty directories, now these, now those.
    ///
    /// # Errors
    ///
    /// Where a record isn't whole now.
    pub(super) fn mend(&self, expected: usize) -> Result<(), InstallError> {
        let found = self.records()?;
        let mend = || {
            if found.len() < expected {
                return Err(io::Error::other("the records of some packages could not be written"));
            }
            json_files(&self.path.join(RECORDS))?.iter().try_for_each(|path| permissions::make_readable(path))?;
            let clobbers = self.path.join(CLOBBERS);
            if clobbers.exists() { remove_empty(&clobbers) } else { Ok(()) }
        };
        mend().map_err(|source| InstallError::prefix(&self.path, source))
    }

    /// Removes the record of a package, so that it is installed again.
    pub(super) fn forget(&self, record: &PrefixRecord) {
        _ = fs::remove_file(self.path.join(RECORDS).join(record.file_name()));
    }

    /// The environment is finished.
    pub(super) fn finish(mut self) {
        self.is_unfinished = false;
    }
}

impl Drop for PrefixEnvironment {
    fn drop(&mut self) {
        if !self.is_unfinished {
            _ = fs::remove_file(self.path.join(MARK));
            self.made.iter().for_each(|directory| _ = fs::remove_dir(directory));
        }
    }
}

/// Where a file of a package is put that another one has as well.
pub(super) fn clobbered(package: &str, path: &Path) -> PathBuf {
    Path::new(CLOBBERS).join(package).join(path)
}

/// Whoever held the lock before may have removed the file.
fn lock(path: &Path) -> io::Result<File> {
    loop {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        file.lock()?;
        if permissions::is_at(&file, path)? {
            return Ok(file);
        }
    }
}

fn remove_empty(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_empty(&entry.path())?;
        }
    }
    match fs::remove_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        done => done,
    }
}
