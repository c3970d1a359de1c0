//! The files that pip is to install, downloaded side by side, checked, and kept.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use reqwest::StatusCode;
use reqwest_middleware::ClientWithMiddleware;
use sha2::{Digest as _, Sha256};
use tokio::{sync::Semaphore, task::JoinSet};
use url::Url;

use super::{InstallError, cache::alone_in, fetch::broken_off};
use crate::{
    channel::clean,
    lockfile::{Package, sha256_hex},
    progress::{Progress, Task},
    unfinished::Unfinished,
    words::with_causes,
};

/// How many files are downloaded at the same time.
const DOWNLOADS: usize = 8;
/// What pip fetches itself.
const GIT: &str = "git+";

/// What pip is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PipFile {
    /// The package.
    pub package: Package,
    /// Its file; `None` where pip fetches it itself.
    pub path: Option<PathBuf>,
}

/// Sees to it that the files are there: one directory for each hash.
///
/// # Errors
///
/// The first that can't be had, or that isn't what the lock says.
pub(super) async fn fetch(
    packages: &[Package],
    cache_dir: &Path,
    client: &ClientWithMiddleware,
    offline: bool,
    progress: &Progress,
) -> Result<Vec<PipFile>, InstallError> {
    let permits = Arc::new(Semaphore::new(DOWNLOADS));
    let mut tasks = JoinSet::new();
    let mut files = Vec::new();
    let mut missing = Vec::new();
    for package in packages {
        let Some(path) = place(package, cache_dir)? else {
            if offline {
                missing.push(package.name.clone());
            }
            files.push(PipFile { package: package.clone(), path: None });
            continue;
        };
        if !is_there(package, &path) {
            if offline {
                missing.push(format!("{}-{}", package.name, package.version));
            }
            let task = progress.begin("Fetching packages", None);
            let (client, permits, package, path) =
                (client.clone(), Arc::clone(&permits), package.clone(), path.clone());
            if !offline {
                tasks.spawn(async move { download(&package, &path, &client, &permits, &task).await });
            }
        }
        files.push(PipFile { package: package.clone(), path: Some(path) });
    }
    if !missing.is_empty() {
        return Err(InstallError::Offline { names: missing });
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(broken_off)??;
    }
    Ok(files)
}

fn sha256(package: &Package) -> &str {
    package.hash.sha256.as_deref().unwrap_or_default()
}

fn is_there(package: &Package, path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| sha256_hex(bytes) == sha256(package))
}

/// Where the file of a package is kept; `None` for a repository.
fn place(package: &Package, cache_dir: &Path) -> Result<Option<PathBuf>, InstallError> {
    if package.url.starts_with(GIT) {
        return Ok(None);
    }
    let hash = sha256(package);
    let bad = |reason: &str| InstallError::NoPackage { url: package.url.clone(), reason: reason.to_owned() };
    if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(bad("the lock has no SHA-256 to check it by"));
    }
    let url = Url::parse(&package.url).map_err(|_| bad("its address is no URL"))?;
    let name = url.path_segments().and_then(Iterator::last).unwrap_or_default();
    let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned();
    if name.is_empty() || name == ".." || name.contains(['/', '\\']) {
        return Err(bad("its address has no file name"));
    }
    Ok(Some(cache_dir.join(hash).join(name)))
}

async fn download(
    package: &Package,
    path: &Path,
    client: &ClientWithMiddleware,
    permits: &Semaphore,
    task: &Task,
) -> Result<(), InstallError> {
    // Nothing closes the semaphore.
    let _permit = permits.acquire().await;
    let url = Url::parse(&package.url)
        .map_err(|error| InstallError::Fetch { url: package.url.clone(), reason: error.to_string() })?;
    let shown = clean(&url);
    let failed = |reason: String| InstallError::Fetch { url: shown.clone(), reason };
    let unwritten = |source| InstallError::Files { what: format!("can't keep {}", path.display()), source };
    let directory = path.parent().unwrap_or(path);
    let _lock = alone_in(directory).await.map_err(unwritten)?;
    // Another process may have been quicker.
    if is_there(package, path) {
        return Ok(());
    }
    let mut answer = client.get(url.clone()).send().await.map_err(|error| failed(with_causes(&error)))?;
    match answer.status() {
        StatusCode::NOT_FOUND | StatusCode::GONE => return Err(InstallError::Gone { url: shown }),
        status if !status.is_success() => return Err(failed(format!("it was answered with {status}"))),
        _ => {}
    }
    let mut file = Unfinished::new(directory, ".unfinished-", true).map_err(unwritten)?;
    let mut digest = Sha256::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| failed(with_causes(&error)))? {
        task.add(chunk.len());
        digest.update(&chunk);
        file.write_all(&chunk).map_err(unwritten)?;
    }
    let found = hex::encode(digest.finalize());
    if found != sha256(package) {
        return Err(InstallError::Hash { url: shown, expected: sha256(package).to_owned(), found });
    }
    file.persist(path).map(drop).map_err(|(source, _)| unwritten(source))
}
