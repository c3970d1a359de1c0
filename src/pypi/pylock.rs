//! The answer of the resolver, a `pylock.toml`.
//!
//! Source of the format: PEP 751.

use pep440_rs::Version;
use pep508_rs::PackageName;
use serde::Deserialize;
use url::Url;

/// A lock of Python packages, as far as it is read here.
#[derive(Debug, Deserialize)]
pub(super) struct PyLock {
    /// Its packages.
    #[serde(default)]
    pub packages: Vec<Locked>,
}

/// A package.
#[derive(Debug, Deserialize)]
pub(super) struct Locked {
    /// Its name.
    pub name: PackageName,
    /// Its version, which may be missing where it is from source.
    pub version: Option<Version>,
    /// Its source distribution.
    pub sdist: Option<LockedFile>,
    /// Its wheels.
    #[serde(default)]
    pub wheels: Vec<LockedFile>,
    /// The repository it is from.
    pub vcs: Option<Vcs>,
    /// The file it is from, by its own address.
    pub archive: Option<LockedFile>,
}

/// A file.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct LockedFile {
    /// Where it is.
    pub url: Option<Url>,
    /// Its hashes.
    #[serde(default)]
    pub hashes: Hashes,
    /// Its size in bytes, where the index says it.
    pub size: Option<u64>,
    /// Where the package lies in it.
    pub subdirectory: Option<String>,
}

impl LockedFile {
    /// The name of the file.
    pub(super) fn file(&self) -> Option<String> {
        file_name(self.url.as_ref()?.as_str())
    }

    /// What it is.
    pub(super) fn packing(&self) -> Option<Packing> {
        Packing::of(&self.file()?)
    }
}

/// What a file is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// A wheel.
    Wheel,
    /// A source distribution as a zip file.
    Zip,
    /// A source distribution as a compressed tar file.
    Tar,
}

impl Packing {
    /// The packing of a file; `None` where it is none of these.
    pub(crate) fn of(file: &str) -> Option<Self> {
        let file = file.to_ascii_lowercase();
        let is = |ending: &str| file.ends_with(ending);
        match () {
            () if is(".whl") => Some(Self::Wheel),
            () if is(".zip") => Some(Self::Zip),
            () if [".tar.gz", ".tgz", ".tar.bz2"].into_iter().any(is) => Some(Self::Tar),
            () => None,
        }
    }
}

/// The last part of an address, decoded.
pub(crate) fn file_name(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?;
    let last = path.rsplit('/').next()?;
    Some(percent_encoding::percent_decode_str(last).decode_utf8_lossy().into_owned())
}

/// Hashes, in hexadecimal digits.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Hashes {
    /// The one that counts here.
    pub sha256: Option<String>,
}

/// A commit of a repository.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Vcs {
    /// The kind of repository: `git`.
    pub r#type: String,
    /// Where it is.
    pub url: Option<String>,
    /// The commit.
    pub commit_id: String,
    /// Where the package lies in it.
    pub subdirectory: Option<String>,
}
