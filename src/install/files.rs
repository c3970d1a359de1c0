//! The files that pip is to install, downloaded side by side, checked, and kept.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tokio::task::JoinSet;
use url::Url;

use super::{
    InstallError,
    cache::{CachePlace, alone_in, aside},
    download::{Wanted, download, unkept},
    fetch::broken_off,
};
use crate::{
    http::{Client, clean},
    limits::DISTRIBUTION,
    lockfile::{Artifact, Package, sha256_hex},
    progress::{Progress, Task},
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
        let Some((url, path)) = place(package, cache_dir)? else {
            if offline {
                missing.push(package.name.to_string());
            }
            files.push(PipFile { package: package.clone(), path: None });
            continue;
        };
        let sha256 = sha256(package);
        if !is_there(&sha256, &path) {
            if offline {
                missing.push(format!("{}-{}", package.name, package.version));
            }
            let task = progress.begin(package.size);
            let (client, url, path) = (client.clone(), url.clone(), path.clone());
            if !offline {
                tasks.spawn(async move { fetch_one(&url, &sha256, &path, &client, &task).await });
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

fn is_there(sha256: &str, path: &Path) -> bool {
    fs::read(path).is_ok_and(|bytes| sha256_hex(bytes) == sha256)
}

/// Where the file of a package is, and where it is kept; `None` for a repository.
fn place<'p>(package: &'p Package, cache_dir: &Path) -> Result<Option<(&'p Url, PathBuf)>, InstallError> {
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
    Ok(Some((url, cache_dir.join(hash).join(name))))
}

/// Downloads a file, unless another process is quicker.
async fn fetch_one(url: &Url, sha256: &str, path: &Path, client: &Client, task: &Task) -> Result<(), InstallError> {
    let _permit = client.permit().await;
    let directory = path.parent().unwrap_or(path);
    let _lock = alone_in(directory).await.map_err(|source| unkept(path, source))?;
    if is_there(sha256, path) {
        return Ok(());
    }
    // What a process that was killed has left.
    let place = CachePlace { directory: directory.to_owned(), package: path.to_owned() };
    aside(move || place.clear()).await.map_err(|source| unkept(path, source))?;
    let wanted = Wanted { url, sha256, limit: DISTRIBUTION };
    let file = download(&wanted, directory, client, task).await?;
    file.persist(path).map(drop).map_err(|(source, _)| unkept(path, source))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use tokio::{io::AsyncWriteExt as _, time::sleep};

    use super::*;
    use crate::{
        http::{
            Limits,
            tests::{Server, answer},
        },
        lockfile::{LockedName, LockedVersion, Manager},
    };

    #[tokio::test(flavor = "multi_thread")]
    async fn those_who_want_a_file_at_once_fetch_it_once() {
        let server = Server::start(|mut stream, _| async move {
            sleep(Duration::from_millis(200)).await;
            stream.write_all(answer("200 OK", "", "the file").as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        })
        .await;
        let cache = tempfile::tempdir().unwrap();
        let address = server.url.join("six-1.0-py3-none-any.whl").unwrap();
        let package = Package {
            name: LockedName::new(Manager::Pip, "six").unwrap(),
            version: LockedVersion::new(Manager::Pip, "1.0").unwrap(),
            dependencies: BTreeMap::new(),
            artifact: Artifact::pip(address.as_str(), &sha256_hex("the file")).unwrap(),
            size: None,
        };
        let mut tasks = JoinSet::new();
        for _ in 0..4 {
            // As many processes: each has a client of its own.
            let (package, cache_dir) = (package.clone(), cache.path().to_owned());
            let client = Client::new(Vec::new(), &std::sync::Arc::default(), Limits::default(), Progress::default());
            tasks.spawn(async move {
                let files = fetch(&[package], &cache_dir, &client, false, &Progress::default()).await.unwrap();
                fs::read_to_string(files[0].path.as_ref().unwrap()).unwrap()
            });
        }
        assert_eq!(tasks.join_all().await, ["the file"; 4]);
        assert_eq!(server.requests().len(), 1);
    }
}
