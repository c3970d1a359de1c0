//! A Debian to build images on, and what is laid over it.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use envlock::lockfile::sha256_hex;
use flate2::{Compression, write::GzEncoder};
use tar::{Builder, EntryType, Header};

use super::{registry::Layer, skipped, tool};

/// What the environments of the tests need of their base: the libraries that the machine's Python was linked with.
const INCLUDED: &str = "ca-certificates,zlib1g,libexpat1,libssl3,libffi8,libbz2-1.0,liblzma5,libsqlite3-0";

/// The file system of a small Debian of the same release as this machine, which its programs run on. It is made once
/// and kept in the build directory. `None` where that can't be done.
pub fn debian() -> Option<Layer> {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let value = |key: &str| release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    let Some(suite) = value("VERSION_CODENAME").filter(|_| value("ID") == Some("debian")) else {
        return skipped("this machine is no Debian, and its programs may not run on one");
    };
    let mmdebstrap = tool("mmdebstrap")?;
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (file, sum) = (directory.join("debian.tar.gz"), directory.join("debian.sha256"));
    // Tests run side by side, each in a process of its own.
    let lock = File::create(directory.join("debian.lock")).unwrap();
    lock.lock().unwrap();
    if !sum.exists() {
        let tar = directory.join("debian.tar");
        let output = Command::new(mmdebstrap)
            .args(["--variant=minbase", "--dpkgopt=path-exclude=/usr/share/doc/*"])
            .args(["--dpkgopt=path-exclude=/usr/share/locale/*", "--dpkgopt=path-exclude=/usr/share/man/*"])
            .arg(format!("--include={INCLUDED}"))
            .arg(suite)
            .arg(&tar)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let layer = Layer::new(&fs::read(&tar).unwrap());
        fs::write(&file, &layer.bytes).unwrap();
        fs::write(&sum, &layer.diff_id).unwrap();
        fs::remove_file(tar).unwrap();
    }
    Some(Layer { bytes: fs::read(file).unwrap(), diff_id: fs::read_to_string(sum).unwrap() })
}

/// Files to lay over another layer.
pub struct Files {
    tar: Builder<Vec<u8>>,
}

impl Files {
    pub fn new() -> Self {
        Self { tar: Builder::new(Vec::new()) }
    }

    /// A directory of this owner.
    pub fn directory(mut self, path: &str, owner: u64) -> Self {
        self.add(path, EntryType::Directory, 0o755, owner, &[]);
        self
    }

    /// A directory of root's that everybody may write.
    pub fn shared_directory(mut self, path: &str) -> Self {
        self.add(path, EntryType::Directory, 0o777, 0, &[]);
        self
    }

    /// A program, which everybody may run.
    pub fn program(self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        self.file(path, 0o755, contents)
    }

    /// A file of root's.
    pub fn file(mut self, path: &str, mode: u32, contents: impl AsRef<[u8]>) -> Self {
        self.add(path, EntryType::Regular, mode, 0, contents.as_ref());
        self
    }

    pub fn layer(self) -> Layer {
        Layer::new(&self.tar.into_inner().unwrap())
    }

    fn add(&mut self, path: &str, kind: EntryType, mode: u32, owner: u64, contents: &[u8]) {
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(owner);
        header.set_gid(owner);
        header.set_mtime(0);
        header.set_size(contents.len() as u64);
        self.tar.append_data(&mut header, path, contents).unwrap();
    }
}
