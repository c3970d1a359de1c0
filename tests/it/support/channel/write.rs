//! Writing the described packages: an archive each, and the `repodata.json` of each subdir.
//!
//! The same description gives the same bytes on every machine: times, order, compression level and the number of
//! threads are fixed.

use std::{collections::BTreeMap, fs, io::Cursor, path::Path, path::PathBuf};

use jiff::Timestamp;
use rattler_conda_types::{
    PackageRecord,
    compression_level::CompressionLevel,
    package::{CondaArchiveType, IndexJson, PathType, PathsEntry, PathsJson},
};
use rattler_package_streaming::{
    fs::extract,
    write::{write_conda_package, write_tar_bz2_package},
};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Package;

/// Writes a channel of these packages into an empty directory.
pub fn write(packages: &[Package], channel: &Path) {
    let mut subdirs: BTreeMap<&str, Vec<&Package>> = BTreeMap::from([("noarch", Vec::new())]);
    for package in packages {
        subdirs.entry(package.subdir).or_default().push(package);
    }
    for (subdir, packages) in subdirs {
        let directory = channel.join(subdir);
        fs::create_dir_all(&directory).unwrap();
        let repodata = repodata(subdir, &packages, &directory);
        fs::write(directory.join("repodata.json"), repodata).unwrap();
    }
}

/// Writes the archives of a subdir, and gives its `repodata.json`.
fn repodata(subdir: &str, packages: &[&Package], directory: &Path) -> Vec<u8> {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    for package in packages {
        let file = directory.join(package.file_name());
        fs::write(&file, archive(package)).unwrap();
        let records = match package.archive_type() {
            CondaArchiveType::TarBz2 => &mut old,
            CondaArchiveType::Conda => &mut new,
        };
        let before = records.insert(package.file_name(), record(package, &file));
        assert!(before.is_none(), "two packages are called {}", package.file_name());
    }
    pretty(&json!({
        "info": { "subdir": subdir },
        "packages": old,
        "packages.conda": new,
        "removed": [],
        "repodata_version": 1,
    }))
}

/// The record of a written archive. Its size and hashes are found by reading it back, which shows that it unpacks.
fn record(package: &Package, file: &Path) -> PackageRecord {
    let unpacked = tempfile::tempdir().unwrap();
    let read = extract(file, unpacked.path()).unwrap();
    let hashed = package.hashed;
    let index = index_json(package);
    PackageRecord::from_index_json(
        index,
        Some(fs::metadata(file).unwrap().len()),
        hashed.then_some(read.sha256),
        hashed.then_some(read.md5),
    )
    .unwrap()
}

/// The `info/index.json` of a package.
fn index_json(package: &Package) -> IndexJson {
    let mut index = json!({
        "name": package.name,
        "version": package.version,
        "build": package.build,
        "build_number": package.build_number(),
        "depends": package.depends,
        "constrains": package.constrains,
        "subdir": package.subdir,
        "timestamp": built(package).as_millisecond(),
    });
    if let Some(feature) = package.track_features {
        index["track_features"] = feature.into();
    }
    if let Some(kind) = package.noarch {
        index["noarch"] = kind.into();
    }
    serde_json::from_value(index).unwrap()
}

fn archive(package: &Package) -> Vec<u8> {
    let root = tempfile::tempdir().unwrap();
    let paths = files(package, root.path());
    let built = built(package);
    let mut bytes = Cursor::new(Vec::new());
    match package.archive_type() {
        CondaArchiveType::TarBz2 => {
            write_tar_bz2_package(&mut bytes, root.path(), &paths, CompressionLevel::Default, Some(&built), None)
        }
        CondaArchiveType::Conda => write_conda_package(
            &mut bytes,
            root.path(),
            &paths,
            CompressionLevel::Default,
            Some(1),
            &package.stem(),
            Some(&built),
            None,
        ),
    }
    .unwrap();
    bytes.into_inner()
}

/// Lays out the files of a package below `root`, and lists them.
fn files(package: &Package, root: &Path) -> Vec<PathBuf> {
    // Python code would be compiled on installation, which takes a python that runs; a text won't.
    let payload = match package.noarch {
        Some("python") => format!("site-packages/{}.txt", package.name),
        _ => format!("share/{}.txt", package.name),
    };
    let text = format!("{} {} is a stand-in of envlock's tests.\n", package.name, package.version);
    let mut files = vec![
        ("info/files", format!("{payload}\n").into_bytes()),
        ("info/index.json", pretty(&index_json(package))),
        ("info/paths.json", pretty(&paths_json(&payload, &text))),
        (payload.as_str(), text.into_bytes()),
    ];
    if let Some(kind) = package.noarch {
        let link = json!({ "noarch": { "type": kind }, "package_metadata_version": 1 });
        files.push(("info/link.json", pretty(&link)));
    }
    files
        .into_iter()
        .map(|(path, content)| {
            let file = root.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, content).unwrap();
            file
        })
        .collect()
}

fn paths_json(payload: &str, text: &str) -> PathsJson {
    let entry = PathsEntry {
        relative_path: payload.into(),
        no_link: false,
        path_type: PathType::HardLink,
        prefix_placeholder: None,
        sha256: Some(Sha256::digest(text)),
        size_in_bytes: Some(text.len() as u64),
    };
    PathsJson { paths: vec![entry], paths_version: 1 }
}

/// Noon of the day it was built.
fn built(package: &Package) -> Timestamp {
    format!("{}T12:00:00Z", package.day).parse().unwrap()
}

/// JSON with one space of indentation: small, and a diff shows what changed.
fn pretty(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b" ");
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter)).unwrap();
    bytes.push(b'\n');
    bytes
}
