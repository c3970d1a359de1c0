//! The packages are put into the prefix.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

use rattler::{
    install::{Installer, TransactionOperation},
    package_cache::PackageCache,
};
use rattler_conda_types::{PrefixRecord, RepoDataRecord, Subdir};
use reqwest_middleware::ClientWithMiddleware;

use super::{InstallError, Installed, environment};

/// Links the packages. Unless they are the whole environment, what is there besides stays.
///
/// # Errors
///
/// Where the prefix can't be read or written, or a script of a package fails.
pub(super) async fn link(
    prefix: &Path,
    records: Vec<RepoDataRecord>,
    is_whole: bool,
    cache: PackageCache,
    client: ClientWithMiddleware,
) -> Result<Installed, InstallError> {
    let failed = |source| InstallError::Link { prefix: prefix.display().to_string(), source };
    let unreadable = |source| InstallError::prefix(prefix, source);
    let before: Vec<PrefixRecord> = PrefixRecord::collect_from_prefix(prefix).map_err(unreadable)?;
    let mut wanted: BTreeMap<String, RepoDataRecord> = BTreeMap::new();
    if !is_whole {
        wanted.extend(before.iter().map(|it| named(it.repodata_record.clone())));
    }
    wanted.extend(records.into_iter().map(named));
    let conda = wanted.len();
    let result = Installer::new()
        .with_target_platform(Subdir::Linux64)
        .with_installed_packages(before)
        .with_package_cache(cache)
        .with_download_client(client)
        .with_execute_link_scripts(true)
        .install(prefix, wanted.into_values())
        .await
        .map_err(failed)?;
    environment::finish(prefix)?;
    let operations = &result.transaction.operations;
    let added: HashSet<_> = operations.iter().filter_map(TransactionOperation::record_to_install).collect();
    let removed = operations.iter().filter(|it| it.record_to_install().is_none()).count();
    Ok(Installed { conda, kept: conda - added.len(), removed, pip: 0 })
}

fn named(record: RepoDataRecord) -> (String, RepoDataRecord) {
    (record.package_record.name.as_normalized().to_owned(), record)
}
