//! Which locks a command is about: from the names of locks, of what they were made from, and of what is rendered of them.

use std::path::{Path, PathBuf};

use miette::miette;

use super::{
    Options,
    config::Config,
    files,
    plan::{Plan, is_config, is_same},
    relative::relative,
};
use crate::{
    dockerfile,
    lockfile::{self, Lockfile},
};

/// A lock, and what it was made from as far as that is named.
#[derive(Clone, Debug)]
pub struct ProjectLock {
    /// Where the lock is, or should be.
    pub lock: PathBuf,
    /// The environment file; that of the lock where it isn't known.
    pub file: Option<PathBuf>,
    /// The options of the configuration.
    pub options: Option<Options>,
    /// The `envlock.toml` or `pyproject.toml` that has them.
    pub config: Option<PathBuf>,
}

/// The locks that a command is about, and which files belong to nothing of envlock's.
#[derive(Debug, Default)]
pub struct ProjectLocks {
    /// The locks, each once.
    pub found: Vec<ProjectLock>,
    /// Files beside which there is no lock.
    pub skipped: Vec<String>,
}

impl ProjectLocks {
    /// Those of files and directories; where none is named, those of `envlock.toml`, or else the lock of this directory.
    ///
    /// # Errors
    ///
    /// Where a file isn't there, or an `envlock.toml` can't be read.
    pub fn of(files: &[PathBuf]) -> miette::Result<Self> {
        let here = Plan::of_directory(Path::new(""), &Options::default())?;
        let mut locks = Self::default();
        if files.is_empty() {
            match here {
                Some(all) => locks.extend(all),
                None => locks.directory(Path::new(""))?,
            }
            return Ok(locks);
        }
        for file in files {
            locks.named(file, here.as_deref().unwrap_or_default())?;
        }
        Ok(locks)
    }

    fn named(&mut self, file: &Path, here: &[Plan]) -> miette::Result<()> {
        if !file.exists() {
            return Err(miette!(
                code = "lock-not-found",
                help = "name a file or a directory that exists",
                "{} isn't there",
                file.display()
            ));
        }
        if is_config(file) {
            // A pyproject.toml without a word on envlock has nothing to be checked.
            if let Some(config) = Config::read(file)? {
                self.extend(Plan::configured(&config, &Options::default())?);
            }
            return Ok(());
        }
        let beside = file.parent().unwrap_or(Path::new(""));
        if file.is_dir() {
            match Plan::of_directory(file, &Options::default())? {
                Some(all) => self.extend(all),
                None if file.join(lockfile::FILE_NAME).exists() => self.lock(file.join(lockfile::FILE_NAME), here),
                None => self.directory(file)?,
            }
            return Ok(());
        }
        let name = file.file_name().unwrap_or_default();
        let is_rendered = |name: &str| {
            [dockerfile::DOCKERFILE, dockerfile::TEMPLATE, dockerfile::COMPOSE].contains(&name)
                || dockerfile::is_beside(name)
        };
        if name.to_str().is_some_and(is_rendered) {
            let lock = beside.join(lockfile::FILE_NAME);
            if lock.exists() {
                self.lock(lock, here);
            } else {
                self.skipped.push(file.display().to_string());
            }
        } else if name.to_string_lossy().ends_with("-lock.yml") {
            self.lock(file.to_owned(), here);
        } else {
            let elsewhere =
                if beside.as_os_str().is_empty() { None } else { Plan::of_directory(beside, &Options::default())? };
            let is_it = |plan: &&Plan| is_same(&plan.file, file);
            match here.iter().find(is_it).or(elsewhere.iter().flatten().find(is_it)) {
                Some(plan) => self.extend([plan.clone()]),
                None => self.add(ProjectLock {
                    lock: beside.join(lockfile::FILE_NAME),
                    file: Some(file.to_owned()),
                    options: None,
                    config: None,
                }),
            }
        }
        Ok(())
    }

    /// The lock of a directory, or else its environment file, which has none.
    fn directory(&mut self, directory: &Path) -> miette::Result<()> {
        let lock = directory.join(lockfile::FILE_NAME);
        let file = if lock.exists() { None } else { Some(files::environment_file(directory)?) };
        self.add(ProjectLock { lock, file, options: None, config: None });
        Ok(())
    }

    fn lock(&mut self, lock: PathBuf, here: &[Plan]) {
        let beside = files::beside(&lock);
        let is_its = |plan: &&Plan| is_same(files::or_here(&plan.directory), beside);
        match here.iter().find(is_its) {
            Some(plan) => self.extend([plan.clone()]),
            None => self.add(ProjectLock { lock, file: None, options: None, config: None }),
        }
    }

    fn extend(&mut self, plans: impl IntoIterator<Item = Plan>) {
        for Plan { file, directory, options, config, .. } in plans {
            self.add(ProjectLock {
                lock: directory.join(lockfile::FILE_NAME),
                file: Some(file),
                options: Some(options),
                config,
            });
        }
    }

    /// Adds one, unless its lock is there already.
    fn add(&mut self, lock: ProjectLock) {
        match self.found.iter_mut().find(|it| is_same(&it.lock, &lock.lock)) {
            Some(known) => known.file = known.file.take().or(lock.file),
            None => self.found.push(lock),
        }
    }
}

/// A lock and its text.
///
/// # Errors
///
/// Where it isn't there, or can't be read.
pub fn read_lock(lock: &Path) -> miette::Result<(Lockfile, String)> {
    let name = lock.display().to_string();
    if !lock.exists() {
        return Err(miette!(code = "lock-missing", help = "make it with `envlock convert`", "there is no lock {name}"));
    }
    let text = files::read_text(lock)?;
    let lock = lockfile::parse(&name, &text)?;
    Ok((lock, text))
}

impl ProjectLock {
    /// The directory of the lock.
    #[must_use]
    pub fn directory(&self) -> PathBuf {
        files::output_dir(None, &self.lock)
    }

    /// The lock and its text.
    ///
    /// # Errors
    ///
    /// Where it isn't there, or can't be read.
    pub fn read_lock(&self) -> miette::Result<(Lockfile, String)> {
        read_lock(&self.lock)
    }

    /// The environment file: the one that is named, or else that of the lock.
    #[must_use]
    pub fn source(&self, lock: &Lockfile) -> Option<PathBuf> {
        let seen = |source: &String| PathBuf::from(relative(&self.directory().join(source), Path::new(".")));
        let its = || lock.sources.first().map(seen);
        self.file.clone().or_else(its)
    }
}
