//! The packages are put into the prefix, and others taken away.
//!
//! Rattler links files and knows which of several packages a file is taken from. The order is ours: all that can be
//! checked comes before the first change, and a record comes last of its package, so that what has one is whole.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    error::Error,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use rattler::install::{
    InstallDriver, InstallOptions, PythonInfo, Transaction, TransactionOperation, link_package, unlink_package,
};
use rattler_conda_types::{
    PackageName, PackageRecord, PrefixRecord, RepoDataRecord, Subdir,
    prefix::Prefix,
    prefix_record::{Link, LinkType, PathType},
};
use tokio::{sync::Semaphore, task::JoinSet};

use super::{
    InstallError, Installed,
    contents::{Contents, refuse_crossing, refuse_long},
    distributions::is_replaced,
    environment::{PrefixEnvironment, clobbered},
    fetch::Unpacked,
};
use crate::progress::{Extent, Ongoing};

/// How many packages are linked at the same time, and how many files of them.
const PACKAGES: usize = 8;
const FILES: usize = 32;
/// Scripts that rattler runs where that is asked for, by the ends of their names; the third is out of use.
const POST_LINK: &str = "-post-link.sh";
const PRE_UNLINK: &str = "-pre-unlink.sh";
const PRE_LINK: &str = "-pre-link.sh";

/// What is to be changed in an environment.
pub(super) struct LinkPlan {
    transaction: Transaction<PrefixRecord, RepoDataRecord>,
    /// How many packages there will be.
    conda: usize,
}

impl LinkPlan {
    /// Compares what is there with what is to be. Unless the packages are the whole environment, what is there besides
    /// stays. Those that wait for their scripts are linked anew, for these to run, and those that lack a file, unless pip has
    /// replaced them by one of its packages.
    ///
    /// # Errors
    ///
    /// Where the version of Python is none.
    pub(super) fn new(
        prefix: &Path,
        before: Vec<PrefixRecord>,
        packages: &[Unpacked],
        is_whole: bool,
        is_unfinished: bool,
        waiting: &BTreeSet<String>,
        of_pip: &BTreeSet<String>,
    ) -> Result<Self, InstallError> {
        let mut wanted: BTreeMap<String, RepoDataRecord> = BTreeMap::new();
        if !is_whole {
            wanted.extend(before.iter().map(|it| named(it.repodata_record.clone())));
        }
        wanted.extend(packages.iter().map(|it| named(it.record.clone())));
        let conda = wanted.len();
        let mut again = linked_elsewhere(&before, &wanted);
        let contested = contested(&before);
        if is_unfinished || before.iter().any(|it| contested.contains(it.name()) && !stays(it, &wanted)) {
            again.extend(contested);
        }
        let is_incomplete = |it: &&PrefixRecord| lacks_something(it, prefix) && !is_replaced(it, of_pip);
        let incomplete: Vec<PackageName> = before.iter().filter(is_incomplete).map(|it| it.name().clone()).collect();
        again.extend(incomplete.iter().cloned());
        again.retain(|name| packages.iter().any(|it| it.record.package_record.name == *name));
        if is_unfinished {
            // Whether they are asked for or only stay.
            again.extend(incomplete);
        }
        again.extend(before.iter().map(PrefixRecord::name).filter(|it| waiting.contains(it.as_normalized())).cloned());
        let wanted = wanted.into_values();
        let transaction = Transaction::from_current_and_desired(before, wanted, Some(&again), None, Subdir::Linux64);
        let transaction = transaction.map_err(|error| failed(prefix, "the environment", error))?;
        Ok(Self { transaction, conda })
    }

    /// What is to be installed.
    pub(super) fn added(&self) -> Vec<&RepoDataRecord> {
        self.transaction.installed_packages().collect()
    }

    /// The Python that there will be.
    pub(super) fn python(&self) -> Option<&PythonInfo> {
        self.transaction.python_info.as_ref()
    }

    /// The paths that are going to be written or removed.
    pub(super) fn touched(&self, contents: &[Contents]) -> Vec<PathBuf> {
        let added = contents.iter().flat_map(|it| it.paths.iter().chain(&it.programs));
        let removed = self.transaction.removed_packages().flat_map(|it| &it.paths_data.paths);
        let removed = removed.filter(|it| it.path_type != PathType::Directory).map(|it| &it.relative_path);
        added.chain(removed).cloned().collect()
    }

