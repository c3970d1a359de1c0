//! The packages are downloaded side by side, checked, and unpacked into the cache.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rattler_conda_types::{
    PackageRecord, RepoDataRecord,
    package::{IndexJson, PackageFile},
};
use rattler_digest::{Sha256, Sha256Hash, compute_file_digest};
use tokio::{
    sync::Semaphore,
    task::{JoinError, JoinSet},
};
use url::Url;

use super::{
    Archive, InstallError,
    cache::{CachePlace, alone_in, aside},
    download::{Wanted, download},
    tree::{EntryKind, Tree},
    unpack,
};
use crate::{
    http::{Client, DOWNLOADS, clean},
    limits::{Limit, PACKAGE, PACKAGE_INDEX, PACKAGE_PATHS},
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
        let task = progress.begin(archive.size);
        let one = async move { (number, fetch_one(archive, &directory, client, &permits, offline, task).await) };
        tasks.spawn(one);
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
    task: Task,
) -> Result<Unpacked, InstallError> {
    // Nothing closes the semaphore.
    let _permit = permits.acquire().await;
    let key = archive.record()?;
    let name = format!("{}-{}-{}", key.name.as_normalized(), key.version, key.build);
    let directory = cache_dir.join(const_hex::encode(archive.sha256));
    let place = CachePlace { package: directory.join(&name), directory };
    let unkept = |source| InstallError::Files {
        what: format!("can't keep {name} in {}; ENVLOCK_CACHE_DIR names another place", place.directory.display()),
        source,
    };
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
                unpack(&archive, &place, &client, &task, unkept).await?;
                aside(move || new.seal()).await.map_err(unkept)?
            }
        }
    };
    let record = full_record(&archive, &place.package, &tree)?;
    Ok(Unpacked { record, directory: place.package, tree })
}

async fn find(place: &CachePlace) -> io::Result<Option<Tree>> {
    let place = place.clone();
    aside(move || Ok(place.find())).await
}

async fn unpack(
    archive: &Archive,
    place: &CachePlace,
    client: &Client,
    task: &Task,
    unkept: impl Fn(io::Error) -> InstallError,
) -> Result<(), InstallError> {
    let (url, sha256) = (&archive.url, const_hex::encode(archive.sha256));
    // The file is there until it is unpacked.
    let (path, _file) = if let Ok(path) = url.to_file_path() {
        check(&path, url, archive.sha256).await?;
        (path, None)
    } else {
        let wanted = Wanted { url, sha256: &sha256, limit: PACKAGE };
        let file = download(&wanted, &place.directory, client, task).await?;
        (file.path().to_owned(), Some(file))
    };
    let (kind, to) = (archive.identifier.archive_type, place.package.clone());
    aside(move || Ok(unpack::unpack(&path, kind, &to))).await.map_err(unkept)?.map_err(|source| {
        let what = format!("{} can't be unpacked", clean(url));
        InstallError::Files { what, source }
    })
}

/// Compares an archive of this disk with its hash.
async fn check(path: &Path, url: &Url, expected: Sha256Hash) -> Result<(), InstallError> {
    let (path, url) = (path.to_owned(), clean(url));
    let found = aside(move || PACKAGE.check_file(&path).and_then(|()| compute_file_digest::<Sha256>(&path))).await;
    let found = found.map_err(|error| InstallError::Fetch { url: url.clone(), reason: error.to_string() })?;
    let [expected, found] = [expected, found].map(const_hex::encode);
    if expected == found { Ok(()) } else { Err(InstallError::Hash { url, expected, found }) }
}

/// What is read of a package as a whole, by whoever: the files, and how large they may be.
const READ: [(&str, Limit); 7] = [
    ("info/index.json", PACKAGE_INDEX),
    ("info/link.json", PACKAGE_INDEX),
    ("info/paths.json", PACKAGE_PATHS),
    ("info/files", PACKAGE_PATHS),
    ("info/has_prefix", PACKAGE_PATHS),
    ("info/no_link", PACKAGE_PATHS),
    ("info/no_softlink", PACKAGE_PATHS),
];

/// What is read of a package is in it, and no larger than it may be.
fn check_metadata(unpacked: &Path, tree: &Tree) -> io::Result<()> {
    for (name, limit) in READ {
        let refused = |reason: &str| io::Error::other(format!("{name}: {reason}"));
        match tree.entries.get(Path::new(name)) {
            None => {}
            Some(EntryKind::File) => {
                limit.check_file(&unpacked.join(name)).map_err(|error| refused(&error.to_string()))?;
            }
            Some(_) => return Err(refused("it is no file")),
        }
    }
    // A link there would lead out of the package.
    match tree.entries.get(Path::new("info")) {
        None | Some(EntryKind::Directory) => Ok(()),
        Some(_) => Err(io::Error::other("info: it is no directory")),
    }
}

/// The record of a package, as its archive has it. What it depends on is that of the lock, where that says it.
fn full_record(archive: &Archive, unpacked: &Path, tree: &Tree) -> Result<RepoDataRecord, InstallError> {
    let bad = |reason| InstallError::NoPackage { url: clean(&archive.url), reason };
    check_metadata(unpacked, tree).map_err(|error| bad(with_causes(&error)))?;
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

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::*;

    #[test]
    fn what_a_package_says_of_itself_is_in_it_and_no_larger_than_it_may_be() {
        let check = |make: &dyn Fn(&Path)| {
            let directory = tempfile::tempdir().unwrap();
            make(directory.path());
            check_metadata(directory.path(), &Tree::read(directory.path()).unwrap()).map_err(|error| error.to_string())
        };
        let file = |name: &'static str, mib: u64| {
            move |root: &Path| {
                fs::create_dir_all(root.join("info")).unwrap();
                File::create(root.join(name)).unwrap().set_len(mib << 20).unwrap();
            }
        };
        assert_eq!(check(&file("info/index.json", 16)), Ok(()));
        let expected = "info/index.json: it is larger than what a conda package says of itself may be (16 MiB)";
        assert_eq!(check(&file("info/index.json", 17)), Err(expected.to_owned()));
        let expected = "info/paths.json: it is larger than the list of files of a conda package may be (128 MiB)";
        assert_eq!(check(&file("info/paths.json", 129)), Err(expected.to_owned()));
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_read_through_a_link_of_a_package() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        std::os::unix::fs::symlink("/etc", root.join("info")).unwrap();
        let told = check_metadata(root, &Tree::read(root).unwrap()).unwrap_err().to_string();
        assert_eq!(told, "info: it is no directory");
        fs::remove_file(root.join("info")).unwrap();
        fs::create_dir(root.join("info")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", root.join("info/paths.json")).unwrap();
        let told = check_metadata(root, &Tree::read(root).unwrap()).unwrap_err().to_string();
        assert_eq!(told, "info/paths.json: it is no file");
    }
}
