//! Of each version the one file that fits the target best.

use std::sync::Arc;

use pep440_rs::Version;
use pep508_rs::PackageName;
use url::Url;

use super::{
    error::PipError,
    index::{Asker, DistributionFile, is_of_server},
    provided::AllProvided,
    pylock::{Hashes, Locked, LockedFile, Packing, PyLock, Vcs},
    section::Places,
    target::PipTarget,
    uv,
};
use crate::base::credentials::without_secrets;

/// A package and the one thing that it is installed from.
#[derive(Debug)]
pub(super) struct Chosen {
    /// Its name.
    pub name: PackageName,
    /// Its version, where it is known.
    pub version: Option<Version>,
    /// What that is.
    pub from: Origin,
}

/// What a package is installed from.
#[derive(Debug)]
pub(super) enum Origin {
    Wheel(LockedFile),
    Source(LockedFile),
    Repository { url: String, commit: String },
}

impl Chosen {
    /// Whether it is built from an archive.
    pub(super) fn is_source(&self) -> bool {
        matches!(self.from, Origin::Source(_))
    }

    /// The address and the hash of the wheel that it is.
    pub(super) fn wheel(&self) -> Option<(Url, Option<String>)> {
        let Origin::Wheel(file) = &self.from else { return None };
        Some((file.url.clone()?, file.hashes.sha256.as_ref().map(|it| it.to_ascii_lowercase())))
    }

    /// The archive that it is built from.
    pub(super) fn source_file(&self, version: Version) -> Option<DistributionFile> {
        let Origin::Source(file) = &self.from else { return None };
        Some(DistributionFile {
            name: file.file()?,
            url: file.url.clone()?,
            sha256: file.hashes.sha256.clone(),
            size: file.size,
            is_yanked: false,
            version,
            requires_python: None,
            is_wheel: false,
        })
    }
}

/// Chooses a file of each package of the answer. What conda provides is left out.
///
/// # Errors
///
/// Where a package has none, or none on a server although all indexes are there.
pub(super) async fn choose(
    answer: &PyLock,
    provided: &AllProvided,
    target: &PipTarget,
    places: &Places,
    asker: &Arc<Asker>,
) -> Result<Vec<Chosen>, PipError> {
    let mut all = Vec::new();
    for package in &answer.packages {
        if provided.contains_key(&package.name) {
            continue;
        }
        let from =
            from(package, target).ok_or_else(|| uv::failed(format!("{} has no file that fits", package.name)))?;
        if let Some(url) = elsewhere(package, &from).filter(|_| places.are_servers()) {
            let (name, url) = (&package.name, without_secrets(url.as_str()));
            return Err(uv::failed(format!("the index says that {name} is at `{url}`, which is on no server")));
        }
        let from = unzipped(package, from, places, asker).await?;
        all.push(Chosen { name: package.name.clone(), version: package.version.clone(), from });
    }
    Ok(all)
}

fn from(package: &Locked, target: &PipTarget) -> Option<Origin> {
    if let Some(vcs) = &package.vcs {
        return repository(vcs);
    }
    if let Some(archive) = &package.archive {
        let is_wheel = archive.packing() == Some(Packing::Wheel);
        return Some(if is_wheel { Origin::Wheel(archive.clone()) } else { Origin::Source(archive.clone()) });
    }
    let fitting = package.wheels.iter().filter_map(|wheel| Some((target.fit(&wheel.file()?)?, wheel)));
    match fitting.min_by(|(a, _), (b, _)| a.cmp(b)) {
        Some((_, wheel)) => Some(Origin::Wheel(wheel.clone())),
        None => package.sdist.clone().map(Origin::Source),
    }
}

/// The address of a file of an index, where it is none of a server.
fn elsewhere<'f>(package: &Locked, from: &'f Origin) -> Option<&'f Url> {
    let (Origin::Wheel(file) | Origin::Source(file)) = from else { return None };
    file.url.as_ref().filter(|url| package.archive.is_none() && !is_of_server(url))
}

fn repository(vcs: &Vcs) -> Option<Origin> {
    let within = vcs.subdirectory.as_ref().map(|within| format!("#subdirectory={within}")).unwrap_or_default();
    let url = vcs.url.as_deref().filter(|_| vcs.r#type == "git")?;
    Some(Origin::Repository { url: format!("git+{url}@{}{within}", vcs.commit_id), commit: vcs.commit_id.clone() })
}

/// Another archive of the same release where the one at hand is a zip file, if there is one.
async fn unzipped(package: &Locked, from: Origin, places: &Places, asker: &Arc<Asker>) -> Result<Origin, PipError> {
    let is_zip =
        matches!(&from, Origin::Source(file) if file.packing() == Some(Packing::Zip)) && package.archive.is_none();
    let Some(version) = package.version.as_ref().filter(|_| is_zip) else { return Ok(from) };
    let files = asker.files(places, &package.name, Some(version)).await?.unwrap_or_default();
    let is_other = |it: &DistributionFile| it.version == *version && Packing::of(&it.name) == Some(Packing::Tar);
    let mut others = files.into_iter().filter(is_other);
    Ok(others.next().map_or(from, |file| {
        let hashes = Hashes { sha256: file.sha256 };
        Origin::Source(LockedFile { url: Some(file.url), hashes, size: None, subdirectory: None })
    }))
}
