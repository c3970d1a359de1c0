//! A locked package, and the one file or repository that it is installed from.

use std::{borrow::Cow, collections::BTreeMap};

use rattler_conda_types::package::CondaArchiveIdentifier;
use rattler_digest::{
    Md5, Md5Hash, Sha256, Sha256Hash,
    digest::{Digest, Output},
};
use url::Url;

use super::{LockedName, LockedVersion, Manager};
use crate::{environment::without_secrets, pypi, words::has_blanks};

/// The digits of a commit of git.
const COMMIT: usize = 40;

/// A package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name, as its manager has it.
    pub name: LockedName,
    /// Its version, in the words of its record or of its index.
    pub version: LockedVersion,
    /// Name to constraint, with the build as in the record.
    pub dependencies: BTreeMap<String, String>,
    /// What it is installed from.
    pub artifact: Artifact,
    /// The bytes to download, where they are known.
    pub size: Option<u64>,
}

/// What a package is installed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Artifact {
    /// An archive of conda's. It has one hash at least.
    Conda {
        /// Where it is. It ends with the archive's name.
        url: Url,
        /// The build string.
        build: String,
        /// Its MD5, by which old programs know it.
        md5: Option<Md5Hash>,
        /// Its SHA-256, which counts where it is known.
        sha256: Option<Sha256Hash>,
    },
    /// A wheel for pip.
    Wheel {
        /// Where it is.
        url: Url,
        /// Its SHA-256.
        sha256: Sha256Hash,
    },
    /// A source distribution, which pip builds.
    Sdist {
        /// Where it is, without the subdirectory.
        url: Url,
        /// Its SHA-256.
        sha256: Sha256Hash,
        /// Where in it the project is, as its address has it.
        subdirectory: Option<String>,
    },
    /// A commit of a repository, which pip fetches and builds.
    Git {
        /// Where it is: `git+https://host/repository@commit`, and perhaps `#subdirectory=…`.
        url: Url,
        /// The commit, in lower-case hexadecimal digits.
        commit: String,
    },
}

impl Package {
    /// What installs it.
    #[must_use]
    pub fn manager(&self) -> Manager {
        match self.artifact {
            Artifact::Conda { .. } => Manager::Conda,
            Artifact::Wheel { .. } | Artifact::Sdist { .. } | Artifact::Git { .. } => Manager::Pip,
        }
    }

    /// Whether pip builds it, which runs its code.
    #[must_use]
    pub fn is_built(&self) -> bool {
        matches!(self.artifact, Artifact::Sdist { .. } | Artifact::Git { .. })
    }

    /// The build string of a conda package; `None` of any other.
    #[must_use]
    pub fn build_string(&self) -> Option<String> {
        match &self.artifact {
            Artifact::Conda { build, .. } => Some(build.clone()),
            Artifact::Wheel { .. } | Artifact::Sdist { .. } | Artifact::Git { .. } => None,
        }
    }

    /// Where it is downloaded, as conda and pip take it.
    #[must_use]
    pub fn address(&self) -> Cow<'_, str> {
        match &self.artifact {
            Artifact::Sdist { url, subdirectory: Some(within), .. } => format!("{url}#{SUBDIRECTORY}{within}").into(),
            artifact => artifact.url().as_str().into(),
        }
    }

    /// The same for people and pages: without the credentials that other programs write into a lock.
    #[must_use]
    pub fn shown_address(&self) -> String {
        without_secrets(&self.address())
    }

    /// Takes credentials out of its address, where it still is one without them.
    pub(crate) fn forget_credentials(&mut self) {
        let clean = self.shown_address();
        let artifact = match &self.artifact {
            Artifact::Conda { md5, sha256, .. } => {
                clean.parse().ok().and_then(|url| Artifact::conda(url, *md5, *sha256).ok())
            }
            Artifact::Wheel { sha256, .. } | Artifact::Sdist { sha256, .. } => {
                Artifact::pip(&clean, &const_hex::encode(sha256)).ok()
            }
            Artifact::Git { commit, .. } => Artifact::pip(&clean, commit).ok(),
        };
        self.artifact = artifact.unwrap_or_else(|| self.artifact.clone());
    }

    /// The SHA-256 of its file in lower-case hexadecimal digits; `None` where it isn't known, and of a repository.
    #[must_use]
    pub fn sha256(&self) -> Option<String> {
        self.artifact.sha256().map(const_hex::encode)
    }

    /// The MD5 of its file in lower-case hexadecimal digits, where that is known.
    #[must_use]
    pub fn md5(&self) -> Option<String> {
        match &self.artifact {
            Artifact::Conda { md5, .. } => md5.map(const_hex::encode),
            Artifact::Wheel { .. } | Artifact::Sdist { .. } | Artifact::Git { .. } => None,
        }
    }
}

