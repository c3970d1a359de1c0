//! The archive of a package is unpacked: nothing of it ends up elsewhere, and no more comes out of it than may.
//!
//! A `.tar.bz2` is a compressed tar. A `.conda` is a zip, of which the members that end in `.tar.zst` are compressed tars:
//! <https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html>.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, BufReader, Read},
    path::{Component, Path, PathBuf},
};

use bzip2::read::BzDecoder;
use rattler_conda_types::package::CondaArchiveType;
use tar::{Archive, Entry};
use zip::ZipArchive;

use crate::{
    limits::{PACKAGE_FILES, UNPACKED_PACKAGE},
    words::with_causes,
};

/// Unpacks an archive into a directory, which is made.
///
/// # Errors
///
/// Where it is none, holds more than it may, or has something that would end up elsewhere; and where that can't be
/// written. What was unpacked by then stays.
pub(super) fn unpack(archive: &Path, kind: CondaArchiveType, directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let mut place = UnpackedPlace { directory, made: HashSet::new(), size: 0, entries: 0 };
    let packed = BufReader::new(File::open(archive)?);
    match kind {
        CondaArchiveType::TarBz2 => place.take(UNPACKED_PACKAGE.unpacked(packed, |it| Ok(BzDecoder::new(it)))?),
        CondaArchiveType::Conda => {
            let mut zip = ZipArchive::new(packed).map_err(io::Error::other)?;
            for index in 0..zip.len() {
                let member = zip.by_index(index).map_err(io::Error::other)?;
                if member.name().map_err(io::Error::other)?.ends_with(".tar.zst") {
                    place.take(UNPACKED_PACKAGE.unpacked(member, zstd::Decoder::new)?)?;
                }
            }
            Ok(())
        }
    }
}

/// Where an archive is unpacked.
struct UnpackedPlace<'d> {
    directory: &'d Path,
    /// The directories in it that are known to be some.
    made: HashSet<PathBuf>,
    /// How much has come, in bytes.
    size: u64,
    /// And how many files, links and directories.
    entries: usize,
}

impl UnpackedPlace<'_> {
    fn take(&mut self, tar: impl Read) -> io::Result<()> {
        let mut tar = Archive::new(tar);
        for entry in tar.entries()? {
            let entry = entry?;
            // A file with holes says more than the archive holds.
            self.size = self.size.saturating_add(entry.size());
            UNPACKED_PACKAGE.check(usize::try_from(self.size).unwrap_or(usize::MAX))?;
            self.entries += 1;
            if self.entries > PACKAGE_FILES {
                return Err(io::Error::other(format!("it holds more than {PACKAGE_FILES} files")));
            }
            let path = entry.path()?.into_owned();
            let failed =
                |error: io::Error| io::Error::new(error.kind(), format!("{}: {}", path.display(), with_causes(&error)));
            self.put(&path, entry).map_err(failed)?;
        }
        // What is cut off at its end is told here.
        io::copy(&mut tar.into_inner(), &mut io::sink()).map(drop)
    }

    fn put(&mut self, path: &Path, mut entry: Entry<impl Read>) -> io::Result<()> {
        let Some(path) = plain(path)? else { return Ok(()) };
        self.make_above(&path)?;
        if entry.header().entry_type().is_dir() {
            // Others come into it, even where the archive says that nothing may be written there.
            return self.make_above(&path.join("inside"));
        }
        let place = self.directory.join(&path);
        if !entry.header().entry_type().is_hard_link() {
            return entry.unpack(&place).map(drop);
        }
        let elsewhere = || io::Error::other("is a link to nothing in the package");
        let of = entry.link_name()?.ok_or_else(elsewhere)?;
        let of = plain(&of)?.ok_or_else(elsewhere)?;
        self.make_above(&of)?;
        let of = self.directory.join(of);
        if !fs::symlink_metadata(&of).is_ok_and(|it| it.is_file()) {
            return Err(elsewhere());
        }
        match fs::remove_file(&place) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::hard_link(of, place),
        }
    }

    /// Makes the directories above a path. A link among them is no directory: what is written there would be elsewhere.
    fn make_above(&mut self, path: &Path) -> io::Result<()> {
        let above = path.ancestors().skip(1).filter(|it| !it.as_os_str().is_empty());
        let missing: Vec<&Path> = above.take_while(|it| !self.made.contains(*it)).collect();
        for directory in missing.into_iter().rev() {
            let place = self.directory.join(directory);
            match fs::create_dir(&place) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                Err(_) if !fs::symlink_metadata(&place)?.is_dir() => {
                    return Err(io::Error::other(format!("{} is no directory", directory.display())));
                }
                _ => self.made.insert(directory.to_owned()),
            };
        }
        Ok(())
    }
}

