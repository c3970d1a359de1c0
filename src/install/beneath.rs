//! Directories that are held open, so that what is done below them stays there whatever becomes of their names.
//!
//! A path is looked up anew each time that it is used, and whoever may write there can put a link in its way between two
//! looks. A directory that is open is always the same one. What lies below it is opened without following a link
//! (`openat2` with `RESOLVE_BENEATH` and `RESOLVE_NO_SYMLINKS`, and step by step where the kernel or a sandbox hasn't got
//! that), and what works by paths is given one through `/proc/self/fd`, which leads to the open directory.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use crate::base::permissions;

#[cfg(target_os = "linux")]
pub(super) use linux::hand_down;
#[cfg(target_os = "linux")]
use linux::{open, place, plain};

#[cfg(not(target_os = "linux"))]
pub(super) use elsewhere::hand_down;
#[cfg(not(target_os = "linux"))]
use elsewhere::{open, place, plain};

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// To be read.
    Read,
    /// To be read and written, and made where it isn't there.
    Write,
    /// To be written, where there is nothing yet.
    New,
}

/// A directory that is held open.
#[derive(Debug)]
pub(super) struct Held {
    directory: File,
    place: PathBuf,
}

impl Held {
    /// Opens a directory. Links that lead to it are followed: it is where its user says that it is.
    ///
    /// # Errors
    ///
    /// Where it can't be opened.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let directory = open(path)?;
        Ok(Self { place: place(&directory, path), directory })
    }

    /// A path that leads to the directory for as long as it is held, for what works by paths. What is joined to it may
    /// follow links; a name alone isn't looked up through any.
    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    /// Whether it is what a path names now.
    ///
    /// # Errors
    ///
    /// Where that can't be told.
    pub(super) fn is_at(&self, path: &Path) -> io::Result<bool> {
        permissions::is_at(&self.directory, path)
    }

    /// Opens a directory below it, to which no link leads.
    ///
    /// # Errors
    ///
    /// Where there is none, or a link is in the way.
    pub(super) fn directory(&self, path: &Path) -> io::Result<Self> {
        let named = self.place.join(path);
        let directory = plain(&self.directory, &self.place, path, None)?;
        Ok(Self { place: place(&directory, &named), directory })
    }

    /// The same where there may be links, as long as they lead below it.
    ///
    /// # Errors
    ///
    /// Where there is none, or it is elsewhere.
    pub(super) fn reach(&self, path: &Path) -> io::Result<Self> {
        match self.directory(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let (real, root) = (fs::canonicalize(self.place.join(path))?, fs::canonicalize(&self.place)?);
                let below = real.strip_prefix(root).map_err(|_| io::Error::other("it leads out of the directory"))?;
                // A link that was put there meanwhile isn't followed.
                self.directory(below)
            }
            done => done,
        }
    }

    /// Opens a file below it, to which no link leads.
    ///
    /// # Errors
    ///
    /// Where it can't be opened, or is a link.
    pub(super) fn file(&self, path: &Path, access: Access) -> io::Result<File> {
        plain(&self.directory, &self.place, path, Some(access))
    }
}

