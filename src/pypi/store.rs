//! What was learned of source distributions, kept by a hash: that of the archive, or of what was asked.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

use crate::temporary::TemporaryFile;

/// The version of what is kept. It grows when an archive is read otherwise.
const VERSION: &str = "v1";

fn file(cache_dir: &Path, sha256: &str) -> PathBuf {
    cache_dir.join("pypi").join(VERSION).join(format!("{sha256}.json"))
}

/// What is known.
pub(super) fn read<T: DeserializeOwned>(cache_dir: &Path, sha256: &str) -> Option<T> {
    serde_json::from_slice(&fs::read(file(cache_dir, sha256)).ok()?).ok()
}

/// Keeps it. That it can't be kept is no harm: it is read again.
pub(super) fn keep<T: Serialize>(cache_dir: &Path, sha256: &str, thing: &T) {
    let file = file(cache_dir, sha256);
    let Some(directory) = file.parent() else { return };
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(directory)?;
        let mut beside = TemporaryFile::new(directory, ".new-", false)?;
        beside.write_all(serde_json::to_string(thing)?.as_bytes())?;
        beside.persist(&file).map_err(|(error, _)| error)?;
        Ok(())
    };
    _ = write();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pypi::sdist::Sdist;

    #[test]
    fn what_was_kept_is_known_and_what_is_damaged_is_not() {
        let cache = tempfile::tempdir().unwrap();
        let sdist = Sdist { requires: Some(vec!["six".to_owned()]), ..Sdist::default() };
        assert_eq!(read::<Sdist>(cache.path(), "ab"), None);
        keep(cache.path(), "ab", &sdist);
        assert_eq!(read(cache.path(), "ab"), Some(sdist));
        fs::write(file(cache.path(), "ab"), "{").unwrap();
        assert_eq!(read::<Sdist>(cache.path(), "ab"), None);
    }
}
