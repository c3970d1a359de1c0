//! One side of a comparison.

use std::path::Path;

use rattler_conda_types::PackageName;

use super::git;
use crate::{
    environment::read_environment,
    intent,
    lockfile::{
        self, LockedName, LockedVersion, Lockfile, Manager, Requested,
        diff::{Entry, entries},
    },
    page::Compared,
    project::files,
    words::unix_lines,
    workflow::pip,
};

/// One side of a comparison.
#[derive(Debug, Default)]
pub(super) struct Side {
    /// What it is called.
    pub title: String,
    /// Whether it is an environment file.
    pub is_export: bool,
    /// Its packages.
    pub entries: Vec<Entry>,
    /// Itself, where it is a lock.
    pub lock: Option<Lockfile>,
    /// The image to build on.
    pub base_image: Option<String>,
    /// Its date.
    pub as_of: Option<String>,
    /// Its channels.
    pub channels: Option<String>,
}

impl Side {
    /// A lock, or an environment file.
    ///
    /// # Errors
    ///
    /// Where it can't be read.
    pub(super) fn of_file(file: &Path) -> miette::Result<Self> {
        let file = files::lock_file(Some(file));
        // Shells write environment files in many encodings.
        let text = match files::read_text(&file) {
            Err(error) if is_lock(&file, "") => return Err(error),
            text => text.unwrap_or_default(),
        };
        let title = file.display().to_string();
        if is_lock(&file, &text) { Self::of_lock(&title, &text) } else { Self::of_environment(&file) }
    }

    /// A lock as it was in a revision; empty where it wasn't there.
    ///
    /// # Errors
    ///
    /// Where git doesn't know the revision, or it can't be read.
    pub(super) fn of_revision(revision: &str, lock: &Path) -> miette::Result<Self> {
        let title = format!("{} at {revision}", lock.display());
        match git::show(revision, lock)? {
            Some(text) => Self::of_lock(&title, &unix_lines(text)),
            None => Ok(Self { title: format!("{title} (not there)"), ..Self::default() }),
        }
    }

    /// What a page shows of it.
    pub(super) fn compared(&self) -> Compared<'_> {
        Compared { title: &self.title, entries: &self.entries, lock: self.lock.as_ref() }
    }

    fn of_lock(title: &str, text: &str) -> miette::Result<Self> {
        let lock: Lockfile = lockfile::parse(title, text)?;
        Ok(Self {
            title: title.to_owned(),
            is_export: false,
            base_image: lock.base_image().ok().map(|image| image.to_string()),
            as_of: lock.as_of().ok().map(|date| date.map_or_else(|| "latest".to_owned(), |date| date.to_string())),
            channels: Some(lock.channels.join(", ")),
            entries: entries(&lock),
            lock: Some(lock),
        })
    }

    /// What an environment file pins exactly; of the rest only that it is named.
    fn of_environment(file: &Path) -> miette::Result<Self> {
        let mut environment = read_environment(file)?;
        pip::expand(&mut environment, file);
        let intent = intent::understand(&environment);
        let foreign = intent.elsewhere.iter().map(|it| &it.pin);
        let conda = intent.pins.iter().chain(foreign).map(|pin| Entry {
            version: pin.want.exact().cloned().map(LockedVersion::Conda),
            ..Entry::named(LockedName::Conda(PackageName::new_unchecked(pin.name.as_normalized())))
        });
        let pip = lockfile::asked_of_pip(&environment).filter_map(|(_, it)| {
            let Requested::Pip { name: Some(name), line } = it else { return None };
            // `===` asks for a version, too. Hashes and markers come after a blank.
            let version = line.split_once("==").and_then(|(_, rest)| {
                let version = rest.trim_start_matches('=').trim_start().split([';', ' ']).next()?;
                LockedVersion::new(Manager::Pip, version).ok()
            });
            Some(Entry { version, ..Entry::named(LockedName::Pip(name.into())) })
        });
        let entries = conda.chain(pip).collect();
        Ok(Self { title: file.display().to_string(), is_export: true, entries, ..Self::default() })
    }
}

/// Locks have a list `package:`, environment files one of dependencies.
fn is_lock(file: &Path, text: &str) -> bool {
    file.to_string_lossy().ends_with("-lock.yml") || text.lines().any(|line| line.starts_with("package:"))
}