#[cfg(target_os = "linux")]
impl std::os::fd::AsFd for Held {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.directory.as_fd()
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};

    use rustix::{
        fs::{Mode, OFlags, ResolveFlags, openat, openat2},
        io::Errno,
    };

    use super::{Access, File, Path, PathBuf, fs, io};

    /// A directory is opened for its place alone.
    const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

    pub(super) fn open(path: &Path) -> io::Result<File> {
        let directory = rustix::fs::open(path, DIRECTORY, Mode::empty())?;
        Ok(File::from(directory))
    }

    /// Lets programs that are started from now on keep a file open. Its lock is held until the last of them has ended, whatever
    /// becomes of this process.
    pub(in crate::install) fn hand_down(file: &File) -> io::Result<()> {
        Ok(rustix::io::fcntl_setfd(file, rustix::io::FdFlags::empty())?)
    }

    /// Where a sandbox has no `/proc`, its own path.
    pub(super) fn place(directory: &File, path: &Path) -> PathBuf {
        use std::os::unix::fs::MetadataExt as _;

        let place = PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd()));
        let inode = |it: io::Result<fs::Metadata>| it.ok().map(|it| (it.dev(), it.ino()));
        let is_it = inode(fs::metadata(&place)).is_some_and(|it| Some(it) == inode(directory.metadata()));
        if is_it { place } else { path.to_owned() }
    }

    pub(super) fn plain(root: &File, _: &Path, path: &Path, access: Option<Access>) -> io::Result<File> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let (flags, mode) = how(access);
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        let opened = match openat2(root, path, flags, mode, resolve) {
            // Old kernels don't know it, and some sandboxes forbid what they don't know.
            Err(Errno::NOSYS | Errno::PERM) => step_by_step(root.as_fd(), path, flags, mode),
            opened => opened,
        };
        opened.map(File::from).map_err(|error| match error {
            Errno::LOOP => io::Error::other("a symbolic link is in the way"),
            error => error.into(),
        })
    }

    fn how(access: Option<Access>) -> (OFlags, Mode) {
        let (flags, mode) = match access {
            None => (DIRECTORY, Mode::empty()),
            // Opening a pipe would wait for a writer.
            Some(Access::Read) => (OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()),
            Some(Access::Write) => (OFlags::RDWR | OFlags::CREATE, Mode::from_raw_mode(0o666)),
            Some(Access::New) => (OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL, Mode::from_raw_mode(0o666)),
        };
        (flags | OFlags::CLOEXEC | OFlags::NOFOLLOW, mode)
    }

    /// Each directory on the way is opened in the one before it.
    pub(super) fn step_by_step(root: BorrowedFd, path: &Path, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        let mut steps = path.components().peekable();
        let mut here: Option<OwnedFd> = None;
        while let Some(step) = steps.next() {
            let (flags, mode) =
                if steps.peek().is_some() { (DIRECTORY | OFlags::NOFOLLOW, Mode::empty()) } else { (flags, mode) };
            if !matches!(step, std::path::Component::Normal(_) | std::path::Component::CurDir) {
                return Err(Errno::XDEV);
            }
            let opened = openat(here.as_ref().map_or(root, OwnedFd::as_fd), step.as_os_str(), flags, mode);
            here = Some(opened?);
        }
        here.ok_or(Errno::NOENT)
    }

    #[cfg(test)]
    pub(super) fn without_openat2(root: &File, path: &Path, access: Option<Access>) -> io::Result<File> {
        let (flags, mode) = how(access);
        Ok(step_by_step(root.as_fd(), path, flags, mode).map(File::from)?)
    }
}