    /// Nothing that is going to be written or removed is outside of the prefix, or can't be there.
    ///
    /// # Errors
    ///
    /// Where something is.
    pub(super) fn check(&self, environment: &PrefixEnvironment, contents: &[Contents]) -> Result<(), InstallError> {
        for record in self.transaction.removed_packages() {
            let paths = record.paths_data.paths.iter().map(|it| &it.relative_path);
            environment.check(record.name().as_normalized(), paths, &HashSet::new())?;
        }
        let removed = self.transaction.removed_packages().flat_map(|it| &it.paths_data.paths);
        let going: HashSet<&Path> = removed.map(|it| it.relative_path.as_path()).collect();
        for Contents { name, paths, programs, directories, .. } in contents {
            environment.check(name, paths.iter().chain(programs).chain(directories), &going)?;
        }
        refuse_long(contents, environment.path())?;
        refuse_crossing(contents, self.transaction.unchanged_packages())
    }

    /// Makes the changes.
    ///
    /// # Errors
    ///
    /// Where something can't be written, or a script of a package fails.
    pub(super) async fn carry_out(
        self,
        environment: &PrefixEnvironment,
        prefix: &Prefix,
        packages: &[&Unpacked],
        contents: &[Contents],
        run_scripts: bool,
        linking: &dyn Ongoing,
    ) -> Result<Installed, InstallError> {
        let Self { transaction, conda } = self;
        let failed = |what: &str, source: Box<dyn Error + Send + Sync>| environment.named(failed(prefix, what, source));
        let records = transaction.unchanged_packages().iter().chain(transaction.removed_packages());
        let driver = InstallDriver::builder()
            .execute_link_scripts(run_scripts)
            .with_io_concurrency_limit(FILES)
            .with_prefix_records(records)
            .finish();
        // Scripts are told the prefix, and run as other processes.
        let for_scripts = if run_scripts {
            &Prefix::create(environment.path()).map_err(|it| failed("a script", it.into()))?
        } else {
            prefix
        };
        let mut waiting = environment.waiting()?;
        waiting.retain(|name| transaction.unchanged_packages().iter().any(|it| it.name().as_normalized() == name));
        let has_script = |it: &&Contents| it.paths.iter().any(|path| is_script(path, POST_LINK));
        waiting.extend(contents.iter().filter(has_script).map(|it| it.name.clone()));
        environment.set_waiting(&waiting)?;
        let before = driver.pre_process(&transaction, for_scripts, None).map_err(|it| failed("a script", it.into()))?;
        // First those whose files yield to others': rattler would give a file to one that goes as well.
        for record in PackageRecord::sort_topologically(transaction.removed_packages().collect()) {
            driver.clobber_registry().unregister_paths(record);
            unlink_package(prefix, &without_directories(record))
                .await
                .map_err(|it| failed(record.name().as_normalized(), it.into()))?;
        }
        environment.remove_emptied(transaction.removed_packages(), transaction.unchanged_packages());
        environment.clear_way(contents, transaction.unchanged_packages())?;
        let driver = Arc::new(driver);
        let python = transaction.python_info.as_ref();
        let linked = link_all(&driver, environment, prefix, packages, contents, python, linking).await;
        let linked = linked.map_err(|error| environment.named(error))?;
        environment.confirm(contents)?;
        environment.complete(contents)?;
        let after =
            driver.post_process(&transaction, for_scripts, None).map_err(|it| failed("the files", it.into()))?;
        if !after.clobbered_paths.is_empty() {
            environment.mend(conda)?;
        }
        let scripts = after.post_link_result.transpose().map_err(|it| failed("a script", it.into()))?;
        let names: Vec<PackageName> = before.into_iter().chain(scripts).flat_map(|it| it.failed_packages).collect();
        if !names.is_empty() {
            linked.iter().filter(|it| names.contains(it.name())).for_each(|it| environment.forget(it));
            let names = names.iter().map(|it| it.as_normalized().to_owned()).collect();
            return Err(InstallError::Script { names });
        }
        if run_scripts {
            environment.set_waiting(&BTreeSet::new())?;
        }
        let removed = transaction.operations.iter().filter(|it| it.record_to_install().is_none());
        Ok(Installed {
            conda,
            kept: conda - linked.len(),
            removed: removed.count(),
            pip: 0,
            pip_removed: 0,
            scripts: scripts_left(&transaction, contents, &waiting, run_scripts),
        })
    }
}