/// A path as one below the directory; `None` for the directory itself.
fn plain(path: &Path) -> io::Result<Option<PathBuf>> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => plain.push(part),
            Component::CurDir => {}
            _ => return Err(io::Error::other("is not a path in the package")),
        }
    }
    Ok(Some(plain).filter(|it| !it.as_os_str().is_empty()))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{io::Write as _, os::unix::fs::PermissionsExt as _};

    use tar::{Builder, EntryType, Header};

    use super::*;

    /// What an archive holds: the path, the kind, what it links to or holds.
    type Entries<'e> = &'e [(&'e str, EntryType, &'e str)];

    fn tar(entries: Entries) -> Vec<u8> {
        let mut builder = Builder::new(Vec::new());
        for (path, kind, text) in entries {
            let mut header = Header::new_gnu();
            header.set_entry_type(*kind);
            header.set_mode(0o755);
            // The builder refuses what leads out.
            let name = &mut header.as_gnu_mut().unwrap().name;
            name[..path.len()].copy_from_slice(path.as_bytes());
            let is_link = kind.is_hard_link() || kind.is_symlink();
            if is_link {
                header.as_gnu_mut().unwrap().linkname[..text.len()].copy_from_slice(text.as_bytes());
            }
            let bytes = if is_link { "" } else { text };
            header.set_size(bytes.len() as u64);
            header.set_cksum();
            builder.append(&header, bytes.as_bytes()).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn bz2(tar: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(tar).unwrap();
        encoder.finish().unwrap()
    }

    /// Unpacks an archive; where, and what comes of it.
    fn unpacked(archive: &[u8], kind: CondaArchiveType) -> (tempfile::TempDir, Result<(), String>) {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("archive"), archive).unwrap();
        let done = unpack(&place.path().join("archive"), kind, &place.path().join("package"));
        (place, done.map_err(|error| error.to_string()))
    }

    const FILE: EntryType = EntryType::Regular;

    #[test]
    fn files_links_and_directories_come_out_as_they_went_in() {
        let all = [
            ("./bin/", EntryType::Directory, ""),
            ("bin/run", FILE, "text"),
            ("bin/same", EntryType::Link, "bin/run"),
            ("lib/deep/link", EntryType::Symlink, "../../bin/run"),
        ];
        let (place, done) = unpacked(&bz2(&tar(&all)), CondaArchiveType::TarBz2);
        assert_eq!(done, Ok(()));
        let root = place.path().join("package");
        assert_eq!(fs::read_to_string(root.join("lib/deep/link")).unwrap(), "text");
        assert_eq!(fs::read_to_string(root.join("bin/same")).unwrap(), "text");
        assert_eq!(fs::metadata(root.join("bin/run")).unwrap().permissions().mode() & 0o777, 0o755);
        assert!(root.join("lib/deep/link").is_symlink());
    }

    #[test]
    fn a_directory_can_be_written_to_whatever_the_archive_says() {
        let mut builder = Builder::new(Vec::new());
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Directory);
        header.set_mode(0o555);
        header.set_size(0);
        builder.append_data(&mut header, "share/kept/", io::empty()).unwrap();
        let (place, done) = unpacked(&bz2(&builder.into_inner().unwrap()), CondaArchiveType::TarBz2);
        assert_eq!(done, Ok(()));
        let mode = fs::metadata(place.path().join("package/share/kept")).unwrap().permissions().mode();
        assert_eq!(mode & 0o700, 0o700);
    }

    #[test]
    fn what_would_be_elsewhere_is_refused() {
        let cases: [(Entries, &str); 6] = [
            (&[("../out", FILE, "x")], "../out: is not a path in the package"),
            (&[("/out", FILE, "x")], "/out: is not a path in the package"),
            (&[("d", EntryType::Symlink, "/tmp"), ("d/out", FILE, "x")], "d/out: d is no directory"),
            (&[("a", EntryType::Link, "../archive")], "a: is not a path in the package"),
            (&[("l", EntryType::Symlink, "/etc/passwd"), ("a", EntryType::Link, "l")], "a: is a link to nothing in"),
            (&[("d", EntryType::Symlink, "/etc"), ("a", EntryType::Link, "d/passwd")], "a: d is no directory"),
        ];
        for (entries, expected) in cases {
            let (place, done) = unpacked(&bz2(&tar(entries)), CondaArchiveType::TarBz2);
            let told = done.unwrap_err();
            assert!(told.starts_with(expected), "{told}");
            assert_eq!(fs::read_dir(place.path()).unwrap().count(), 2);
        }
    }

    #[test]
    fn no_more_comes_out_than_may() {
        // 300 MiB of nothing, which hardly take any room.
        let mut header = Header::new_gnu();
        header.set_path("zeros").unwrap();
        header.set_size(300 << 20);
        header.set_cksum();
        let tar = header.as_bytes().chain(io::repeat(0).take(300 << 20));
        let zst = zstd::encode_all(tar, 1).unwrap();
        let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file("pkg-a-1-0.tar.zst", options).unwrap();
        zip.write_all(&zst).unwrap();
        let (_, done) = unpacked(&zip.finish().unwrap().into_inner(), CondaArchiveType::Conda);
        let told = done.unwrap_err();
        assert!(told.contains("it is more than 256 times as large as it is compressed"), "{told}");

        // And a file that says that it is larger than any package.
        let mut header = Header::new_gnu();
        header.set_path("large").unwrap();
        header.set_size(1 << 40);
        header.set_cksum();
        let (_, done) = unpacked(&bz2(header.as_bytes()), CondaArchiveType::TarBz2);
        let told = done.unwrap_err();
        assert!(told.contains("it is larger than what a conda package unpacks to may be"), "{told}");
    }

    #[test]
    fn what_is_cut_off_is_no_archive() {
        let whole = bz2(&tar(&[("a", FILE, "text")]));
        let (_, done) = unpacked(whole.get(..whole.len() - 8).unwrap(), CondaArchiveType::TarBz2);
        assert!(done.is_err());
        assert!(unpacked(b"<html>", CondaArchiveType::Conda).1.is_err());
    }
}
