//! The packages are downloaded side by side, checked, and unpacked into the cache.

use std::{
    io,
    path::{Path, PathBuf},
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
use tokio::{
    sync::Semaphore,
    task::{JoinError, JoinSet},
};
use url::Url;

use super::{
    Archive, InstallError,
    cache::{CachePlace, alone_in, aside},
    tree::Tree,
};
use crate::{
    http::{Client, DOWNLOADS, clean},
    progress::{Progress, Task},
    words::with_causes,
};

/// A package in the cache, which is as its archive has it.
#[derive(Clone, Debug)]
pub(super) struct Unpacked {
    /// What it is.
    pub record: RepoDataRecord,
    /// Where it is.
    pub directory: PathBuf,
    /// What lies there.
    pub tree: Tree,
}

/// Sees to it that all packages are in the cache, and tells what they are.
///
/// # Errors
///
/// The first that can't be had, or that isn't what the list says.
pub(super) async fn fetch(
    packages: &[Archive],
    cache_dir: &Path,
    client: &Client,
    offline: bool,
    progress: &Progress,
) -> Result<Vec<Unpacked>, InstallError> {
    let permits = Arc::new(Semaphore::new(DOWNLOADS));
    let mut tasks = JoinSet::new();
    for (number, archive) in packages.iter().cloned().enumerate() {
        let (directory, client, permits) = (cache_dir.to_owned(), client.clone(), Arc::clone(&permits));
        let bar = Arc::new(Bar { task: progress.begin("Fetching packages", None), seen: 0.into() });
        let task = async move { (number, fetch_one(archive, &directory, client, &permits, offline, bar).await) };
        tasks.spawn(task);
    }
    let mut missing = Vec::new();
    let mut fetched = Vec::new();
    while let Some(done) = tasks.join_next().await {
        let (number, package) = done.map_err(broken_off)?;
        match package {
            Ok(package) => fetched.push((number, package)),
            Err(InstallError::Offline { names }) => missing.extend(names),
            Err(error) => return Err(error),
        }
    }
    missing.sort();
    if !missing.is_empty() {
        return Err(InstallError::Offline { names: missing });
    }
    fetched.sort_by_key(|(number, _)| *number);
    Ok(fetched.into_iter().map(|(_, package)| package).collect())
}

/// A task that didn't come to its end.
pub(super) fn broken_off(task: JoinError) -> InstallError {
    InstallError::Files { what: "a download was broken off".to_owned(), source: io::Error::other(task) }
}

async fn fetch_one(
    archive: Archive,
    cache_dir: &Path,
    client: Client,
    permits: &Semaphore,
    offline: bool,
    bar: Arc<Bar>,
) -> Result<Unpacked, InstallError> {
    // Nothing closes the semaphore.
    let _permit = permits.acquire().await;
    let key = archive.record()?;
    let name = format!("{}-{}-{}", key.name.as_normalized(), key.version, key.build);
    let directory = cache_dir.join(hex::encode(archive.sha256));
    let place = CachePlace { package: directory.join(&name), directory };
    let unkept = |source| InstallError::Files { what: format!("can't keep {name}"), source };
    let tree = match find(&place).await.map_err(unkept)? {
        Some(tree) => tree,
        None if offline && archive.url.scheme() != "file" => return Err(InstallError::Offline { names: vec![name] }),
        None => {
            let _lock = alone_in(&place.directory).await.map_err(unkept)?;
            // Another process may have been quicker.
            if let Some(tree) = find(&place).await.map_err(unkept)? {
                tree
            } else {
                let (old, new) = (place.clone(), place.clone());
                aside(move || old.clear()).await.map_err(unkept)?;
                unpack(&archive, &key, &place, client, bar).await?;
                aside(move || new.seal()).await.map_err(unkept)?
            }
        }
    };
    let record = full_record(&archive, &place.package)?;
    Ok(Unpacked { record, directory: place.package, tree })
}

async fn find(place: &CachePlace) -> io::Result<Option<Tree>> {
    let place = place.clone();
    aside(move || Ok(place.find())).await
}

async fn unpack(
    archive: &Archive,
    key: &PackageRecord,
    place: &CachePlace,
    client: Client,
    bar: Arc<Bar>,
) -> Result<(), InstallError> {
    let cache = PackageCache::new(&place.directory);
    let entry = if let Ok(path) = archive.url.to_file_path() {
        cache.get_or_fetch_from_path(&path, Some(key), None).await
    } else {
        let (client, again) = client.for_package()?;
        let (url, bar) = (archive.url.clone(), Some(bar as Arc<dyn CacheReporter>));
        cache.get_or_fetch_from_url_with_retry(key, url, client.into(), again, bar, None).await
    };
    entry.map(drop).map_err(|error| explain(&archive.url, &error))
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