/// Nothing is installed on other systems, so that it is enough here that links are refused which are there already.
#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use super::{Access, File, Path, PathBuf, io};

    /// Only Linux is installed on.
    #[allow(clippy::unnecessary_wraps, reason = "as on Linux")]
    pub(in crate::install) fn hand_down(_: &File) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn open(path: &Path) -> io::Result<File> {
        File::open(path)
    }

    pub(super) fn place(_: &File, path: &Path) -> PathBuf {
        path.to_owned()
    }

    pub(super) fn plain(_: &File, root: &Path, path: &Path, access: Option<Access>) -> io::Result<File> {
        let mut here = root.to_owned();
        for step in path {
            here.push(step);
            if here.is_symlink() {
                return Err(io::Error::other("a symbolic link is in the way"));
            }
        }
        match access {
            None | Some(Access::Read) => File::open(here),
            Some(Access::Write) => File::options().read(true).write(true).create(true).truncate(false).open(here),
            Some(Access::New) => File::options().write(true).create_new(true).open(here),
        }
    }
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        os::unix::fs::symlink,
        sync::atomic::{AtomicBool, Ordering},
        thread,
    };

    use super::*;

    /// A directory `in` with a directory, a file and links in it, and beside it a directory `out` with a file.
    fn place_of_links() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let root = home.path();
        fs::create_dir_all(root.join("in/real/deep")).unwrap();
        fs::create_dir(root.join("out")).unwrap();
        fs::write(root.join("in/real/file"), "mine").unwrap();
        fs::write(root.join("out/file"), "theirs").unwrap();
        symlink("real", root.join("in/near")).unwrap();
        symlink(root.join("in/real"), root.join("in/whole")).unwrap();
        symlink("../out", root.join("in/far")).unwrap();
        symlink("../../out/file", root.join("in/real/leak")).unwrap();
        symlink("/nowhere", root.join("in/nowhere")).unwrap();
        home
    }

    #[test]
    fn nothing_below_is_opened_through_a_link() {
        let home = place_of_links();
        let held = Held::open(&home.path().join("in")).unwrap();
        let both = |path: &str, access| {
            let path = Path::new(path);
            let one = plain(&held.directory, held.place(), path, access);
            assert_eq!(one.is_ok(), linux::without_openat2(&held.directory, path, access).is_ok(), "{path:?}");
            one.is_ok()
        };
        assert!(both("real", None) && both("real/deep", None) && both(".", None));
        for path in ["near", "far", "far/file", "near/deep", "whole", "nowhere", "../out", "/", "none", "real/file"] {
            assert!(!both(path, None), "{path}");
        }
        assert!(both("real/file", Some(Access::Read)) && both("real/file", Some(Access::Write)));
        for path in ["near/file", "far/file", "real/leak", "nowhere", "../out/file"] {
            assert!(!both(path, Some(Access::Read)) && !both(path, Some(Access::Write)), "{path}");
        }
        let new = |path: &str| held.file(Path::new(path), Access::New).is_ok();
        assert!(new("real/new") && !new("real/new") && !new("real/leak") && !new("far/new") && !new("nowhere"));
        assert_eq!(fs::read(home.path().join("out/file")).unwrap(), b"theirs");
    }

    #[test]
    fn a_link_that_leads_below_may_be_gone_along() {
        let home = place_of_links();
        let held = Held::open(&home.path().join("in")).unwrap();
        for path in ["real/deep", "near/deep", "whole/deep"] {
            let deep = held.reach(Path::new(path)).unwrap();
            fs::write(deep.place().join(path.replace('/', "-")), "").unwrap();
        }
        assert_eq!(fs::read_dir(home.path().join("in/real/deep")).unwrap().count(), 3);
        for path in ["far", "nowhere", "none/deep", "../out"] {
            assert!(held.reach(Path::new(path)).is_err(), "{path}");
        }
    }

    #[test]
    fn what_is_held_stays_the_same_whatever_becomes_of_its_name() {
        let home = place_of_links();
        let [inside, moved] = ["in", "moved"].map(|name| home.path().join(name));
        let held = Held::open(&inside).unwrap();
        let real = held.directory(Path::new("real")).unwrap();
        fs::rename(&inside, &moved).unwrap();
        symlink("out", &inside).unwrap();
        fs::rename(moved.join("real"), moved.join("other")).unwrap();
        symlink("../out", moved.join("real")).unwrap();
        held.file(Path::new("a"), Access::New).unwrap().write_all(b"a").unwrap();
        fs::write(real.place().join("b"), "b").unwrap();
        assert!(moved.join("a").is_file() && moved.join("other/b").is_file());
        assert!(held.directory(Path::new("real")).is_err());
        assert_eq!(fs::read_dir(home.path().join("out")).unwrap().count(), 1);
    }

    #[test]
    fn a_directory_that_becomes_a_link_again_and_again_leads_nowhere_else() {
        let home = place_of_links();
        let root = home.path().join("in");
        symlink("../out", root.join("link")).unwrap();
        let held = Held::open(&root).unwrap();
        let (is_over, mut made, mut refused) = (AtomicBool::new(false), 0, 0);
        thread::scope(|scope| {
            scope.spawn(|| {
                // The two change places in one step each.
                let (a, b) = (root.join("real"), root.join("link"));
                while !is_over.load(Ordering::Relaxed) {
                    rustix::fs::renameat_with(
                        rustix::fs::CWD,
                        &a,
                        rustix::fs::CWD,
                        &b,
                        rustix::fs::RenameFlags::EXCHANGE,
                    )
                    .unwrap();
                }
            });
            for round in 0..3000 {
                match held.reach(Path::new("real")) {
                    Ok(directory) => {
                        fs::write(directory.place().join(format!("n{}", round % 50)), "").unwrap();
                        made += 1;
                    }
                    Err(_) => refused += 1,
                }
                let mut text = String::new();
                if let Ok(mut file) = held.file(Path::new("real/file"), Access::Read) {
                    file.read_to_string(&mut text).unwrap();
                    assert_eq!(text, "mine");
                }
            }
            is_over.store(true, Ordering::Relaxed);
        });
        assert!(made > 0 && refused > 0, "{made} {refused}");
        let left: Vec<_> = fs::read_dir(home.path().join("out")).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert_eq!(left, ["file"]);
    }
}
