//! Whose turn it is: of the processes that want the same of a server one fetches it, and the others read what it made.
//! The system ends the turn of a process that is killed.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

use tokio::time::sleep;

/// How often it is looked whether the turn of another process is over: at first, and at last.
const LOOKS: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(80));

/// How long others are waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Until that is told.
    pub silent: Duration,
    /// In all.
    pub most: Duration,
}

/// A turn, until it is dropped. Without a cache everybody has theirs at once.
#[derive(Debug)]
pub(super) struct Turn {
    lock: Option<File>,
    /// Since when others were waited for, if they were.
    waited_since: Option<SystemTime>,
}

impl Turn {
    /// Waits for the lock of a file, which is made if it isn't there. `tell` is called once that takes a while. When patience
    /// is at an end it is everybody's turn: whoever holds the lock may be stopped, and two who fetch the same do no harm.
    pub(super) async fn at(path: Option<PathBuf>, patience: Patience, tell: impl FnOnce()) -> Self {
        let lock = path.and_then(|path| open(&path).ok());
        let Some(lock) = lock else { return Self { lock: None, waited_since: None } };
        let (begun, now) = (Instant::now(), SystemTime::now());
        let (mut pause, longest) = LOOKS;
        let mut tell = Some(tell);
        let mut has_waited = false;
        loop {
            match lock.try_lock() {
                Ok(()) => return Self { lock: Some(lock), waited_since: has_waited.then_some(now) },
                // There are file systems without locks.
                Err(TryLockError::Error(_)) => return Self { lock: None, waited_since: None },
                Err(TryLockError::WouldBlock) => {}
            }
            has_waited = true;
            if begun.elapsed() > patience.most {
                return Self { lock: None, waited_since: None };
            }
            if begun.elapsed() > patience.silent
                && let Some(tell) = tell.take()
            {
                tell();
            }
            sleep(pause).await;
            pause = longest.min(pause * 2);
        }
    }

    /// Whether somebody has asked the server since this turn was waited for, and said so by [`answered`](Self::answered).
    pub(super) fn is_answered(&self) -> bool {
        let answered = |since| self.lock.as_ref()?.metadata().ok()?.modified().ok().map(|it| it >= since);
        self.waited_since.and_then(answered).unwrap_or(false)
    }

    /// Says to those who wait that the server has been asked, and that the cache holds what it has.
    pub(super) fn answered(self) {
        // Where that can't be said, they ask themselves.
        _ = self.lock.map(|lock| lock.set_modified(SystemTime::now()));
    }
}

fn open(path: &Path) -> io::Result<File> {
    let open = || OpenOptions::new().write(true).create(true).truncate(false).open(path);
    open().or_else(|_| path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| open()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Patience = Patience { silent: Duration::from_secs(1), most: Duration::from_mins(1) };

    #[tokio::test]
    async fn who_never_ends_their_turn_is_waited_for_until_patience_ends() {
        let directory = tempfile::tempdir().unwrap();
        let path = Some(directory.path().join("lock"));
        let first = Turn::at(path.clone(), LONG, || ()).await;
        let short = Patience { silent: Duration::ZERO, most: Duration::from_millis(50) };
        let mut is_told = false;
        let second = Turn::at(path, short, || is_told = true).await;
        assert!(is_told && second.lock.is_none() && !second.is_answered());
        assert!(first.lock.is_some(), "it was held all the time");
    }

    #[tokio::test]
    async fn a_turn_is_waited_for_and_tells_whether_the_server_was_asked_meanwhile() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new/lock");
        let waiting = |path: &Path| tokio::spawn(Turn::at(Some(path.to_owned()), LONG, || ()));
        for is_answered in [true, false] {
            let first = Turn::at(Some(path.clone()), LONG, || ()).await;
            assert!(!first.is_answered(), "nobody was waited for");
            let second = waiting(&path);
            sleep(Duration::from_millis(50)).await;
            assert!(!second.is_finished());
            if is_answered {
                first.answered();
            } else {
                drop(first);
            }
            assert_eq!(second.await.unwrap().is_answered(), is_answered);
        }
    }

    #[tokio::test]
    async fn without_a_place_for_locks_nobody_waits() {
        for path in [None, Some("/dev/null/lock".into())] {
            let _one = Turn::at(path.clone(), LONG, || ()).await;
            let _other = Turn::at(path, LONG, || ()).await;
        }
    }
}
