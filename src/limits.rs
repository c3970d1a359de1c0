//! How large may be what comes from outside: the one table. What is larger isn't what it should be, and is not read to its
//! end: a few bytes, well compressed, fill any memory.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

pub(crate) const MIB: u64 = 1 << 20;

/// The largest size of something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    what: &'static str,
    bytes: u64,
}

/// Long exports have some thousand lines, and pip's lists with hashes some megabytes.
pub(crate) const INPUT: Limit = Limit { what: "a file that is written by people", bytes: 32 * MIB };
/// A package takes about 500 bytes of a lock.
pub(crate) const LOCK: Limit = Limit { what: "a lock, or what is rendered of one", bytes: 256 * MIB };
/// The largest subdir that there is has less than half a gigabyte as JSON.
pub(crate) const REPODATA: Limit = Limit { what: "the repodata of a subdir", bytes: 4096 * MIB };
/// Only the list of what a channel has removed has more than some kilobytes.
pub(crate) const VALUE: Limit = Limit { what: "a value within repodata", bytes: 64 * MIB };
/// Some hundred dependencies.
pub(crate) const RECORD: Limit = Limit { what: "the record of a package", bytes: 4 * MIB };
/// What conda allows, doubled: 40 bytes for each name.
pub(crate) const SHARD_INDEX: Limit = Limit { what: "an index of shards", bytes: 256 * MIB };
/// What conda allows, four times: all records of one name.
pub(crate) const SHARD: Limit = Limit { what: "a shard", bytes: 64 * MIB };
/// The page of a project with ten thousand files has some megabytes.
pub(crate) const INDEX_PAGE: Limit = Limit { what: "a page of a package index", bytes: 256 * MIB };
/// Indexes take files of some hundred megabytes.
pub(crate) const DISTRIBUTION: Limit = Limit { what: "a file of a package index", bytes: 2048 * MIB };
/// The largest, with CUDA's libraries, have some gigabytes.
pub(crate) const PACKAGE: Limit = Limit { what: "the archive of a conda package", bytes: 16 * 1024 * MIB };
/// What fills a disk for good.
pub(crate) const UNPACKED_PACKAGE: Limit = Limit { what: "what a conda package unpacks to", bytes: 64 * 1024 * MIB };
/// Names and dependencies, and beside them the programs that it starts.
pub(crate) const PACKAGE_INDEX: Limit = Limit { what: "what a conda package says of itself", bytes: 16 * MIB };
/// A package takes about 250 bytes for each of its files, of which some have 100,000.
pub(crate) const PACKAGE_PATHS: Limit = Limit { what: "the list of files of a conda package", bytes: 128 * MIB };
/// The two above, in the words of an environment.
pub(crate) const PREFIX_RECORD: Limit = Limit { what: "the record of a package in an environment", bytes: 256 * MIB };
/// A line for each file of the packages that were to be linked, each time that this was broken off.
pub(crate) const MARK: Limit = Limit { what: "the mark of an installation", bytes: 1024 * MIB };
/// A line for each package of each command since the environment was made.
pub(crate) const HISTORY: Limit = Limit { what: "the history of an environment", bytes: 64 * MIB };
/// Sources, of which only some texts are kept.
pub(crate) const UNPACKED: Limit = Limit { what: "an unpacked source distribution", bytes: 4096 * MIB };
/// Registries take none that is larger, and most no layers without one.
pub(crate) const IMAGE_MANIFEST: Limit = Limit { what: "the manifest of an image", bytes: 4 * MIB };
/// A line for each instruction, and what a container is started with.
pub(crate) const IMAGE_CONFIG: Limit = Limit { what: "the configuration of an image", bytes: 8 * MIB };
/// Some hundred bytes, or a page of a proxy.
pub(crate) const REGISTRY_WORD: Limit = Limit { what: "a token, or what a registry says of an error,", bytes: MIB };
/// Metadata, with a description that may be a manual.
pub(crate) const METADATA: Limit = Limit { what: "the metadata of a distribution", bytes: 4 * MIB };

/// Bytes of memory of the program that resolves the pip section: four times as many as four hundred packages take of a large
/// index.
pub(crate) const RESOLVER_MEMORY: u64 = 4096 * MIB;
/// And so many for each processor, for its threads.
pub(crate) const RESOLVER_MEMORY_OF_PROCESSOR: u64 = 64 * MIB;
/// Nodes of an environment file, those counted again that an alias repeats, and [`NODE`] bytes of a text as another.
pub(crate) const NODES: usize = 1 << 20;
/// The same of a lock. A package has about 50.
pub(crate) const LOCK_NODES: usize = 1 << 22;
/// How deep nodes may nest in files that envlock and people write: environment files need four levels, locks five. What goes
/// far beyond would overflow the stack.
pub(crate) const YAML_DEPTH: usize = 32;
/// Bytes of a text that count as a node.
pub(crate) const NODE: usize = 64;
/// Lines of all requirements files that an environment file names, each file read once.
pub(crate) const PIP_LINES: usize = 1 << 17;
/// Files, links and directories of a conda package, of which some have 100,000.
pub(crate) const PACKAGE_FILES: usize = 1 << 20;
/// Names of packages in a subdir, of which the largest has 30,000: each takes a kilobyte of memory while it is read.
pub(crate) const NAMES: usize = 1 << 19;
/// Records of a subdir, of which the largest has a million.
pub(crate) const RECORDS: usize = 1 << 22;
/// Records of one name, of which those that are built every night have some ten thousand.
pub(crate) const SHARD_RECORDS: usize = 1 << 18;
/// Bytes of a name, a version or a build: file systems take no longer file names.
pub(crate) const WORD: usize = 255;
/// Bytes of a match spec: a name, and versions that are named one by one.
pub(crate) const SPEC: usize = 4096;

