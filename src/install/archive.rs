//! The archive of a conda package, which is downloaded and checked.

use rattler_conda_types::{
    PackageName, PackageRecord, RepoDataRecord, VersionWithSource,
    package::{ArchiveIdentifier, BuildString, CondaArchiveIdentifier, DistArchiveIdentifier},
};
use rattler_digest::{Md5, Md5Hash, Sha256, Sha256Hash, parse_digest_from_hex};
use url::Url;

use super::InstallError;
use crate::{environment::without_secrets, http::clean, words::one_line};

/// The archive of a conda package.
#[derive(Clone, Debug)]
pub struct Archive {
    /// Where it is.
    pub url: Url,
    /// Its name, version and build, as the address has them.
    pub identifier: CondaArchiveIdentifier,
    /// Its SHA-256, which it is checked by.
    pub sha256: Sha256Hash,
    /// Its MD5, which goes into its record.
    pub md5: Option<Md5Hash>,
    /// What it depends on, where the lock says so: a channel may know better than the archive.
    pub depends: Option<Vec<String>>,
    /// How many bytes it has, where that is known.
    pub size: Option<u64>,
}

impl Archive {
    /// Reads an address and hashes, in hexadecimal digits.
    pub(super) fn new(url: &str, sha256: Option<&str>, md5: Option<&str>) -> Result<Self, String> {
        let parsed =
            Url::parse(url).map_err(|error| format!("`{}` is no URL: {error}", one_line(&without_secrets(url))))?;
        let identifier = CondaArchiveIdentifier::try_from_url(&parsed).ok_or_else(|| {
            format!("`{}` is not the address of a .conda or .tar.bz2", one_line(&without_secrets(url)))
        })?;
        let sha256 = sha256.and_then(parse_digest_from_hex::<Sha256>);
        let sha256 = sha256.ok_or_else(|| format!("{identifier} has no SHA-256 to check it by"))?;
        let md5 = md5.and_then(parse_digest_from_hex::<Md5>);
        Ok(Self { url: parsed, identifier, sha256, md5, depends: None, size: None })
    }

    /// The archive that a record speaks of.
    ///
    /// # Errors
    ///
    /// Where the record has no hash to check it by.
    pub(super) fn of_record(record: &RepoDataRecord) -> Result<Self, InstallError> {
        let inner = &record.package_record;
        let hash = |digest: &[u8]| const_hex::encode(digest);
        let (sha256, md5) = (inner.sha256.as_ref().map(|it| hash(it)), inner.md5.as_ref().map(|it| hash(it)));
        let archive = Self::new(record.url.as_str(), sha256.as_deref(), md5.as_deref());
        let archive = archive.map_err(|reason| InstallError::NoPackage { url: clean(&record.url), reason })?;
        Ok(Self { depends: Some(inner.depends.clone()), size: inner.size, ..archive })
    }

    /// As much of its record as its address tells.
    ///
    /// # Errors
    ///
    /// Where that is no name or no version.
    pub(super) fn record(&self) -> Result<PackageRecord, InstallError> {
        let ArchiveIdentifier { name, version, build_string } = &self.identifier.identifier;
        let bad = |reason: String| InstallError::NoPackage { url: clean(&self.url), reason };
        let name = name.parse::<PackageName>().map_err(|error| bad(error.to_string()))?;
        let version = version.parse::<VersionWithSource>().map_err(|error| bad(error.to_string()))?;
        let build = build_string.parse::<BuildString>().map_err(|error| bad(error.to_string()))?;
        Ok(PackageRecord { sha256: Some(self.sha256), md5: self.md5, ..PackageRecord::new(name, version, build) })
    }

    /// The channel it is of: its address without subdir and file.
    pub(super) fn channel(&self) -> Option<String> {
        let channel = self.url.join("../").ok()?;
        Some(clean(&channel).trim_end_matches('/').to_owned())
    }

    /// The name of its file, as records have it.
    pub(super) fn file_name(&self) -> DistArchiveIdentifier {
        DistArchiveIdentifier::new(self.identifier.identifier.clone(), self.identifier.archive_type)
    }
}
