//! The prefix: whether an environment can be there.

use std::{
    fs::{self, OpenOptions},
    io,
    path::Path,
};

use super::InstallError;

/// Where an environment keeps the records of its packages.
pub(super) const RECORDS: &str = "conda-meta";

/// A prefix is a directory that isn't there yet, an empty one, or an environment.
///
/// # Errors
///
/// Where it is something else: nobody wants the packages among the files of a home directory.
pub(super) fn check(prefix: &Path) -> Result<(), InstallError> {
    if !prefix.exists() || prefix.join(RECORDS).is_dir() {
        return Ok(());
    }
    let mut entries = fs::read_dir(prefix).map_err(|source| InstallError::prefix(prefix, source))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(InstallError::Foreign { prefix: prefix.display().to_string() }),
    }
}

/// Conda knows an environment by its history, which holds times. An empty one does. The records are for everybody to
/// read, as conda writes them, whoever installs them.
///
/// # Errors
///
/// Where they can't be written.
pub(super) fn finish(prefix: &Path) -> Result<(), InstallError> {
    let records = prefix.join(RECORDS);
    let finish = || {
        fs::create_dir_all(&records)?;
        OpenOptions::new().create(true).append(true).open(records.join("history"))?;
        for entry in fs::read_dir(&records)? {
            let path = entry?.path();
            if path.extension().is_some_and(|it| it == "json") {
                readable(&path)?;
            }
        }
        Ok(())
    };
    finish().map_err(|source| InstallError::prefix(prefix, source))
}

#[cfg(unix)]
fn readable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = fs::metadata(path)?.permissions();
    if permissions.mode() & 0o777 == 0o600 {
        permissions.set_mode(0o644);
        fs::set_permissions(path, permissions)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn readable(_: &Path) -> io::Result<()> {
    Ok(())
}
