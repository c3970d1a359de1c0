//! The metadata of an installed distribution: `METADATA` or `PKG-INFO`, of which the name and the version count.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

use pep440_rs::Version;
use pep508_rs::PackageName;

use crate::{base::core_metadata::headers, limits::METADATA};

/// What a distribution is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Distribution {
    pub name: PackageName,
    pub version: Version,
}

/// Reads a file of metadata, of a long one only the beginning.
///
/// # Errors
///
/// Where it can't be read, or names no package and version; why, as a person reads it.
pub(super) fn read(file: &Path) -> Result<Distribution, String> {
    parse(&beginning(file).map_err(|error| error.to_string())?)
}

fn beginning(file: &Path) -> io::Result<String> {
    // Opening a pipe would wait for a writer.
    if !fs::metadata(file)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut bytes = Vec::new();
    METADATA.beginning(File::open(file)?).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The name and the version of metadata.
pub(super) fn parse(text: &str) -> Result<Distribution, String> {
    let headers = headers(text);
    let header = |key: &str| {
        let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.map(|(_, value)| value.clone()).ok_or_else(|| format!("its metadata has no {key}"))
    };
    let (name, version) = (header("Name")?, header("Version")?);
    Ok(Distribution {
        name: PackageName::new(name).map_err(|error| error.to_string())?,
        version: version.parse().map_err(|_| format!("its version {version} is none by PEP 440"))?,
    })
}
