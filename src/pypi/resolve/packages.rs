//! What was chosen, as the lock has it.

use std::{collections::BTreeMap, sync::Arc};

use pep440_rs::Version;
use pep508_rs::PackageName;

use super::{
    super::{
        PipPackage, Role,
        choose::{Chosen, Origin},
        error::PipError,
        index::Asker,
        pylock::Packing,
        requires::Dependencies,
        section::WantedLine,
        uv,
    },
    tools::Tools,
};
use crate::{
    base::{credentials::without_secrets, hash::sha256_hex},
    lockfile::{Artifact, LockError},
};

/// The packages of the lock. A hash that the index doesn't say is taken of the file.
///
/// # Errors
///
/// Where a file can't be fetched for that, or nothing could install a package from what the index says of it.
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
        let name = it.name;
        let is_asked = wanted.iter().any(|wanted| wanted.name.as_ref().is_none_or(|wanted| *wanted == name));
        let role = match tools.get(&name) {
            Some(tool) => Role::Builds(tool.builds.iter().cloned().collect()),
            None if is_asked => Role::Asked,
            None => Role::Needed,
        };
        let dependencies = needs.get(&name).cloned().unwrap_or_default();
        let unlockable = |reason: String| LockError::Unlockable { name: name.to_string(), reason };
        let at = |address: &str, hash: &str| Artifact::pip(address, hash).map_err(|(reason, _)| unlockable(reason));
        let file = match it.from {
            Origin::Repository { url, commit } => {
                let url = without_secrets(&url);
                if url.starts_with("git+ssh") {
                    notes.push(format!(
                        "micromamba can't read a lock with git+ssh, as of {name}; the Dockerfile needs no such reader"
                    ));
                }
                let version = it.version.unwrap_or_else(|| Version::new([0]));
                let artifact = at(&url, &commit)?;
                packages.push(PipPackage { name, version, artifact, size: None, role, dependencies });
                continue;
            }
            Origin::Wheel(file) | Origin::Source(file) => file,
        };
        let url = file.url.as_ref().ok_or_else(|| uv::failed(format!("{name} has no address")))?;
        let (hash, size) = if let Some(hash) = &file.hashes.sha256 {
            (hash.to_ascii_lowercase(), file.size)
        } else {
            notes.push(format!("the index says no hash of {name}; it was taken of the file"));
            let bytes = asker.fetch(url).await?;
            (sha256_hex(&bytes), Some(bytes.len() as u64))
        };
        if file.packing() == Some(Packing::Zip) {
            notes.push(format!(
                "{name} comes as a zip file only: micromamba can't read a lock that names one; the Dockerfile needs no such reader"
            ));
        }
        let within = file.subdirectory.as_ref().map(|within| format!("#subdirectory={within}")).unwrap_or_default();
        let url = without_secrets(&format!("{}{within}", url.as_str().split('#').next().unwrap_or_default()));
        let artifact = at(&url, &hash)?;
        let version = it.version.ok_or_else(|| unlockable("its version isn't known".to_owned()))?;
        packages.push(PipPackage { name, version, artifact, size, role, dependencies });
    }
    Ok(packages)
}
