//! The packages are downloaded side by side, checked, and unpacked into the cache.

use std::{
    future, io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rattler::package_cache::{CacheReporter, PackageCache, PackageCacheError, PackageCacheLayerError};
use rattler_conda_types::{
    PackageRecord, RepoDataRecord,
    package::{IndexJson, PackageFile},
};
use rattler_package_streaming::ExtractError;
use reqwest::StatusCode;
use reqwest_middleware::ClientWithMiddleware;
use reqwest_retry::policies::ExponentialBackoff;
use tokio::{sync::Semaphore, task::JoinSet};
use url::Url;

use super::{Archive, InstallError};
use crate::{
    channel::clean,
    progress::{Progress, Task},
    words::with_causes,
};

/// How many packages are downloaded and unpacked at the same time.
const DOWNLOADS: usize = 16;
/// How often a download that breaks off is begun again.
const RETRIES: u32 = 3;

/// Sees to it that all packages are in the cache, and tells what they are.
///
/// # Errors
///
/// The first that can't be had, or that isn't what the list says.
pub(super) async fn fetch(
    packages: &[Archive],
    cache: &PackageCache,
    client: &ClientWithMiddleware,
    offline: bool,
    progress: &Progress,
) -> Result<Vec<RepoDataRecord>, InstallError> {
    let permits = Arc::new(Semaphore::new(DOWNLOADS));
    let mut tasks = JoinSet::new();
    for (number, archive) in packages.iter().cloned().enumerate() {
        let (cache, client, permits) = (cache.clone(), client.clone(), Arc::clone(&permits));
        let bar = Arc::new(Bar { task: progress.begin("Fetching packages", None), seen: 0.into() });
        let task = async move { (number, fetch_one(archive, &cache, client, permits, offline, bar).await) };
        tasks.spawn(task);
    }
    let mut missing = Vec::new();
    let mut records = Vec::new();
    while let Some(done) = tasks.join_next().await {
        let (number, record) = done.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()));
        match record {
            Ok(record) => records.push((number, record)),
            Err(InstallError::Offline { names }) => missing.extend(names),
            Err(error) => return Err(error),
        }
    }
    missing.sort();
    if !missing.is_empty() {
        return Err(InstallError::Offline { names: missing });
    }
    records.sort_by_key(|(number, _)| *number);
    Ok(records.into_iter().map(|(_, record)| record).collect())
}

async fn fetch_one(
    archive: Archive,
    cache: &PackageCache,
    client: ClientWithMiddleware,
    permits: Arc<Semaphore>,
    offline: bool,
    bar: Arc<Bar>,
) -> Result<RepoDataRecord, InstallError> {
    let key = archive.record()?;
    let entry = if let Ok(path) = archive.url.to_file_path() {
        cache.get_or_fetch_from_path(&path, Some(&key), None).await
    } else if offline {
        let nothing = |_| future::ready(Err(io::Error::from(io::ErrorKind::NotFound)));
        let entry = cache.get_or_fetch(&key, nothing, None).await;
        let missing = |_| InstallError::Offline { names: vec![archive.identifier.identifier.to_string()] };
        return full_record(&archive, entry.map_err(missing)?.path());
    } else {
        let retry = ExponentialBackoff::builder().build_with_max_retries(RETRIES);
        let (url, bar) = (archive.url.clone(), Some(bar as Arc<dyn CacheReporter>));
        cache.get_or_fetch_from_url_with_retry(&key, url, client.into(), retry, bar, Some(permits)).await
    };
    full_record(&archive, entry.map_err(|error| explain(&archive.url, &error))?.path())
}

/// The record of a package, as its archive has it. What it depends on is that of the lock, where that says it.
fn full_record(archive: &Archive, unpacked: &Path) -> Result<RepoDataRecord, InstallError> {
    let bad = |reason| InstallError::NoPackage { url: clean(&archive.url), reason };
    let index = IndexJson::from_package_directory(unpacked).map_err(|error| bad(with_causes(&error)))?;
    let inside = format!("{}-{}-{}", index.name.as_normalized(), index.version, index.build);
    if inside != archive.identifier.identifier.to_string() {
        return Err(bad(format!("it holds {inside}")));
    }
    let record = PackageRecord::from_index_json(index, None, Some(archive.sha256), archive.md5);
    let mut package_record = record.map_err(|error| bad(error.to_string()))?;
    if let Some(depends) = &archive.depends {
        package_record.depends.clone_from(depends);
    }
    Ok(RepoDataRecord {
        package_record,
        identifier: archive.file_name(),
        url: archive.url.clone(),
        channel: archive.channel(),
    })
}

/// What went wrong with a download, in our words.
fn explain(url: &Url, error: &PackageCacheError) -> InstallError {
    let url = clean(url);
    let PackageCacheError::LayerError(layer) = error else {
        return InstallError::Fetch { url, reason: with_causes(error) };
    };
    let inner = layer.downcast_ref::<PackageCacheLayerError>();
    let Some(PackageCacheLayerError::FetchError(inner)) = inner else {
        return InstallError::Fetch { url, reason: with_causes(error) };
    };
    match inner.downcast_ref::<ExtractError>() {
        Some(ExtractError::HashMismatch { expected, actual, .. }) => {
            InstallError::Hash { url, expected: expected.clone(), found: actual.clone() }
        }
        Some(ExtractError::ReqwestError(error))
            if matches!(error.status(), Some(StatusCode::NOT_FOUND | StatusCode::GONE)) =>
        {
            InstallError::Gone { url }
        }
        Some(error) => InstallError::Fetch { url, reason: with_causes(error) },
        None => InstallError::Fetch { url, reason: with_causes(inner.as_ref()) },
    }
}

/// Counts the bytes of a download.
struct Bar {
    task: Task,
    seen: AtomicU64,
}

impl CacheReporter for Bar {
    fn on_validate_start(&self) -> usize {
        0
    }

    fn on_validate_complete(&self, _: usize) {}

    fn on_download_start(&self) -> usize {
        self.seen.store(0, Ordering::Relaxed);
        0
    }

    fn on_download_progress(&self, _: usize, progress: u64, _: Option<u64>) {
        let seen = self.seen.swap(progress, Ordering::Relaxed);
        self.task.add(usize::try_from(progress.saturating_sub(seen)).unwrap_or_default());
    }

    fn on_download_completed(&self, _: usize) {}
}
