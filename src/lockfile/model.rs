//! The model of a conda-lock file: the fields that its strict reader knows, in the order that it writes them.
//!
//! Source: `conda_lock/lockfile/v1/models.py` of conda-lock 4. Unknown keys are refused there, so none are written; they
//! are read past here, since conda-lock's own files hold more (`time_metadata`, `source`).

use std::collections::BTreeMap;

use jiff::Timestamp;
use rattler_conda_types::package::CondaArchiveIdentifier;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Choices, Input, LockError, Manager, PLATFORM};

/// The keys of `custom_metadata` that are ours.
pub(super) mod key {
    pub const ALLOW_BUILD: &str = "build_allowed";
    pub const AS_OF: &str = "as_of";
    pub const AS_OF_GIVEN: &str = "as_of_given";
    pub const BASE_IMAGE: &str = "base_image";
    pub const BASE_IMAGE_PLATFORM: &str = "base_image_platform";
    pub const CHANNELS: &str = "channels_given";
    pub const COMPOSE: &str = "compose";
    pub const CREATED_BY: &str = "created_by";
    pub const ENV_FILE: &str = "env_file";
    pub const NO_PYC: &str = "no_pyc";
    pub const HORIZON: &str = "horizon";
    pub const INPUT: &str = "input";
    pub const INPUT_SHA256: &str = "input_sha256";
    pub const INSTALLER: &str = "installer";
    pub const JUPYTER: &str = "jupyter";
    pub const LAYERS: &str = "layers";
    pub const LOCK_VERSION: &str = "envlock_lock_version";
    pub const OUTCOMES: &str = "outcomes";
    pub const OUTCOMES_SHA256: &str = "outcomes_sha256";
    pub const NO_PIP: &str = "pip_left_out";
    pub const PACKAGES_SHA256: &str = "packages_sha256";
    pub const PIP_PREFERENCE: &str = "pip_preference";
    pub const PREFER: &str = "prefer";
    pub const PRIORITY: &str = "channel_priority";
    pub const PYPI_NAMES: &str = "pypi_names";
    pub const PYTHON: &str = "python";
    pub const SIZES: &str = "sizes";
    pub const SKIP_UNLOCKABLE: &str = "unlockable_skipped";
    pub const UPDATED: &str = "updated";
    pub const VIRTUAL_PACKAGES: &str = "virtual_packages";
    pub const VIRTUAL_PACKAGES_GIVEN: &str = "virtual_packages_given";

    /// The value of `as_of` for a lock of the newest there was.
    pub const LATEST: &str = "latest";
    /// The value of what is or isn't, where it is.
    pub const YES: &str = "yes";
}

/// A whole lockfile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lockfile {
    /// The version of the format, 1.
    pub version: u32,
    /// What the lock was made from.
    pub metadata: Metadata,
    /// The packages: conda's by name, then pip's.
    pub package: Vec<Package>,
}

impl Lockfile {
    /// The conda packages for the target, in the order of the file.
    pub fn conda_packages(&self) -> impl Iterator<Item = &Package> {
        self.package.iter().filter(|package| package.manager == Manager::Conda && package.platform == PLATFORM)
    }

    /// The packages that pip installs, in the order of the file.
    pub fn pip_packages(&self) -> impl Iterator<Item = &Package> {
        self.package.iter().filter(|package| package.manager == Manager::Pip && package.platform == PLATFORM)
    }

    /// What the lock was made from.
    ///
    /// # Errors
    ///
    /// Where the lock doesn't say, or not in a form that this version knows.
    pub fn input(&self) -> Result<Input, LockError> {
        Input::parse(self.ours(key::INPUT)?).ok_or(LockError::Unsaid { key: key::INPUT })
    }

    /// The date that the lock is of; `None` for the newest there was.
    ///
    /// # Errors
    ///
    /// Where the lock doesn't say.
    pub fn as_of(&self) -> Result<Option<Timestamp>, LockError> {
        match self.ours(key::AS_OF)? {
            key::LATEST => Ok(None),
            date => date.parse().map(Some).map_err(|_| LockError::Unsaid { key: key::AS_OF }),
        }
    }

