//! The prefix: whether an environment can be there, what it has, and how it's seen that it isn't finished.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fs::{self, File},
    io::{self, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use rattler_conda_types::{PackageName, PrefixRecord, prefix::Prefix, prefix_record::PathType};
use tokio::runtime::Runtime;

use super::{
    InstallError, begun,
    beneath::{Access, Held, hand_down},
    confined::confined,
    contents::{self, Contents},
    reserved::{
        CACHE_TAG, CLOBBERS, HISTORY, MARK, OUR_UNFINISHED, OWN, PROBE, RECORDS, WAITING, is_json, is_unfinished,
    },
};
use crate::{
    base::permissions,
    limits::{INPUT, MARK as MARK_LIMIT, PREFIX_RECORD},
    progress::Events,
    temporary::TemporaryFile,
    words::with_causes,
};

/// What tells programs that make copies to pass a directory over (<https://bford.info/cachedir/>).
const TAG: &str =
    "Signature: 8a477f597d28d172789f06886806bc55\n# Made by envlock: everything here can be installed again.\n";

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
    /// As its user names it.
    path: PathBuf,
    prefix: Held,
    records: Held,
    mark: File,
    /// Whether the mark stays, as something isn't finished.
    is_unfinished: bool,
    /// Where what isn't finished was going to put files.
    begun: Vec<PathBuf>,
    /// Directories that go again where nothing came into them.
    made: Vec<PathBuf>,
}

