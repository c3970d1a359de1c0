//! Threads that may write below one directory alone.
//!
//! Rattler links packages by paths, and a directory on the way may become a link to another place at any moment. With
//! Landlock (<https://docs.kernel.org/userspace-api/landlock.html>) the kernel looks at where a path leads to when
//! something is written there, and refuses what is elsewhere.

use std::{io, thread};

use super::beneath::Held;

/// Does work in a thread of its own. That and the threads which it starts may make, change and remove files below the
/// directory alone, where the kernel can see to it (Linux 5.19 or newer); elsewhere they may do so anywhere.
///
/// # Errors
///
/// Where there can't be a thread, or it panics.
pub(super) fn confined<T: Send>(directory: &Held, work: impl FnOnce() -> T + Send) -> io::Result<T> {
    let work = || {
        // Where it can't be had, what was put in the way is looked for afterwards, as ever.
        _ = restrict(directory);
        work()
    };
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("confined".to_owned()).spawn_scoped(scope, work)?;
        thread.join().map_err(|_| io::Error::other("a thread panicked"))
    })
}

/// Restricts this thread, for good.
#[cfg(target_os = "linux")]
fn restrict(directory: &Held) -> Result<(), landlock::RulesetError> {
    use landlock::{
        ABI, AccessFs, CompatLevel, Compatible as _, PathBeneath, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _,
    };

    // The newest whose rights have been tried here; of an older kernel, those that it knows.
    let writing = AccessFs::from_write(ABI::V7);
    Ruleset::default()
        // A kernel that doesn't know this one refuses to move anything to another directory.
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::Refer)?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(writing)?
        .create()?
        .add_rule(PathBeneath::new(directory, writing))?
        .restrict_self()
        .map(drop)
}

#[cfg(not(target_os = "linux"))]
fn restrict(_: &Held) -> Result<(), std::convert::Infallible> {
    Ok(())
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink, path::Path};

    use super::*;

    /// The kernels of the machines that the gate runs on have it.
    #[test]
    fn nothing_is_written_elsewhere_by_any_path_or_thread() {
        let home = tempfile::tempdir().unwrap();
        let at = |path: &str| home.path().join(path);
        for directory in ["in", "in/deep", "out"] {
            fs::create_dir(at(directory)).unwrap();
        }
        for file in ["in/mine", "out/theirs"] {
            fs::write(at(file), "old").unwrap();
        }
        symlink(at("out"), at("in/link")).unwrap();
        let held = Held::open(&at("in")).unwrap();
        let write = |path: &Path| fs::write(path, "new");
        let refused = |done: io::Result<()>| done.is_err_and(|it| it.kind() == io::ErrorKind::PermissionDenied);
        confined(&held, || {
            for inside in [at("in/mine"), at("in/new"), held.place().join("deep/new")] {
                write(&inside).unwrap();
            }
            fs::rename(at("in/new"), at("in/deep/moved")).unwrap();
            fs::remove_file(at("in/deep/moved")).unwrap();
            let outside = || {
                for path in [at("out/theirs"), at("out/new"), at("in/link/theirs"), held.place().join("link/new")] {
                    assert!(refused(write(&path)), "{}", path.display());
                }
                assert!(refused(fs::remove_file(at("in/link/theirs"))));
                assert!(refused(fs::create_dir(at("in/link/made"))));
                assert!(refused(symlink("theirs", at("in/link/other"))));
            };
            outside();
            thread::scope(|scope| scope.spawn(outside).join().unwrap());
            assert_eq!(fs::read_to_string(at("out/theirs")).unwrap(), "old");
        })
        .unwrap();
        // Nobody else is restricted.
        write(&at("out/theirs")).unwrap();
        assert_eq!(fs::read_dir(at("out")).unwrap().count(), 1);
    }

    #[test]
    fn what_panics_is_an_error() {
        let home = tempfile::tempdir().unwrap();
        let held = Held::open(home.path()).unwrap();
        assert_eq!(confined(&held, || 1).unwrap(), 1);
        assert!(confined(&held, || panic!("on purpose")).is_err());
    }
}