fn named(record: RepoDataRecord) -> (String, RepoDataRecord) {
    (record.package_record.name.as_normalized().to_owned(), record)
}

fn failed(prefix: &Path, what: &str, source: impl Into<Box<dyn Error + Send + Sync>>) -> InstallError {
    InstallError::Unlinked { what: what.to_owned(), prefix: prefix.display().to_string(), source: source.into() }
}

/// Whether a package stays as it is.
fn stays(record: &PrefixRecord, wanted: &BTreeMap<String, RepoDataRecord>) -> bool {
    let own = &record.repodata_record;
    wanted
        .get(record.name().as_normalized())
        .is_some_and(|it| it.package_record.sha256 == own.package_record.sha256 && it.identifier == own.identifier)
}

/// Whether something of a package isn't there. Where a package was to go and that was broken off, its record is still there.
/// What Python has compiled is made again when it is needed.
fn lacks_something(record: &PrefixRecord, prefix: &Path) -> bool {
    let files = record.paths_data.paths.iter().map(|it| &it.relative_path);
    let mut files = files.filter(|path| path.extension().is_none_or(|it| it != "pyc"));
    files.any(|path| fs::symlink_metadata(prefix.join(path)).is_err())
}

/// Packages for any Python that are linked for another one than there will be. Rattler knows those only as long as the other one
/// is there.
fn linked_elsewhere(before: &[PrefixRecord], wanted: &BTreeMap<String, RepoDataRecord>) -> HashSet<PackageName> {
    let python = wanted.get("python").map(|it| PythonInfo::from_python_record(&it.package_record, Subdir::Linux64));
    let Some(Ok(python)) = python else { return HashSet::new() };
    let is_elsewhere = |path: &Path| {
        let parts: Vec<&OsStr> = path.iter().take(3).collect();
        let is_site = matches!(parts[..], [lib, _, site] if lib == "lib" && site == "site-packages");
        is_site && !path.starts_with(&python.site_packages_path)
    };
    let of_any = before.iter().filter(|it| it.repodata_record.package_record.noarch.is_python());
    let elsewhere = of_any.filter(|it| it.paths_data.paths.iter().any(|it| is_elsewhere(it.path())));
    elsewhere.map(|it| it.name().clone()).collect()
}

/// A record without directories, which rattler would remove as if they were files.
fn without_directories(record: &PrefixRecord) -> Cow<'_, PrefixRecord> {
    let mut record = Cow::Borrowed(record);
    if record.paths_data.paths.iter().any(|it| it.path_type == PathType::Directory) {
        record.to_mut().paths_data.paths.retain(|it| it.path_type != PathType::Directory);
    }
    record
}

/// Packages of which another has a file as well. Where linking was broken off, nobody knows whose it is.
fn contested(records: &[PrefixRecord]) -> HashSet<PackageName> {
    let mut owners: HashMap<&Path, Vec<&PackageName>> = HashMap::new();
    for record in records {
        record.paths_data.paths.iter().for_each(|it| owners.entry(it.path()).or_default().push(record.name()));
    }
    let aside = records.iter().filter(|it| it.paths_data.paths.iter().any(|entry| entry.original_path.is_some()));
    let several = owners.into_values().filter(|owners| owners.len() > 1).flatten();
    several.chain(aside.map(PrefixRecord::name)).cloned().collect()
}

/// Which packages are linked at the same time, by their places: those come last, and one by one, whose programs another one has
/// as a file or a program, for the same one to win each time.
fn batches(contents: &[Contents]) -> Vec<Vec<usize>> {
    let mut owners: HashMap<&Path, usize> = HashMap::new();
    let paths = contents.iter().flat_map(|it| it.paths.iter().chain(&it.programs));
    paths.for_each(|path| *owners.entry(path).or_default() += 1);
    let is_late = |it: &Contents| it.programs.iter().any(|path| owners.get(path.as_path()).is_some_and(|it| *it > 1));
    let (mut late, early): (Vec<_>, Vec<_>) = contents.iter().enumerate().partition(|(_, it)| is_late(it));
    late.sort_by_key(|(_, it)| &it.name);
    let early = early.into_iter().map(|(place, _)| place).collect();
    [early].into_iter().chain(late.into_iter().map(|(place, _)| vec![place])).collect()
}

