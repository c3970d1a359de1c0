//! Wheels and source distributions, made as small as they can be.

use std::io::{Cursor, Write as _};

use flate2::{Compression, write::GzEncoder};
use zip::{DateTime, ZipWriter, write::SimpleFileOptions};

/// A file of an index.
#[derive(Clone, Debug)]
pub struct File {
    pub name: String,
    pub bytes: Vec<u8>,
    /// What it says of itself; of wheels only.
    pub metadata: Option<String>,
}

/// With a time that is always the same, so that the same file has the same hash.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default().last_modified_time(DateTime::default())
}

/// A wheel with these tags that needs these.
pub fn wheel(name: &str, version: &str, tags: &str, requires: &[&str]) -> File {
    let info = format!("{name}-{version}.dist-info");
    let requires = requires.iter().map(|it| format!("Requires-Dist: {it}\n")).collect::<Vec<_>>().concat();
    let tag = expanded(tags).iter().map(|tag| format!("Tag: {tag}\n")).collect::<Vec<_>>().concat();
    let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}");
    let files = [
        (format!("{name}/__init__.py"), format!("version = '{version}'\n")),
        (format!("{info}/METADATA"), metadata.clone()),
        (format!("{info}/WHEEL"), format!("Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n{tag}")),
    ];
    let record = files.iter().map(|(file, _)| format!("{file},,\n")).collect::<Vec<_>>().concat();
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (file, text) in files.into_iter().chain([(format!("{info}/RECORD"), format!("{record}{info}/RECORD,,\n"))]) {
        archive.start_file(file, options()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    let bytes = archive.finish().unwrap().into_inner();
    File { name: format!("{name}-{version}-{tags}.whl"), bytes, metadata: Some(metadata) }
}

/// A wheel for every Python 3.
pub fn pure(name: &str, version: &str, requires: &[&str]) -> File {
    wheel(name, version, "py3-none-any", requires)
}

fn expanded(tags: &str) -> Vec<String> {
    let [python, abi, platform] = tags.split('-').collect::<Vec<_>>()[..] else { panic!("{tags}") };
    let platforms = platform.split('.');
    platforms.flat_map(|platform| python.split('.').map(move |python| format!("{python}-{abi}-{platform}"))).collect()
}

/// A source distribution as a zip file, without anything to be needed.
pub fn zipped(name: &str, version: &str) -> File {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(format!("{name}-{version}/PKG-INFO"), options()).unwrap();
    archive.write_all(format!("Metadata-Version: 1.1\nName: {name}\nVersion: {version}\n").as_bytes()).unwrap();
    File { name: format!("{name}-{version}.zip"), bytes: archive.finish().unwrap().into_inner(), metadata: None }
}

/// A source distribution of setuptools' making that needs these. Who runs its `setup.py` is told off.
pub fn sdist(name: &str, version: &str, requires: &[&str]) -> File {
    sdist_with(name, version, requires, "raise SystemExit('setup.py was run')\n", &[])
}

/// A source distribution of which only its `setup.py` would say what it needs.
pub fn silent(name: &str, version: &str) -> File {
    let top = format!("{name}-{version}");
    let files = [(format!("{top}/setup.py"), "raise SystemExit('setup.py was run')\n".to_owned())];
    archived(&top, files.into())
}

/// The same with this `setup.py`, and other files.
pub fn sdist_with(name: &str, version: &str, requires: &[&str], setup: &str, more: &[(&str, &str)]) -> File {
    let top = format!("{name}-{version}");
    let metadata = format!("Metadata-Version: 1.1\nName: {name}\nVersion: {version}\n");
    let mut files = vec![
        (format!("{top}/PKG-INFO"), metadata.clone()),
        (format!("{top}/setup.py"), setup.to_owned()),
        (format!("{top}/{name}.egg-info/PKG-INFO"), metadata),
        (format!("{top}/{name}.egg-info/requires.txt"), requires.join("\n")),
    ];
    files.extend(more.iter().map(|(file, text)| (format!("{top}/{file}"), (*text).to_owned())));
    archived(&top, files)
}

fn archived(top: &str, files: Vec<(String, String)>) -> File {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (file, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append_data(&mut header, file, text.as_bytes()).unwrap();
    }
    File { name: format!("{top}.tar.gz"), bytes: archive.into_inner().unwrap().finish().unwrap(), metadata: None }
}
