//! A package as it stands in the file, and as it is meant.

use std::str::FromStr;

use rattler_conda_types::{PackageName, Subdir, Version};

use super::model::{CondaLockHash, CondaLockPackage, main_category};
use crate::lockfile::{
    Artifact, Manager, Package,
    package::{md5, sha256, url},
};

/// What is wrong with a package, and the text that shows it.
pub(super) type Flaw<'a> = (String, &'a str);

/// Reads a package.
///
/// # Errors
///
/// Where a part of it can't be what its manager has there.
pub(super) fn read(entry: &CondaLockPackage) -> Result<Package, Flaw<'_>> {
    let CondaLockPackage { name, version, manager, dependencies, hash, .. } = entry;
    for (what, text) in [("name", name), ("version", version), ("URL", &entry.url)] {
        if text.is_empty() || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err((format!("its {what} is empty or holds blanks"), text));
        }
    }
    let md5 = hash.md5.as_deref().map(md5).transpose()?;
    let artifact = match manager {
        Manager::Conda => {
            is::<PackageName>(name, "its name can't be one of conda")?;
            is::<Version>(version, "its version can't be one of conda")?;
            let sha256 = hash.sha256.as_deref().map(sha256).transpose()?;
            if md5.is_none() && sha256.is_none() {
                return Err(("it has no hash".to_owned(), &entry.url));
            }
            Artifact::conda(url(&entry.url)?, md5, sha256).map_err(|reason| (reason, entry.url.as_str()))?
        }
        Manager::Pip => {
            is::<pep508_rs::PackageName>(name, "its name can't be one of PyPI")?;
            is::<pep440_rs::Version>(version, "its version can't be one of PyPI")?;
            let hash = hash.sha256.as_deref().ok_or(("it has no SHA-256".to_owned(), entry.url.as_str()))?;
            Artifact::pip(&entry.url, hash)?
        }
    };
    let texts = dependencies.iter().flat_map(|(name, constraint)| [name, constraint]);
    if let Some(text) = texts.into_iter().find(|text| text.contains(char::is_control)) {
        return Err(("its dependencies hold control characters".to_owned(), text));
    }
    Ok(Package {
        name: name.clone(),
        version: version.clone(),
        dependencies: dependencies.clone(),
        artifact,
        size: None,
    })
}

fn is<'a, T: FromStr>(text: &'a str, reason: &str) -> Result<(), Flaw<'a>> {
    text.parse::<T>().map(drop).map_err(|_| (reason.to_owned(), text))
}

/// A package as it stands in the file: of a repository, the hash is the commit.
pub(super) fn entry(package: &Package, platform: Subdir) -> CondaLockPackage {
    let sha256 = match &package.artifact {
        Artifact::Git { commit, .. } => Some(commit.clone()),
        Artifact::Conda { .. } | Artifact::Wheel { .. } | Artifact::Sdist { .. } => package.sha256(),
    };
    CondaLockPackage {
        name: package.name.clone(),
        version: package.version.clone(),
        manager: package.manager(),
        platform: platform.to_string(),
        dependencies: package.dependencies.clone(),
        url: package.address().into_owned(),
        hash: CondaLockHash { md5: package.md5(), sha256 },
        category: main_category(),
        optional: false,
    }
}