/// Bytes of text for each compressed byte. Repodata has 10 to 30, and what repeats itself without end has thousands.
const GROWTH: u64 = 256;
/// What may be larger than that without a harm: little that is much alike.
const FREE: u64 = 64 * MIB;

impl Limit {
    fn exceeded(self) -> io::Error {
        io::Error::other(format!("it is larger than {} may be ({} MiB)", self.what, self.bytes / MIB))
    }

    /// Says whether so many bytes are too many.
    ///
    /// # Errors
    ///
    /// Where they are.
    pub(crate) fn check(self, bytes: usize) -> io::Result<()> {
        if bytes as u64 > self.bytes { Err(self.exceeded()) } else { Ok(()) }
    }

    /// Says whether a file is too large.
    ///
    /// # Errors
    ///
    /// Where it is, or isn't there.
    pub(crate) fn check_file(self, path: &Path) -> io::Result<()> {
        if fs::metadata(path)?.len() > self.bytes { Err(self.exceeded()) } else { Ok(()) }
    }

    /// Reads no more of something than this.
    pub(crate) fn within<R: Read>(self, inner: R) -> Within<R> {
        Within { inner, limit: self, read: 0, packed: None }
    }

    /// The beginning of something, of which the rest doesn't matter.
    pub(crate) fn beginning<R: Read>(self, inner: R) -> io::Take<R> {
        inner.take(self.bytes)
    }

    /// Unpacks by a decoder that is given what is packed, and no more of it than this, and than it may have grown.
    pub(crate) fn unpacked<R: Read, D: Read>(
        self,
        packed: R,
        decoder: impl FnOnce(Counted<R>) -> io::Result<D>,
    ) -> io::Result<Within<D>> {
        let count = Arc::new(AtomicU64::new(0));
        let inner = decoder(Counted { inner: packed, count: Arc::clone(&count) })?;
        Ok(Within { inner, limit: self, read: 0, packed: Some(count) })
    }

    /// Unpacks what zstd has packed.
    ///
    /// # Errors
    ///
    /// Where it isn't, or is too large.
    pub(crate) fn unzstd(self, packed: &[u8]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.unpacked(packed, zstd::Decoder::new)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Where that can't be done, or it is too large; and where it is no file but a pipe or a device, which could go on for
    /// ever.
    pub(crate) fn read(self, path: &Path) -> io::Result<Vec<u8>> {
        // Opening a pipe would wait for a writer.
        refuse_pipe(&fs::metadata(path)?)?;
        self.read_open(File::open(path)?)
    }

    /// Reads a file that is open.
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read).
    pub(crate) fn read_open(self, file: File) -> io::Result<Vec<u8>> {
        refuse_pipe(&file.metadata()?)?;
        let mut bytes = Vec::new();
        self.within(file).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads a file of text.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), and where it isn't UTF-8.
    pub(crate) fn read_text(self, path: &Path) -> io::Result<String> {
        String::from_utf8(self.read(path)?)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "stream did not contain valid UTF-8"))
    }
}

/// Refuses what could go on for ever. A directory is told by who reads it.
fn refuse_pipe(about: &fs::Metadata) -> io::Result<()> {
    let is_pipe = !about.is_file() && !about.is_dir();
    if is_pipe { Err(io::Error::other("it is a pipe or a device, not a file")) } else { Ok(()) }
}

/// Something that is read up to a limit; beyond it is an error.
pub(crate) struct Within<R> {
    inner: R,
    limit: Limit,
    read: u64,
    /// How many bytes it was unpacked from.
    packed: Option<Arc<AtomicU64>>,
}

impl<R: Read> Read for Within<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read += count as u64;
        let packed = self.packed.as_ref().map(|packed| packed.load(Ordering::Relaxed));
        if self.read > self.limit.bytes {
            return Err(self.limit.exceeded());
        }
        if packed.is_some_and(|packed| self.read > FREE.max(packed.saturating_mul(GROWTH))) {
            return Err(io::Error::other(format!("it is more than {GROWTH} times as large as it is compressed")));
        }
        Ok(count)
    }
}

/// Something that counts what is read of it.
pub(crate) struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_not_read_to_its_end() {
        let small = Limit { what: "a test", bytes: 2 * MIB };
        let mut bytes = Vec::new();
        let error = small.within(io::repeat(0)).read_to_end(&mut bytes).unwrap_err();
        assert_eq!(error.to_string(), "it is larger than a test may be (2 MiB)");
        assert!(bytes.len() as u64 <= 2 * MIB + (64 << 10), "{}", bytes.len());
        let exact = vec![0; usize::try_from(2 * MIB).unwrap()];
        assert_eq!(small.within(&*exact).read_to_end(&mut Vec::new()).unwrap(), exact.len());
    }

    #[test]
    fn what_grows_beyond_measure_is_not_unpacked() {
        let bomb = zstd::encode_all(io::repeat(b' ').take(300 * MIB), 3).unwrap();
        assert!(bomb.len() < 100_000);
        let error = REPODATA.unzstd(&bomb).unwrap_err();
        assert_eq!(error.to_string(), "it is more than 256 times as large as it is compressed");
        let harmless = zstd::encode_all(io::repeat(b' ').take(50 * MIB), 3).unwrap();
        assert_eq!(SHARD.unzstd(&harmless).unwrap().len() as u64, 50 * MIB);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_or_a_device_is_no_file() {
        for path in ["/dev/zero", "/dev/null"] {
            let error = INPUT.read(Path::new(path)).unwrap_err();
            assert_eq!(error.to_string(), "it is a pipe or a device, not a file");
        }
        assert!(INPUT.read(Path::new("/nowhere")).is_err_and(|error| error.kind() == io::ErrorKind::NotFound));
    }
}
