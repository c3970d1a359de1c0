//! The files that pip is to install, downloaded side by side, checked, and kept.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use reqwest::{Response, StatusCode, header::HeaderMap};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;
use url::Url;

use super::{InstallError, cache::alone_in, fetch::broken_off};
use crate::{
    environment::without_secrets,
    http::{Broken, Client, clean},
    lockfile::{Artifact, Package, sha256_hex},
    progress::{Progress, Task},
    temporary::TemporaryFile,
};

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
    client: &Client,
    offline: bool,
    progress: &Progress,
) -> Result<Vec<PipFile>, InstallError> {
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
            let (client, package, path) = (client.clone(), package.clone(), path.clone());
            if !offline {
                tasks.spawn(async move { download(&package, &path, &client, &task).await });
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

fn sha256(package: &Package) -> String {
    package.sha256().unwrap_or_default()
}

fn is_there(package: &Package, path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| sha256_hex(bytes) == sha256(package))
}

/// Where the file of a package is kept; `None` for a repository.
fn place(package: &Package, cache_dir: &Path) -> Result<Option<PathBuf>, InstallError> {
    let (Artifact::Conda { url, .. } | Artifact::Wheel { url, .. } | Artifact::Sdist { url, .. }) = &package.artifact
    else {
        return Ok(None);
    };
    let hash = sha256(package);
    let bad = |reason: &str| InstallError::NoPackage { url: clean(url), reason: reason.to_owned() };
    let name = url.path_segments().and_then(Iterator::last).unwrap_or_default();
    let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned();
    if name.is_empty() || name == ".." || name.contains(['/', '\\']) {
        return Err(bad("its address has no file name"));
    }
    Ok(Some(cache_dir.join(hash).join(name)))
}

async fn download(package: &Package, path: &Path, client: &Client, task: &Task) -> Result<(), InstallError> {
    let _permit = client.permit().await;
    let address = package.address();
    let url = Url::parse(&address)
        .map_err(|error| InstallError::Fetch { url: without_secrets(&address), reason: error.to_string() })?;
    let mut asked = client.ask(&url, HeaderMap::new());
    loop {
        let answer = asked.answer().await?;
        if asked.done(take(answer, package, path, task).await).await?.is_some() {
            return Ok(());
        }
    }
}

async fn take(mut answer: Response, package: &Package, path: &Path, task: &Task) -> Result<(), Broken<InstallError>> {
    let url = without_secrets(&package.address());
    let unwritten = |source| InstallError::Files { what: format!("can't keep {}", path.display()), source };
    let directory = path.parent().unwrap_or(path);
    let _lock = alone_in(directory).await.map_err(unwritten)?;
    // Another process may have been quicker.
    if is_there(package, path) {
        return Ok(());
    }
    match answer.status() {
        StatusCode::NOT_FOUND | StatusCode::GONE => return Err(InstallError::Gone { url }.into()),
        status if !status.is_success() => {
            return Err(InstallError::Fetch { url, reason: format!("it was answered with {status}") }.into());
        }
        _ => {}
    }
    let mut file = TemporaryFile::new(directory, ".unfinished-", true).map_err(unwritten)?;
    let mut digest = Sha256::new();
    while let Some(chunk) = answer.chunk().await? {
        task.add(chunk.len());
        digest.update(&chunk);
        file.write_all(&chunk).map_err(unwritten)?;
    }
    let (found, expected) = (hex::encode(digest.finalize()), sha256(package));
    if found != expected {
        return Err(InstallError::Hash { url, expected, found }.into());
    }
    Ok(file.persist(path).map(drop).map_err(|(source, _)| unwritten(source))?)
}