/// Links packages. Where one fails, the others come to their end, so that less is left to do.
async fn link_all(
    driver: &Arc<InstallDriver>,
    environment: &PrefixEnvironment,
    prefix: &Prefix,
    packages: &[&Unpacked],
    contents: &[Contents],
    python: Option<&PythonInfo>,
    linking: &dyn Ongoing,
) -> Result<Vec<PrefixRecord>, InstallError> {
    let permits = Arc::new(Semaphore::new(PACKAGES));
    let (mut linked, mut first, mut done) = (Vec::new(), None, 0);
    for batch in batches(contents) {
        let mut tasks = JoinSet::new();
        for (package, contents) in batch.into_iter().filter_map(|it| Some((packages.get(it)?, contents.get(it)?))) {
            let (driver, prefix, permits) = (Arc::clone(driver), prefix.clone(), Arc::clone(&permits));
            let options = InstallOptions {
                paths_json: Some(contents.listed.clone()),
                // What names the prefix has its own path, not the one that it is reached by.
                target_prefix: Some(environment.path().to_owned()),
                // What is written to an environment may change neither the cache nor another environment.
                allow_hard_links: Some(false),
                allow_symbolic_links: Some(true),
                platform: Some(Subdir::Linux64),
                python_info: python.cloned(),
                ..InstallOptions::default()
            };
            let (record, directory) = (package.record.clone(), package.directory.clone());
            let records = environment.record_place();
            tasks.spawn(async move {
                // Nothing closes the semaphore.
                let _permit = permits.acquire().await;
                let name = record.package_record.name.as_normalized().to_owned();
                let linked = link(&driver, &prefix, &records, record, directory, options).await;
                linked.map_err(|it| failed(&prefix, &name, it))
            });
        }
        while let Some(outcome) = tasks.join_next().await {
            done += 1;
            linking.tell(Extent { done, total: packages.len(), ..Extent::default() });
            match outcome.unwrap_or_else(|broken| Err(failed(prefix, "a package", broken))) {
                Ok(record) => linked.push(record),
                Err(error) => first = first.or(Some(error)),
            }
        }
    }
    first.map_or(Ok(linked), Err)
}

async fn link(
    driver: &InstallDriver,
    prefix: &Prefix,
    records: &Path,
    record: RepoDataRecord,
    directory: PathBuf,
    options: InstallOptions,
) -> Result<PrefixRecord, Box<dyn Error + Send + Sync>> {
    let name = record.package_record.name.as_normalized().to_owned();
    let mut paths = link_package(&directory, prefix, driver, options).await?;
    for path in paths.iter_mut().filter(|it| it.original_path.is_some()) {
        // Rattler has the path in the package there, which is another for Python packages of every platform.
        path.original_path = path.relative_path.strip_prefix(clobbered(&name, Path::new(""))).ok().map(Path::to_owned);
    }
    let record = PrefixRecord {
        extracted_package_dir: Some(directory.clone()),
        link: Some(Link { source: directory, link_type: Some(LinkType::Copy) }),
        ..PrefixRecord::from_repodata_record(record, paths)
    };
    PrefixEnvironment::write(records, &record)?;
    Ok(record)
}

fn is_script(path: &Path, end: &str) -> bool {
    let is_one = |name: &str| name.starts_with('.') && name.ends_with(end);
    path.parent() == Some(Path::new("bin")) && path.file_name().is_some_and(|it| is_one(&it.to_string_lossy()))
}

/// The scripts which weren't run, of packages that came or went, or that have waited since they came.
fn scripts_left(
    transaction: &Transaction<PrefixRecord, RepoDataRecord>,
    contents: &[Contents],
    waiting: &BTreeSet<String>,
    are_run: bool,
) -> Vec<String> {
    let stayed = transaction.unchanged_packages().iter().filter(|it| waiting.contains(it.name().as_normalized()));
    let stayed = stayed.flat_map(|it| &it.files).filter(|it| !are_run && is_script(it, POST_LINK));
    let came = contents.iter().flat_map(|it| &it.paths);
    let came = came.filter(|it| is_script(it, PRE_LINK) || !are_run && is_script(it, POST_LINK));
    let gone =
        transaction.operations.iter().filter_map(TransactionOperation::record_to_remove).flat_map(|it| &it.files);
    let gone = gone.filter(|it| !are_run && is_script(it, PRE_UNLINK));
    let mut scripts: Vec<String> = came.chain(gone).chain(stayed).map(|it| it.display().to_string()).collect();
    scripts.sort();
    scripts
}
