//! What lies in the directory of an unpacked package, and one digest of it all.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use rattler_digest::{Sha256, compute_file_digest};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use sha2::Digest as _;

use crate::base::permissions::is_executable;

/// What something in a directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    /// A directory.
    Directory,
    /// A file.
    File,
    /// A symbolic link, which isn't followed.
    Link,
}

/// A directory, with all that lies below it.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// The SHA-256, in hexadecimal digits, of all paths with what they are and what they hold.
    pub digest: String,
    /// What there is, by its path in the directory.
    pub entries: BTreeMap<PathBuf, EntryKind>,
}

impl Tree {
    /// Reads a directory, several files at the same time.
    ///
    /// # Errors
    ///
    /// Where something can't be read, or is neither a directory nor a file nor a link.
    pub(super) fn read(root: &Path) -> io::Result<Self> {
        let mut entries = BTreeMap::new();
        collect(root, Path::new(""), &mut entries)?;
        let listed: Vec<(&PathBuf, &EntryKind)> = entries.iter().collect();
        let digests: Vec<Vec<u8>> =
            listed.par_iter().map(|(path, kind)| digest(&root.join(path), **kind)).collect::<io::Result<_>>()?;
        let mut whole = Sha256::new();
        for (path, digest) in entries.keys().zip(digests) {
            let path = path.as_os_str().as_encoded_bytes();
            whole.update(path.len().to_be_bytes());
            whole.update(path);
            whole.update(digest);
        }
        Ok(Self { digest: const_hex::encode(whole.finalize()), entries })
    }
}

fn collect(root: &Path, directory: &Path, entries: &mut BTreeMap<PathBuf, EntryKind>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(directory))? {
        let entry = entry?;
        let path = directory.join(entry.file_name());
        let kind = match entry.file_type()? {
            it if it.is_dir() => EntryKind::Directory,
            it if it.is_file() => EntryKind::File,
            it if it.is_symlink() => EntryKind::Link,
            _ => return Err(io::Error::other(format!("{} is no file", path.display()))),
        };
        if kind == EntryKind::Directory {
            collect(root, &path, entries)?;
        }
        entries.insert(path, kind);
    }
    Ok(())
}

/// What something is and holds, always as many bytes. Of permissions, only that to run a file counts: an administrator
/// may open a cache to others.
fn digest(path: &Path, kind: EntryKind) -> io::Result<Vec<u8>> {
    let (kind, contents) = match kind {
        EntryKind::Directory => (0, Sha256::digest(b"")),
        EntryKind::File if is_executable(&fs::metadata(path)?) => (1, compute_file_digest::<Sha256>(path)?),
        EntryKind::File => (2, compute_file_digest::<Sha256>(path)?),
        EntryKind::Link => (3, Sha256::digest(fs::read_link(path)?.as_os_str().as_encoded_bytes())),
    };
    Ok([&[kind], contents.as_slice()].concat())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn the_digest_is_of_all_that_counts() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let mut seen = Vec::new();
        let mut changed = |what: &str| {
            let digest = Tree::read(root).unwrap().digest;
            assert!(!seen.contains(&digest), "{what} makes no difference");
            seen.push(digest);
        };
        changed("nothing");
        fs::write(root.join("a"), "x").unwrap();
        changed("a file");
        fs::write(root.join("a"), "y").unwrap();
        changed("a byte");
        fs::rename(root.join("a"), root.join("b")).unwrap();
        changed("a name");
        fs::set_permissions(root.join("b"), fs::Permissions::from_mode(0o755)).unwrap();
        changed("that it runs");
        symlink("b", root.join("c")).unwrap();
        changed("a link");
        fs::remove_file(root.join("c")).unwrap();
        symlink("d", root.join("c")).unwrap();
        changed("where it leads");
        fs::create_dir(root.join("e")).unwrap();
        changed("a directory");
        fs::write(root.join("e/f"), "").unwrap();
        changed("a file in it");

        let before = Tree::read(root).unwrap();
        fs::set_permissions(root.join("b"), fs::Permissions::from_mode(0o775)).unwrap();
        assert_eq!(Tree::read(root).unwrap().digest, before.digest);
        let kinds: Vec<(&str, EntryKind)> =
            before.entries.iter().map(|(path, kind)| (path.to_str().unwrap(), *kind)).collect();
        assert_eq!(
            kinds,
            [("b", EntryKind::File), ("c", EntryKind::Link), ("e", EntryKind::Directory), ("e/f", EntryKind::File)]
        );
    }
}
