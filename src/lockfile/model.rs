//! The model of a conda-lock file: the fields that its strict reader knows, in the order that it writes them.
//!
//! Source: `conda_lock/lockfile/v1/models.py` of conda-lock 4. Unknown keys are refused there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A whole lockfile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lockfile {
    /// The version of the format, 1.
    pub version: u32,
    /// What the lock was made from.
    pub metadata: Metadata,
    /// The packages: conda's by name, then pip's.
    pub package: Vec<Package>,
}

/// What the lock was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// `conda` or `pip`.
    pub manager: String,
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

/// Hashes, as lower-case hexadecimal digits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
