//! Of each version the one file that fits the target best.

use std::{collections::BTreeMap, sync::Arc};

use pep440_rs::Version;
use pep508_rs::PackageName;

use super::{
    Form, PipPackage, Role,
    error::PipError,
    index::{Asker, DistributionFile},
    pylock::{Locked, LockedFile, Packing, PyLock, Vcs},
    requires::Dependencies,
    resolve::{Resolution, Tools},
    section::WantedLine,
    uv,
};
use crate::base::{credentials::without_secrets, hash::sha256_hex};

/// A package and the one thing that it is installed from.
#[derive(Debug)]
pub(super) struct Chosen {
    /// Its normalised name.
    pub name: String,
    /// Its version, where it is known.
    pub version: Option<String>,
    from: From,
}

#[derive(Debug)]
enum From {
    Wheel(LockedFile),
    Source(LockedFile),
    Repository { url: String, commit: String },
}

impl Chosen {
    /// Whether it is built from an archive.
    pub(super) fn is_source(&self) -> bool {
        matches!(self.from, From::Source(_))
    }

    /// The address and the hash of the wheel that it is.
    pub(super) fn wheel(&self) -> Option<(String, Option<String>)> {
        let From::Wheel(file) = &self.from else { return None };
        Some((file.url.clone()?, file.hashes.sha256.as_ref().map(|it| it.to_ascii_lowercase())))
    }

    /// The archive that it is built from.
    pub(super) fn source_file(&self, version: Version) -> Option<DistributionFile> {
        let From::Source(file) = &self.from else { return None };
        let url = file.url.as_deref()?.parse().ok()?;
        Some(DistributionFile {
            name: file.file()?,
            url,
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
/// Where a package has none.
pub(super) async fn choose(job: &Resolution<'_>, answer: &PyLock, asker: &Arc<Asker>) -> Result<Vec<Chosen>, PipError> {
    let mut all = Vec::new();
    for package in &answer.packages {
        let name = package.name.parse::<PackageName>();
        if name.is_ok_and(|name| job.provided.contains_key(&name)) {
            continue;
        }
        let from = from(job, package).ok_or_else(|| uv::failed(format!("{} has no file that fits", package.name)))?;
        let from = unzipped(job, package, from, asker).await?;
        all.push(Chosen { name: package.name.clone(), version: package.version.clone(), from });
    }
    Ok(all)
}

fn from(job: &Resolution, package: &Locked) -> Option<From> {
    if let Some(vcs) = &package.vcs {
        return repository(vcs);
    }
    if let Some(archive) = &package.archive {
        let is_wheel = archive.packing() == Some(Packing::Wheel);
        return Some(if is_wheel { From::Wheel(archive.clone()) } else { From::Source(archive.clone()) });
    }
    let fitting = package.wheels.iter().filter_map(|wheel| Some((job.target.fit(&wheel.file()?)?, wheel)));
    match fitting.min_by(|(a, _), (b, _)| a.cmp(b)) {
        Some((_, wheel)) => Some(From::Wheel(wheel.clone())),
        None => package.sdist.clone().map(From::Source),
    }
}

fn repository(vcs: &Vcs) -> Option<From> {
    let within = vcs.subdirectory.as_ref().map(|within| format!("#subdirectory={within}")).unwrap_or_default();
    let url = vcs.url.as_deref().filter(|_| vcs.r#type == "git")?;
    Some(From::Repository { url: format!("git+{url}@{}{within}", vcs.commit_id), commit: vcs.commit_id.clone() })
}

/// Another archive of the same release where the one at hand is a zip file, if there is one.
async fn unzipped(job: &Resolution<'_>, package: &Locked, from: From, asker: &Arc<Asker>) -> Result<From, PipError> {
    let is_zip =
        matches!(&from, From::Source(file) if file.packing() == Some(Packing::Zip)) && package.archive.is_none();
    let (Ok(name), Some(Ok(version))) =
        (package.name.parse(), package.version.as_ref().map(|it| it.parse::<Version>()))
    else {
        return Ok(from);
    };
    if !is_zip {
        return Ok(from);
    }
    let files = asker.files(&job.section.places, &name, Some(&version)).await?.unwrap_or_default();
    let is_other = |it: &DistributionFile| it.version == version && Packing::of(&it.name) == Some(Packing::Tar);
    let mut others = files.into_iter().filter(is_other);
    Ok(others.next().map_or(from, |file| {
        let hashes = super::pylock::Hashes { sha256: file.sha256 };
        From::Source(LockedFile { url: Some(file.url.to_string()), hashes, size: None, subdirectory: None })
    }))
}

/// The packages as the lock has them. A hash that the index doesn't say is taken of the file.
///
/// # Errors
///
/// Where a file can't be fetched for that.
pub(super) async fn packages(
    chosen: Vec<Chosen>,
    wanted: &[WantedLine],
    tools: &Tools,
    needs: &BTreeMap<PackageName, Dependencies>,
    asker: &Arc<Asker>,
    notes: &mut Vec<String>,
) -> Result<Vec<PipPackage>, PipError> {
    let mut packages = Vec::new();
    for it in chosen {
        let name: Option<PackageName> = it.name.parse().ok();
        let is_asked = wanted.iter().any(|wanted| wanted.name.is_none() || wanted.name == name);
        let role = match name.as_ref().and_then(|name| tools.get(name)) {
            Some(tool) => Role::Builds(tool.builds.iter().cloned().collect()),
            None if is_asked => Role::Asked,
            None => Role::Needed,
        };
        let dependencies = name.as_ref().and_then(|name| needs.get(name)).cloned().unwrap_or_default();
        let (form, file) = match it.from {
            From::Repository { url, commit } => {
                let version = it.version.unwrap_or_else(|| "0".to_owned());
                let url = without_secrets(&url);
                if url.starts_with("git+ssh") {
                    notes.push(format!(
                        "micromamba can't read a lock with git+ssh, as of {}; the Dockerfile needs no such reader",
                        it.name
                    ));
                }
                let (form, size) = (Form::Git, None);
                packages.push(PipPackage { name: it.name, version, url, hash: commit, size, form, role, dependencies });
                continue;
            }
            From::Wheel(file) => (Form::Wheel, file),
            From::Source(file) => (Form::Sdist, file),
        };
        let url = file.url.clone().unwrap_or_default();
        let (hash, size) = if let Some(hash) = &file.hashes.sha256 {
            (hash.to_ascii_lowercase(), file.size)
        } else {
            let address = url.parse().map_err(|_| uv::failed(format!("{} has no address", it.name)))?;
            notes.push(format!("the index says no hash of {}; it was taken of the file", it.name));
            let bytes = asker.fetch(&address).await?;
            (sha256_hex(&bytes), Some(bytes.len() as u64))
        };
        if file.packing() == Some(Packing::Zip) {
            notes.push(format!(
                "{} comes as a zip file only: micromamba can't read a lock that names one; the Dockerfile needs no such reader",
                it.name
            ));
        }
        let within = file.subdirectory.as_ref().map(|within| format!("#subdirectory={within}")).unwrap_or_default();
        let url = without_secrets(&format!("{}{within}", url.split('#').next().unwrap_or_default()));
        let version = it.version.unwrap_or_default();
        packages.push(PipPackage { name: it.name, version, url, hash, size, form, role, dependencies });
    }
    Ok(packages)
}
