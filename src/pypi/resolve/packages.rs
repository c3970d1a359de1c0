//! What was chosen, as the lock has it.

use std::{collections::BTreeMap, sync::Arc};

use pep508_rs::PackageName;

use super::{
    super::{
        Form, PipPackage, Role,
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
use crate::base::{credentials::without_secrets, hash::sha256_hex};

/// The packages of the lock. A hash that the index doesn't say is taken of the file.
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
            Origin::Repository { url, commit } => {
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
            Origin::Wheel(file) => (Form::Wheel, file),
            Origin::Source(file) => (Form::Sdist, file),
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
