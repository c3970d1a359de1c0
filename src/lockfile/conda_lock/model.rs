//! The model of a conda-lock file: the fields that its strict reader knows, in the order that it writes them, and the keys
//! of `custom_metadata` that are envlock's.
//!
//! Source: `conda_lock/lockfile/v1/models.py` of conda-lock 4. Unknown keys are refused there, so none are written; they
//! are read past here, since conda-lock's own files hold more (`time_metadata`, `source`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{base::text::Text, lockfile::Manager};

/// The keys of `custom_metadata` that are ours.
pub(super) mod key {
    pub(crate) const ALLOW_BUILD: &str = "build_allowed";
    pub(crate) const AS_OF: &str = "as_of";
    pub(crate) const AS_OF_GIVEN: &str = "as_of_given";
    pub(crate) const BASE_IMAGE: &str = "base_image";
    pub(crate) const BASE_IMAGE_PLATFORM: &str = "base_image_platform";
    pub(crate) const CHANNEL_NAMES: &str = "channel_names";
    pub(crate) const CHANNELS: &str = "channels_given";
    pub(crate) const COMPOSE: &str = "compose";
    pub(crate) const CREATED_BY: &str = "created_by";
    pub(crate) const CREDENTIALS_FOR: &str = "credentials_for";
    pub(crate) const ENV_FILE: &str = "env_file";
    pub(crate) const NO_PYC: &str = "no_pyc";
    pub(crate) const HORIZON: &str = "horizon";
    pub(crate) const INPUT: &str = "input";
    pub(crate) const INPUT_SHA256: &str = "input_sha256";
    pub(crate) const INSTALLER: &str = "installer";
    pub(crate) const JUPYTER: &str = "jupyter";
    pub(crate) const LAYERS: &str = "layers";
    pub(crate) const LOCK_VERSION: &str = "envlock_lock_version";
    pub(crate) const OUTCOMES: &str = "outcomes";
    pub(crate) const OUTCOMES_SHA256: &str = "outcomes_sha256";
    pub(crate) const NO_PIP: &str = "pip_left_out";
    pub(crate) const PACKAGES_SHA256: &str = "packages_sha256";
    pub(crate) const PIP_PREFERENCE: &str = "pip_preference";
    pub(crate) const PREFER: &str = "prefer";
    pub(crate) const PRIORITY: &str = "channel_priority";
    pub(crate) const PYPI_NAMES: &str = "pypi_names";
    pub(crate) const PYTHON: &str = "python";
    pub(crate) const SIZES: &str = "sizes";
    pub(crate) const SKIP_UNLOCKABLE: &str = "unlockable_skipped";
    pub(crate) const UPDATED: &str = "updated";
    pub(crate) const VIRTUAL_PACKAGES: &str = "virtual_packages";
    pub(crate) const VIRTUAL_PACKAGES_GIVEN: &str = "virtual_packages_given";

    /// The value of `as_of` for a lock of the newest there was.
    pub(crate) const LATEST: &str = "latest";
    /// The value of what is or isn't, where it is.
    pub(crate) const YES: &str = "yes";
}

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CondaLock<'a> {
    /// The version of the format, 1.
    pub version: u32,
    /// What the lock was made from.
    pub metadata: CondaLockMetadata,
    /// The packages: conda's by name, then pip's.
    #[serde(borrow)]
    pub package: Vec<CondaLockPackage<'a>>,
}

/// What the lock was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CondaLockMetadata {
    /// Platform to hash of the input.
    pub content_hash: BTreeMap<String, String>,
    /// The channels, the most important first.
    pub channels: Vec<CondaLockChannel>,
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
pub(super) struct CondaLockChannel {
    /// Its name or URL, without credentials.
    pub url: String,
    /// Names of environment variables in the URL; always empty.
    pub used_env_vars: Vec<String>,
}

/// A package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CondaLockPackage<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: Text<'a>,
    /// Its version.
    #[serde(borrow)]
    pub version: Text<'a>,
    /// What installs it.
    pub manager: Manager,
    /// The platform locked for, also where the package is noarch.
    #[serde(borrow)]
    pub platform: Text<'a>,
    /// Name to constraint, with the build as in the record: micromamba writes it to conda-meta.
    #[serde(default)]
    pub dependencies: Dependencies,
    /// Where to download it.
    #[serde(borrow)]
    pub url: Text<'a>,
    /// Its hashes.
    #[serde(borrow)]
    pub hash: CondaLockHash<'a>,
    /// Always `main`.
    #[serde(borrow, default = "main_category")]
    pub category: Text<'a>,
    /// Always `false`.
    pub optional: bool,
}

/// The names of what a package needs, each with its constraint.
pub(super) type Dependencies = BTreeMap<String, String>;

/// Hashes, as lower-case hexadecimal digits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CondaLockHash<'a> {
    /// MD5, which conda-lock requires.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub md5: Option<Text<'a>>,
    /// SHA-256, which is trusted first; of a repository, the commit.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Text<'a>>,
}

/// The only category of envlock's locks.
pub(super) const MAIN: &str = "main";

pub(super) fn main_category() -> Text<'static> {
    Text(MAIN.into())
}