impl PrefixEnvironment {
    /// Waits until nobody else installs into it. What another process has started there counts as well, such as pip: it is
    /// waited for though that process is gone.
    ///
    /// # Errors
    ///
    /// Where the prefix can't be made or written to.
    pub(super) fn enter(prefix: &Path, events: &dyn Events) -> Result<Self, InstallError> {
        let enter = || {
            prefix.parent().map_or(Ok(()), fs::create_dir_all)?;
            let mut made = Vec::new();
            let mut create = |named: PathBuf, place: &Path| match fs::create_dir(place) {
                Ok(()) => {
                    made.insert(0, named);
                    Ok(())
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                Err(error) => Err(error),
            };
            create(prefix.to_owned(), prefix)?;
            let held = Held::open(prefix)?;
            create(prefix.join(RECORDS), &held.place().join(RECORDS))?;
            let records = held.directory(Path::new(RECORDS))?;
            let mark = lock(&records, events)?;
            let is_unfinished = mark.metadata()?.len() > 0;
            let begun = MARK_LIMIT.read_open(records.file(Path::new(MARK), Access::Read)?)?;
            let begun = begun::paths(&String::from_utf8_lossy(&begun));
            Ok(Self { path: prefix.to_owned(), prefix: held, records, mark, is_unfinished, begun, made })
        };
        enter().map_err(|source| InstallError::prefix(prefix, source))
    }

    /// The prefix, as its user names it.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// An error of what went by the place at which the prefix is held, with the prefix as its user names it.
    pub(super) fn named(&self, error: InstallError) -> InstallError {
        let InstallError::Unlinked { what, source, .. } = error else { return error };
        let (place, path) = (self.prefix.place().display().to_string(), self.path.display().to_string());
        InstallError::Unlinked { what, source: with_causes(&*source).replace(&place, &path).into(), prefix: path }
    }

    /// Rattler goes to the records by their path.
    fn keeps_its_records(&self) -> io::Result<()> {
        if self.records.is_at(&self.prefix.place().join(RECORDS))? {
            return Ok(());
        }
        Err(io::Error::other(format!("{RECORDS} was exchanged meanwhile")))
    }

    /// No link has been put in the way of packages while they were linked.
    ///
    /// # Errors
    ///
    /// Where one was.
    pub(super) fn confirm(&self, packages: &[Contents]) -> Result<(), InstallError> {
        self.keeps_its_records().map_err(|source| InstallError::prefix(&self.path, source))?;
        let mut seen: HashSet<&Path> = HashSet::new();
        for Contents { name, paths, programs, .. } in packages {
            for above in paths.iter().chain(programs).filter_map(|it| it.parent()).filter(|it| seen.insert(it)) {
                self.prefix.reach(above).map_err(|error| InstallError::Unlinked {
                    what: name.clone(),
                    prefix: self.path.display().to_string(),
                    source: format!("{} was exchanged meanwhile: {}", above.display(), with_causes(&error)).into(),
                })?;
            }
        }
        Ok(())
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
        let records = self.records.place();
        let unreadable = |source| InstallError::prefix(&self.path, source);
        for entry in fs::read_dir(records).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            if is_unfinished(&entry.file_name().to_string_lossy()) {
                fs::remove_file(entry.path()).map_err(unreadable)?;
            }
        }
        let mut found = Vec::new();
        for path in json_files(records).map_err(unreadable)? {
            let name = Path::new(path.file_name().unwrap_or_default());
            let named = self.path.join(RECORDS).join(name);
            let bad = |reason| InstallError::Record { path: named.display().to_string(), reason };
            let file = self.records.file(name, Access::Read);
            let bytes = file.and_then(|file| PREFIX_RECORD.read_open(file)).map_err(unreadable)?;
            match serde_json::from_slice::<PrefixRecord>(&bytes) {
                // Nothing outside of the prefix is an environment's to remove.
                Ok(record) if !record.file_name().eq_ignore_ascii_case(&name.to_string_lossy()) => {
                    return Err(bad(format!("it is of another package: it would be called {}", record.file_name())));
                }
                Ok(record) => found.push(PrefixRecord { installed_system_menus: Vec::new(), ..record }),
                Err(error) if error.is_eof() => fs::remove_file(&path).map_err(unreadable)?,
                Err(error) => return Err(bad(with_causes(&error))),
            }
        }
        let mut seen: HashMap<&PackageName, String> = HashMap::new();
        for record in &found {
            if let Some(other) = seen.insert(record.name(), record.file_name()) {
                let named = self.path.join(RECORDS).join(record.file_name());
                let reason = format!("{other} says that another {} is there", record.name().as_normalized());
                return Err(InstallError::Record { path: named.display().to_string(), reason });
            }
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
            for above in begun::above(path) {
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

    /// From now on, what is there isn't finished: these paths are going to be touched.
    ///
    /// # Errors
    ///
    /// Where the environment can't be written to.
    pub(super) fn begin(&mut self, paths: &[PathBuf]) -> Result<Prefix, InstallError> {
        if self.is_unfinished {
            self.remove_probes();
        }
        let mut begin = || {
            self.mark.seek(SeekFrom::End(0))?;
            self.mark.write_all(begun::mark(paths).as_bytes())?;
            self.is_unfinished = true;
            // Rattler would make what isn't there, by its path.
            make(&self.records, HISTORY, "")?;
            make(&self.prefix, CACHE_TAG, TAG)?;
            self.keeps_its_records()?;
            Prefix::create(self.prefix.place())
        };
        begin().map_err(|source| InstallError::prefix(&self.path, source))
    }

    /// Removes what a process that was killed meanwhile has left of rattler's.
    fn remove_probes(&self) {
        for entry in fs::read_dir(self.prefix.place()).into_iter().flatten().flatten() {
            let is_probe = entry.file_name().as_encoded_bytes().starts_with(PROBE.as_bytes());
            if is_probe && entry.file_type().is_ok_and(|it| it.is_dir()) {
                // What stays is in nobody's way.
                _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Removes what installations that were broken off have put there for no package that stays, and what is in the way of
    /// packages. What is written there afterwards is new, and changes nothing that a link leads to.
    ///
    /// # Errors
    ///
    /// Where something can't be removed.
    pub(super) fn clear_way(&self, packages: &[Contents], kept: &[PrefixRecord]) -> Result<(), InstallError> {
        let kept: HashSet<&Path> =
            kept.iter().flat_map(|it| &it.paths_data.paths).map(|it| it.relative_path.as_path()).collect();
        let clobbers = self.prefix.place().join(CLOBBERS).exists();
        let remove = |path: &Path| self.remove(path);
        let clear = || {
            for path in self.begun.iter().filter(|it| !kept.contains(it.as_path())) {
                self.remove_begun(path, &kept);
            }
            if !self.begun.is_empty() {
                self.remove_clobbers(Path::new(CLOBBERS), &kept)?;
            }
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

    /// Removes directories that are empty now that packages are gone, but for those that a package which stays lists. Of a
    /// package for any Python, what Python has compiled there goes with them.
    pub(super) fn remove_emptied<'a>(&self, gone: impl Iterator<Item = &'a PrefixRecord>, kept: &[PrefixRecord]) {
        let kept: HashSet<&Path> = kept.iter().flat_map(directories).collect();
        for record in gone {
            let files = record.paths_data.paths.iter().filter(|it| it.path_type != PathType::Directory);
            let places = files.filter_map(|it| it.relative_path.parent()).chain(directories(record));
            let places: BTreeSet<&Path> = places.filter(|it| !it.as_os_str().is_empty()).collect();
            let is_of_python = record.repodata_record.package_record.noarch.is_python();
            // What is deeper comes later in this order.
            for place in places.into_iter().rev() {
                for place in place.ancestors().take_while(|it| !it.as_os_str().is_empty() && !kept.contains(it)) {
                    if is_of_python {
                        self.remove_compiled(place);
                    }
                    // Something else may be there.
                    if self.take_away(place, |place| fs::remove_dir(place)).is_err() {
                        break;
                    }
                }
            }
        }
    }

    /// Removes what Python has compiled in a directory that has nothing else.
    fn remove_compiled(&self, directory: &Path) {
        let Ok(held) = self.prefix.directory(directory) else { return };
        let entries: Vec<_> = fs::read_dir(held.place()).into_iter().flatten().flatten().take(2).collect();
        if let [entry] = &entries[..]
            && entry.file_name() == "__pycache__"
            && entry.file_type().is_ok_and(|it| it.is_dir())
        {
            // What stays is in nobody's way.
            _ = fs::remove_dir_all(entry.path());
        }
    }

    /// The packages whose scripts haven't been run.
    ///
    /// # Errors
    ///
    /// Where it can't be read which these are.
    pub(super) fn waiting(&self) -> Result<BTreeSet<String>, InstallError> {
        let read = self.records.file(Path::new(WAITING), Access::Read).and_then(|it| INPUT.read_open(it));
        match read {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(source) => Err(InstallError::prefix(&self.path, source)),
        }
    }

    /// Writes down whose scripts haven't been run.
    ///
    /// # Errors
    ///
    /// Where that can't be done.
    pub(super) fn set_waiting(&self, names: &BTreeSet<String>) -> Result<(), InstallError> {
        let place = self.records.place().join(WAITING);
        let write = || {
            if names.is_empty() {
                return match fs::remove_file(&place) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                    _ => Ok(()),
                };
            }
            let mut file = TemporaryFile::new(self.records.place(), OUR_UNFINISHED, true)?;
            names.iter().try_for_each(|name| writeln!(file, "{name}"))?;
            file.persist(&place).map(drop).map_err(|(error, _)| error)
        };
        write().map_err(|source| InstallError::prefix(&self.path, source))
    }

    /// Removes a file, where there is one.
    fn remove(&self, path: &Path) -> io::Result<()> {
        let (Some(above), Some(name)) = (path.parent(), path.file_name()) else { return Ok(()) };
        let above = match self.prefix.reach(above) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(());
            }
            above => above?,
        };
        let place = above.place().join(name);
        match fs::symlink_metadata(&place) {
            Ok(there) if !there.is_dir() => fs::remove_file(&place),
            _ => Ok(()),
        }
    }

    /// Removes what an installation that was broken off may have put somewhere, and directories that are empty then. Nothing is
    /// reached through a link: that isn't how it came there. What can't be removed stays, and is in nobody's way.
    pub(super) fn remove_begun(&self, path: &Path, kept: &HashSet<&Path>) {
        if self.take_away(path, |place| fs::remove_file(place)).is_err() {
            return;
        }
        for above in begun::above(path).take_while(|it| !kept.contains(it)) {
            // Something else may be there.
            if self.take_away(above, |place| fs::remove_dir(place)).is_err() {
                return;
            }
        }
    }

    /// Does something to what a path names without a link on its way. It is done where there is nothing.
    fn take_away(&self, path: &Path, away: impl Fn(&Path) -> io::Result<()>) -> io::Result<()> {
        let (Some(above), Some(name)) = (path.parent(), path.file_name()) else { return Ok(()) };
        let taken = if above.as_os_str().is_empty() {
            away(&self.prefix.place().join(name))
        } else {
            self.prefix.directory(above).and_then(|above| away(&above.place().join(name)))
        };
        match taken {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            taken => taken,
        }
    }

    /// Removes files that several packages have, and that were put aside for none that stays.
    fn remove_clobbers(&self, directory: &Path, kept: &HashSet<&Path>) -> io::Result<()> {
        let place = match self.prefix.directory(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            held => held?,
        };
        for entry in fs::read_dir(place.place())? {
            let entry = entry?;
            let path = directory.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                self.remove_clobbers(&path, kept)?;
            } else if !kept.contains(path.as_path()) {
                fs::remove_file(entry.path())?;
            }
        }
        match self.take_away(directory, |place| fs::remove_dir(place)) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
            taken => taken,
        }
    }

    /// Does work that may write to this environment alone, as far as the kernel can see to it.
    ///
    /// # Errors
    ///
    /// What the work comes to, and where it can't be begun.
    pub(super) fn confined<T, F>(&self, work: impl FnOnce() -> F + Send) -> Result<T, InstallError>
    where
        T: Send,
        F: Future<Output = Result<T, InstallError>>,
    {
        let done = confined(&self.prefix, || Runtime::new().map(|runtime| runtime.block_on(work())));
        done.flatten().map_err(|source| InstallError::prefix(&self.path, source))?
    }

    /// Where its records are, for as long as it is entered.
    pub(super) fn record_place(&self) -> PathBuf {
        self.records.place().to_owned()
    }

    /// Writes a record to where they are, for everybody to read, as conda does.
    ///
    /// # Errors
    ///
    /// Where that can't be done; then there is none.
    pub(super) fn write(records: &Path, record: &PrefixRecord) -> io::Result<()> {
        let mut file = TemporaryFile::new(records, OUR_UNFINISHED, true)?;
        file.write_all(&serde_json::to_vec_pretty(record)?)?;
        file.persist(&records.join(record.file_name())).map(drop).map_err(|(error, _)| error)
    }

    /// Makes the directories that packages list, and sees to it that nobody else may write to their programs.
    ///
    /// # Errors
    ///
    /// Where that can't be done.
    pub(super) fn complete(&self, packages: &[Contents]) -> Result<(), InstallError> {
        let complete = || {
            for Contents { directories, programs, .. } in packages {
                directories.iter().try_for_each(|it| fs::create_dir_all(self.prefix.place().join(it)))?;
                for program in programs {
                    let above = self.prefix.reach(program.parent().unwrap_or(Path::new("")));
                    let name = Path::new(program.file_name().unwrap_or_default());
                    match above.and_then(|above| above.file(name, Access::Read)) {
                        // Another package has it.
                        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                        file => permissions::keep_from_others(&file?)?,
                    }
                }
            }
            Ok(())
        };
        complete().map_err(|source| InstallError::prefix(&self.path, source))
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
            for path in json_files(self.records.place())? {
                let name = Path::new(path.file_name().unwrap_or_default());
                permissions::make_readable(&self.records.file(name, Access::Read)?)?;
            }
            let clobbers = self.prefix.place().join(CLOBBERS);
            if clobbers.exists() { remove_empty(&clobbers) } else { Ok(()) }
        };
        mend().map_err(|source| InstallError::prefix(&self.path, source))
    }

    /// Removes the record of a package, so that it is installed again.
    pub(super) fn forget(&self, record: &PrefixRecord) {
        _ = fs::remove_file(self.records.place().join(record.file_name()));
    }

    /// The environment is finished.
    pub(super) fn finish(mut self) {
        self.is_unfinished = false;
    }
}

impl Drop for PrefixEnvironment {
    fn drop(&mut self) {
        if !self.is_unfinished {
            _ = fs::remove_file(self.records.place().join(MARK));
            self.made.iter().for_each(|directory| _ = fs::remove_dir(directory));
        }
    }
}

/// The directories that a package lists.
fn directories(record: &PrefixRecord) -> impl Iterator<Item = &Path> {
    let listed = record.paths_data.paths.iter().filter(|it| it.path_type == PathType::Directory);
    listed.map(|it| it.relative_path.as_path())
}

/// Makes a file with this text, where there is none, or an empty one: a process that is killed may leave that.
fn make(directory: &Held, name: &str, text: &str) -> io::Result<()> {
    let name = Path::new(name);
    let mut made = match directory.file(name, Access::New) {
        // It may be a link.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if directory.file(name, Access::Read)?.metadata()?.len() > 0 || text.is_empty() {
                return Ok(());
            }
            directory.file(name, Access::Write)?
        }
        made => made?,
    };
    made.write_all(text.as_bytes())
}