    /// Up to when records count in the lock, see [`Solution::horizon`](crate::solve::Solution::horizon); `None` where it
    /// doesn't say.
    #[must_use]
    pub fn horizon(&self) -> Option<Timestamp> {
        self.ours(key::HORIZON).ok()?.parse().ok()
    }

    /// What the image offered when the lock was made, one word each, which can be given as overrides again.
    ///
    /// # Errors
    ///
    /// Where the lock doesn't say.
    pub fn virtual_packages(&self) -> Result<Vec<String>, LockError> {
        Ok(self.ours(key::VIRTUAL_PACKAGES)?.split_whitespace().map(str::to_owned).collect())
    }

    /// What was chosen when the lock was made that the environment file doesn't say.
    #[must_use]
    pub fn choices(&self) -> Choices {
        Choices::of(self)
    }

    /// Takes from a lock of the same packages how they can be found again: by a moment, or as those that are locked.
    pub(crate) fn find_again_like(&mut self, before: &Self) {
        for key in [key::HORIZON, key::UPDATED] {
            self.say(key, before.ours(key).ok().map(str::to_owned));
        }
    }

    /// The version of the envlock that made the lock.
    ///
    /// # Errors
    ///
    /// Where the lock doesn't say.
    pub fn envlock_version(&self) -> Result<&str, LockError> {
        let created_by = self.ours(key::CREATED_BY)?;
        created_by.strip_prefix("envlock ").ok_or(LockError::Unsaid { key: key::CREATED_BY })
    }

    pub(super) fn ours(&self, key: &'static str) -> Result<&str, LockError> {
        self.metadata.custom_metadata.get(key).map(String::as_str).ok_or(LockError::Unsaid { key })
    }

    /// Says a thing of ours in the place of what was said before, or nothing.
    pub(super) fn say(&mut self, key: &'static str, value: Option<String>) {
        match value {
            Some(value) => self.metadata.custom_metadata.insert(key.to_owned(), value),
            None => self.metadata.custom_metadata.remove(key),
        };
    }
}

/// What the lock was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Platform to hash of the input.
    pub content_hash: BTreeMap<String, String>,
    /// The channels, the most important first.
    pub channels: Vec<ChannelEntry>,
    /// The platforms locked for.
    pub platforms: Vec<String>,
    /// The environment files, relative to the lock.
    pub sources: Vec<String>,
    /// What is ours: strings only.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_metadata: BTreeMap<String, String>,
}

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelEntry {
    /// Its name or URL, without credentials.
    pub url: String,
    /// Names of environment variables in the URL; always empty.
    pub used_env_vars: Vec<String>,
}

/// A package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What installs it.
    pub manager: Manager,
    /// The platform locked for, also where the package is noarch.
    pub platform: String,
    /// Name to constraint, with the build as in the record: micromamba writes it to conda-meta.
    #[serde(default)]
    pub dependencies: BTreeMap<String, String>,
    /// Where to download it.
    pub url: String,
    /// Its hashes.
    pub hash: Hash,
    /// Always `main`.
    #[serde(default = "main_category")]
    pub category: String,
    /// Always `false`.
    pub optional: bool,
}

impl Package {
    /// The build string of a conda package, which its file's name ends with; `None` of any other.
    #[must_use]
    pub fn build_string(&self) -> Option<String> {
        let url = Url::parse(&self.url).ok()?;
        let file = CondaArchiveIdentifier::try_from_url(&url).filter(|_| self.manager == Manager::Conda)?;
        Some(file.identifier.build_string)
    }
}

/// Hashes, as lower-case hexadecimal digits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hash {
    /// MD5, which conda-lock requires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub md5: Option<String>,
    /// SHA-256, which is trusted first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

fn main_category() -> String {
    "main".to_owned()
}
