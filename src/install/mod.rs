//! A lock becomes an environment: its packages are downloaded, checked and linked, and then pip installs the rest.
//!
//! Everything is downloaded and checked before the prefix is touched, so that a wrong hash or a package that has vanished
//! leaves it as it was.

mod environment;
mod error;
mod fetch;
mod files;
mod link;
mod list;
mod pip;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rattler::package_cache::PackageCache;
use rattler_conda_types::Subdir;

pub use self::{
    error::InstallError,
    list::{Archive, List},
};
use crate::{
    channel,
    lockfile::PLATFORM,
    progress::{Events, Progress},
};

/// How to install.
#[derive(Clone, Debug)]
pub struct InstallOptions {
    /// Whether to use only packages that are cached or on this disk.
    pub offline: bool,
    /// Where packages are cached.
    pub cache_dir: PathBuf,
    /// What hears of it meanwhile.
    pub events: Arc<dyn Events>,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Installed {
    /// How many conda packages the environment has now.
    pub conda: usize,
    /// How many of them it had already.
    pub kept: usize,
    /// How many conda packages were taken away.
    pub removed: usize,
    /// How many packages pip was given.
    pub pip: usize,
}

/// Installs a list into a prefix, which becomes the environment of a lock, or gains the packages of an explicit list.
///
/// # Errors
///
/// On another platform than linux-64, where the prefix holds something else than an environment, and where something can't
/// be downloaded, isn't what the list says, or can't be linked.
pub async fn install(list: &List, prefix: &Path, options: &InstallOptions) -> Result<Installed, InstallError> {
    check_platform(Subdir::current())?;
    let prefix = std::path::absolute(prefix).map_err(|source| InstallError::prefix(prefix, source))?;
    environment::check(&prefix)?;
    let progress = Progress::new(&options.events);
    let cache = PackageCache::new(options.cache_dir.join("pkgs"));
    let client = channel::package_client()?;
    let records = fetch::fetch(&list.packages, &cache, &client, options.offline, &progress).await?;
    let files = files::fetch(&list.pip, &options.cache_dir.join("files"), &client, options.offline, &progress).await?;
    drop(progress);
    let linked = link::link(&prefix, records, list.is_whole, cache, client).await?;
    pip::install(&prefix, &files)?;
    Ok(Installed { pip: files.len(), ..linked })
}

/// The packages are for one platform. On another, an environment of them would be of no use.
fn check_platform(current: Option<Subdir>) -> Result<(), InstallError> {
    match current {
        Some(Subdir::Linux64) => Ok(()),
        other => Err(InstallError::Platform {
            lock: PLATFORM,
            here: other.map_or_else(|| "of another kind".to_owned(), |subdir| subdir.to_string()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_platforms_are_refused() {
        assert!(check_platform(Some(Subdir::Linux64)).is_ok());
        for other in [Some(Subdir::LinuxAarch64), Some(Subdir::OsxArm64), Some(Subdir::Win64), None] {
            let error = check_platform(other).unwrap_err();
            assert!(error.to_string().starts_with("the packages are for linux-64, and this machine is "), "{error}");
        }
    }
}