/// Where a file of a package is put that another one has as well.
pub(super) fn clobbered(package: &str, path: &Path) -> PathBuf {
    Path::new(CLOBBERS).join(package).join(path)
}

/// Whoever held the lock before may have removed the file.
fn lock(records: &Held, events: &dyn Events) -> io::Result<File> {
    loop {
        let file = records.file(Path::new(MARK), Access::Write)?;
        if file.try_lock().is_err() {
            let _waiting = events.begin("Waiting for another installation into this prefix");
            file.lock()?;
        }
        hand_down(&file)?;
        if permissions::is_at(&file, &records.place().join(MARK))? {
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

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use rattler_conda_types::package::PathsJson;

    use super::*;
    use crate::lockfile::testing::record;
    use crate::progress::Silent;

    /// A directory for a prefix, and another one with a file that nothing may change.
    struct Places {
        home: tempfile::TempDir,
    }

    impl Places {
        fn new() -> Self {
            let home = tempfile::tempdir().unwrap();
            fs::create_dir_all(home.path().join("env/conda-meta")).unwrap();
            fs::create_dir(home.path().join("out")).unwrap();
            fs::write(home.path().join("out/kept"), "theirs").unwrap();
            Self { home }
        }

        fn at(&self, path: &str) -> PathBuf {
            self.home.path().join(path)
        }

        /// What a path names is elsewhere from now on, and the path a link to the other directory.
        fn exchange(&self, path: &str) {
            fs::rename(self.at(path), self.at("moved")).unwrap();
            symlink(self.at("out"), self.at(path)).unwrap();
        }

        fn enter(&self) -> Result<PrefixEnvironment, InstallError> {
            PrefixEnvironment::enter(&self.at("env"), &Silent)
        }

        fn are_untouched(&self) -> bool {
            fs::read_dir(self.at("out")).unwrap().count() == 1 && fs::read(self.at("out/kept")).unwrap() == b"theirs"
        }
    }

    fn installed(dist: &str) -> PrefixRecord {
        PrefixRecord::from_repodata_record(record(dist, "noarch", &[], "ab"), Vec::new())
    }

    /// A package with one file.
    fn contents(path: &str) -> Contents {
        let listed = PathsJson { paths: Vec::new(), paths_version: 1 };
        let paths = vec![path.into()];
        Contents { name: "a".to_owned(), listed, directories: Vec::new(), paths, programs: Vec::new() }
    }

    #[test]
    fn books_are_kept_where_they_were_found_whatever_becomes_of_their_names() {
        for exchanged in ["env", "env/conda-meta"] {
            let places = Places::new();
            let mut environment = places.enter().unwrap();
            places.exchange(exchanged);
            // Where only the records are gone, rattler wouldn't find them.
            assert_eq!(environment.begin(&[]).is_ok(), exchanged == "env");
            PrefixEnvironment::write(&environment.record_place(), &installed("a-1-0")).unwrap();
            assert_eq!(environment.records().unwrap().len(), 1, "{exchanged}");
            environment.mend(1).unwrap();
            let records = places.at(if exchanged == "env" { "moved/conda-meta" } else { "moved" });
            assert!(records.join("a-1-0.json").is_file() && records.join("history").is_file(), "{exchanged}");
            assert!(records.join(".envlock").metadata().unwrap().len() > 0);
            environment.forget(&installed("a-1-0"));
            environment.finish();
            assert!(!records.join("a-1-0.json").exists() && !records.join(".envlock").exists());
            assert!(places.are_untouched(), "{exchanged}");
        }
    }

    #[test]
    fn what_a_killed_process_has_begun_to_write_is_written_by_the_next_one() {
        let places = Places::new();
        for (name, text) in [("CACHEDIR.TAG", ""), ("conda-meta/.envlock", "begun")] {
            fs::write(places.at("env").join(name), text).unwrap();
        }
        let mut environment = places.enter().unwrap();
        environment.begin(&["x".into()]).unwrap();
        assert_eq!(fs::read_to_string(places.at("env/CACHEDIR.TAG")).unwrap(), TAG);
        // A moment without a text would be one in which it seems to be finished.
        let mark = fs::read_to_string(places.at("env/conda-meta/.envlock")).unwrap();
        assert!(mark.starts_with("begun\n") && mark.ends_with("\n\"x\"\n"), "{mark}");
        environment.finish();

        fs::write(places.at("env/CACHEDIR.TAG"), "theirs").unwrap();
        places.enter().unwrap().begin(&[]).unwrap();
        assert_eq!(fs::read_to_string(places.at("env/CACHEDIR.TAG")).unwrap(), "theirs");
    }

    #[test]
    fn a_link_that_is_put_there_after_the_first_look_is_refused() {
        let places = Places::new();
        places.exchange("env/conda-meta");
        assert!(places.enter().is_err());
        assert!(places.are_untouched());
        for (name, to) in [(".envlock", "new"), (".envlock", "kept")] {
            let places = Places::new();
            symlink(places.at("out").join(to), places.at("env/conda-meta").join(name)).unwrap();
            assert!(places.enter().is_err());
            assert!(places.are_untouched());
        }
        for (own, to) in [("conda-meta/history", "new"), ("conda-meta/history", "kept"), ("CACHEDIR.TAG", "new")] {
            let places = Places::new();
            let mut environment = places.enter().unwrap();
            symlink(places.at("out").join(to), places.at("env").join(own)).unwrap();
            assert!(environment.begin(&[]).is_err(), "{own}");
            assert!(places.are_untouched());
        }
        let places = Places::new();
        let environment = places.enter().unwrap();
        symlink(places.at("out/kept"), places.at("env/conda-meta/a-1-0.json")).unwrap();
        assert!(environment.records().is_err());
        // A record takes the place of a link, and of nothing that it leads to.
        PrefixEnvironment::write(&environment.record_place(), &installed("a-1-0")).unwrap();
        assert_eq!(environment.records().unwrap().len(), 1);
        assert!(places.are_untouched());
    }

    #[test]
    fn what_is_in_the_way_is_not_removed_through_a_link() {
        let places = Places::new();
        fs::create_dir_all(places.at("env/share/deep")).unwrap();
        fs::write(places.at("env/share/deep/kept"), "old").unwrap();
        symlink("share", places.at("env/near")).unwrap();
        let mut environment = places.enter().unwrap();
        environment.clear_way(&[contents("near/deep/kept"), contents("none/deep/kept")], &[]).unwrap();
        assert!(!places.at("env/share/deep/kept").exists());
        environment.confirm(&[contents("near/deep/kept")]).unwrap();

        // What was begun isn't looked for through any link: nothing came there so.
        fs::write(places.at("env/share/deep/kept"), "mine").unwrap();
        let begun = ["near/deep/kept", "none/x", "share/deep/gone", "top"].map(PathBuf::from).to_vec();
        fs::write(places.at("env/share/deep/gone"), "").unwrap();
        fs::write(places.at("env/top"), "").unwrap();
        environment.begun = begun;
        environment.clear_way(&[], &[]).unwrap();
        assert!(places.at("env/share/deep/kept").exists() && !places.at("env/share/deep/gone").exists());
        assert!(!places.at("env/top").exists());

        places.exchange("env/share/deep");
        assert!(environment.clear_way(&[contents("share/deep/kept")], &[]).is_err());
        let error = environment.confirm(&[contents("share/deep/kept")]).unwrap_err();
        assert!(with_causes(&error).contains("share/deep was exchanged meanwhile"), "{}", with_causes(&error));
        assert!(places.are_untouched());
    }
}
