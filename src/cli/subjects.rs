//! Which locks a command is about: from the names of locks, of what they were made from, and of what is rendered of them.

use std::path::{Path, PathBuf};

use miette::miette;

use super::{
    ConvertArgs, Given,
    config::Config,
    files,
    relative::relative,
    render,
    targets::{Target, configured, configured_by, is_config, is_same},
};
use crate::{
    dockerfile,
    lockfile::{self, Lockfile},
};

/// A lock, and what it was made from as far as that is named.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// Where the lock is, or should be.
    pub lock: PathBuf,
    /// The environment file; that of the lock where it isn't known.
    pub file: Option<PathBuf>,
    /// The options of `envlock.toml`.
    pub args: Option<ConvertArgs>,
}

/// What is to be checked, and which files belong to nothing of envlock's.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    /// The locks, each once.
    pub found: Vec<Subject>,
    /// Files beside which there is no lock.
    pub skipped: Vec<String>,
}

impl Subjects {
    /// Those of files and directories; where none is named, those of `envlock.toml`, or else the lock of this directory.
    ///
    /// # Errors
    ///
    /// Where a file isn't there, or an `envlock.toml` can't be read.
    pub(super) fn of(files: &[PathBuf]) -> miette::Result<Self> {
        let here = configured(Path::new(""), &Given::default())?;
        let mut subjects = Self::default();
        if files.is_empty() {
            match here {
                Some(all) => subjects.extend(all),
                None => subjects.directory(Path::new(""))?,
            }
            return Ok(subjects);
        }
        for file in files {
            subjects.named(file, here.as_deref().unwrap_or_default())?;
        }
        Ok(subjects)
    }

    fn named(&mut self, file: &Path, here: &[Target]) -> miette::Result<()> {
        if !file.exists() {
            return Err(miette!(help = "name a file or a directory that exists", "{} isn't there", file.display()));
        }
        if is_config(file) {
            self.extend(configured_by(&Config::read(file)?, &Given::default())?);
            return Ok(());
        }
        let beside = file.parent().unwrap_or(Path::new(""));
        if file.is_dir() {
            match configured(file, &Given::default())? {
                Some(all) => self.extend(all),
                None if file.join(lockfile::FILE_NAME).exists() => self.lock(file.join(lockfile::FILE_NAME), here),
                None => self.directory(file)?,
            }
            return Ok(());
        }
        let name = file.file_name().unwrap_or_default();
        let is_rendered = |name: &str| {
            [dockerfile::DOCKERFILE, dockerfile::TEMPLATE, render::COMPOSE].contains(&name)
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
            let elsewhere = if beside.as_os_str().is_empty() { None } else { configured(beside, &Given::default())? };
            let is_it = |target: &&Target| is_same(&target.file, file);
            match here.iter().find(is_it).or(elsewhere.iter().flatten().find(is_it)) {
                Some(target) => self.extend([target.clone()]),
                None => self.add(Subject {
                    lock: beside.join(lockfile::FILE_NAME),
                    file: Some(file.to_owned()),
                    args: None,
                }),
            }
        }
        Ok(())
    }

    /// The lock of a directory, or else its environment file, which has none.
    fn directory(&mut self, directory: &Path) -> miette::Result<()> {
        let lock = directory.join(lockfile::FILE_NAME);
        let file = if lock.exists() { None } else { Some(files::environment_file(directory)?) };
        self.add(Subject { lock, file, args: None });
        Ok(())
    }

    fn lock(&mut self, lock: PathBuf, here: &[Target]) {
        let beside = files::beside(&lock);
        let is_its = |target: &&Target| is_same(files::or_here(&target.directory), beside);
        match here.iter().find(is_its) {
            Some(target) => self.extend([target.clone()]),
            None => self.add(Subject { lock, file: None, args: None }),
        }
    }

    fn extend(&mut self, targets: impl IntoIterator<Item = Target>) {
        for Target { file, directory, args, .. } in targets {
            self.add(Subject { lock: directory.join(lockfile::FILE_NAME), file: Some(file), args: Some(args) });
        }
    }

    /// Adds one, unless its lock is there already.
    fn add(&mut self, subject: Subject) {
        match self.found.iter_mut().find(|it| is_same(&it.lock, &subject.lock)) {
            Some(known) => known.file = known.file.take().or(subject.file),
            None => self.found.push(subject),
        }
    }
}

impl Subject {
    /// The directory of the lock.
    pub(super) fn directory(&self) -> PathBuf {
        files::output_dir(None, &self.lock)
    }

    /// The lock and its text.
    ///
    /// # Errors
    ///
    /// Where it isn't there, or can't be read.
    pub(super) fn read_lock(&self) -> miette::Result<(Lockfile, String)> {
        if !self.lock.exists() {
            return Err(miette!(help = "make it with `envlock convert`", "there is no lock"));
        }
        let text = render::read(&self.lock)?;
        let lock = lockfile::parse(&self.lock.display().to_string(), &text)?;
        Ok((lock, text))
    }

    /// The environment file: the one that is named, or else that of the lock.
    pub(super) fn source(&self, lock: &Lockfile) -> Option<PathBuf> {
        let seen = |source: &String| PathBuf::from(relative(&self.directory().join(source), Path::new(".")));
        let its = || lock.metadata.sources.first().map(seen);
        self.file.clone().or_else(its)
    }
}