/// What begins the fragment of an address that says where in an archive a project is.
const SUBDIRECTORY: &str = "subdirectory=";

impl Artifact {
    /// Where it is, without what is within.
    #[must_use]
    pub fn url(&self) -> &Url {
        match self {
            Self::Conda { url, .. } | Self::Wheel { url, .. } | Self::Sdist { url, .. } | Self::Git { url, .. } => url,
        }
    }

    /// What it is, in a word: `conda`, `wheel`, `sdist` or `git`.
    #[must_use]
    pub fn form(&self) -> &'static str {
        match self {
            Self::Conda { .. } => "conda",
            Self::Wheel { .. } => "wheel",
            Self::Sdist { .. } => "sdist",
            Self::Git { .. } => "git",
        }
    }

    /// The SHA-256 of its file; `None` where it isn't known, and of a repository.
    pub(crate) fn sha256(&self) -> Option<Sha256Hash> {
        match self {
            Self::Conda { sha256, .. } => *sha256,
            Self::Wheel { sha256, .. } | Self::Sdist { sha256, .. } => Some(*sha256),
            Self::Git { .. } => None,
        }
    }

    /// An archive of conda's at this address.
    ///
    /// # Errors
    ///
    /// What is wrong with the address.
    pub(crate) fn conda(url: Url, md5: Option<Md5Hash>, sha256: Option<Sha256Hash>) -> Result<Self, String> {
        // In an explicit list, the hash stands behind a `#`.
        let file = CondaArchiveIdentifier::try_from_url(&url).filter(|_| url.fragment().is_none());
        let build = file.ok_or("its URL is not the address of a .conda or .tar.bz2")?.identifier.build_string;
        Ok(Self::Conda { url, build, md5, sha256 })
    }

    /// What pip installs from this address: `hash` is the SHA-256 of the file, or the commit of a repository.
    ///
    /// # Errors
    ///
    /// What is wrong, and the text that shows it.
    pub(crate) fn pip<'a>(address: &'a str, hash: &'a str) -> Result<Self, (String, &'a str)> {
        let mut url = url(address)?;
        if url.scheme().starts_with("git+") {
            let is_commit = hash.len() == COMMIT && is_lower_hex(hash);
            let bad = || (format!("its commit is not {COMMIT} lower-case hexadecimal digits"), hash);
            return is_commit.then(|| Self::Git { url, commit: hash.to_owned() }).ok_or_else(bad);
        }
        let sha256 = digest::<Sha256>("SHA-256", hash)?;
        if pypi::is_wheel(address) {
            return Ok(Self::Wheel { url, sha256 });
        }
        let subdirectory = url.fragment().and_then(|it| it.strip_prefix(SUBDIRECTORY)).map(str::to_owned);
        if subdirectory.is_some() {
            url.set_fragment(None);
        }
        Ok(Self::Sdist { url, sha256, subdirectory })
    }
}

/// Reads an address that may stand in a list for conda or pip.
///
/// # Errors
///
/// What is wrong, and the text that shows it.
pub(super) fn url(text: &str) -> Result<Url, (String, &str)> {
    // The reader of URLs passes over line breaks. pip joins a line that ends in a backslash with the next.
    if text.is_empty() || text.contains('\\') || has_blanks(text) {
        return Err(("its URL is empty or holds blanks, control characters or backslashes".to_owned(), text));
    }
    Url::parse(text).map_err(|error| (format!("its URL can't be one: {error}"), text))
}

/// Reads a hash.
///
/// # Errors
///
/// What is wrong, and the text that shows it.
fn digest<'a, D: Digest>(kind: &str, text: &'a str) -> Result<Output<D>, (String, &'a str)> {
    let mut read = Output::<D>::default();
    if is_lower_hex(text) && const_hex::decode_to_slice(text, &mut read).is_ok() {
        return Ok(read);
    }
    let digits = 2 * <D as Digest>::output_size();
    Err((format!("its {kind} is not {digits} lower-case hexadecimal digits"), text))
}

/// Reads an MD5.
///
/// # Errors
///
/// What is wrong, and the text that shows it.
pub(super) fn md5(text: &str) -> Result<Md5Hash, (String, &str)> {
    digest::<Md5>("MD5", text)
}

/// Reads a SHA-256.
///
/// # Errors
///
/// What is wrong, and the text that shows it.
pub(super) fn sha256(text: &str) -> Result<Sha256Hash, (String, &str)> {
    digest::<Sha256>("SHA-256", text)
}

fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
