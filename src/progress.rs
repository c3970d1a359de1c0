//! What is told of the work while it goes on. The work knows [`Events`] alone; how they are shown is the command
//! line's.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// What hears of the work while it goes on.
pub trait Events: fmt::Debug + Send + Sync {
    /// Something that takes a while begins, such as `Solving`. It is over when what is returned is dropped.
    fn begin(&self, what: &str) -> Box<dyn Ongoing>;

    /// Something happened that is worth a line, such as that a server asks for patience.
    fn note(&self, text: &str);
}

/// Something that takes a while, and is over when it is dropped.
pub trait Ongoing: Send + Sync {
    /// Tells how far it is. This may be said thousands of times a second.
    fn tell(&self, extent: Extent);
}

/// How far something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// How many bytes were read.
    pub bytes: u64,
    /// How many bytes there will have been; `None` where that isn't known, or bytes aren't counted.
    pub total_bytes: Option<u64>,
    /// How many files or packages are done with.
    pub done: usize,
    /// How many there are.
    pub total: usize,
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Events for Silent {
    fn begin(&self, _: &str) -> Box<dyn Ongoing> {
        Box::new(Self)
    }

    fn note(&self, _: &str) {}
}

impl Ongoing for Silent {
    fn tell(&self, _: Extent) {}
}

/// Files that are read side by side, told as one: there are hundreds where a channel has shards, and as many packages.
#[derive(Clone)]
pub(crate) struct Progress {
    shared: Arc<SharedProgress>,
}

impl Default for Progress {
    /// Tells nobody.
    fn default() -> Self {
        Self::new(&(Arc::new(Silent) as Arc<dyn Events>), "")
    }
}

struct SharedProgress {
    events: Arc<dyn Events>,
    what: &'static str,
    state: Mutex<ProgressState>,
}

#[derive(Default)]
struct ProgressState {
    /// What is told, while it is.
    ongoing: Option<Box<dyn Ongoing>>,
    bytes: u64,
    /// The bytes of the files that are done with, and those that the others will have, as far as they say so.
    expected: u64,
    /// How many files haven't said how large they are.
    unknown: usize,
    finished: usize,
    files: usize,
}

impl Progress {
    /// Tells of it what is to be told. `what` says what is done, as in `Fetching repodata`.
    pub(crate) fn new(events: &Arc<dyn Events>, what: &'static str) -> Self {
        Self { shared: Arc::new(SharedProgress { events: Arc::clone(events), what, state: Mutex::default() }) }
    }

    /// Tells that it begins, though no file has begun yet: a server may take its time to answer.
    pub(crate) fn start(&self) {
        self.shared.update(|_| ());
    }

    /// Begins with a file of so many bytes, if that is known.
    pub(crate) fn begin(&self, size: Option<u64>) -> Task {
        self.shared.update(|state| {
            state.files += 1;
            state.expect(size);
        });
        Task { shared: Arc::clone(&self.shared), bytes: AtomicU64::new(0), size }
    }

    /// Tells something that isn't undone by what comes next.
    pub(crate) fn say(&self, text: &str) {
        self.shared.events.note(text);
    }

    /// Tells nothing until something begins again, unless something still goes on.
    pub(crate) fn rest(&self) {
        let mut state = self.shared.state();
        if state.files == state.finished {
            *state = ProgressState::default();
        }
    }
}

/// A file that is being read. Dropping it says that it is done with.
pub(crate) struct Task {
    shared: Arc<SharedProgress>,
    bytes: AtomicU64,
    size: Option<u64>,
}

impl Task {
    /// Counts bytes that were read.
    pub(crate) fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.shared.update(|state| state.bytes = state.bytes.saturating_add(bytes as u64));
    }
}

impl Drop for Task {
    /// It may have been larger than expected, or there already.
    fn drop(&mut self) {
        self.shared.update(|state| {
            match self.size {
                // Sizes are whatever a server or a lock says.
                Some(size) => state.expected = state.expected.saturating_sub(size),
                None => state.unknown -= 1,
            }
            state.expected = state.expected.saturating_add(self.bytes.load(Ordering::Relaxed));
            state.finished += 1;
        });
    }
}

impl ProgressState {
    fn expect(&mut self, size: Option<u64>) {
        match size {
            Some(size) => self.expected = self.expected.saturating_add(size),
            None => self.unknown += 1,
        }
    }

    fn extent(&self) -> Extent {
        let Self { bytes, expected, unknown, finished, files, .. } = *self;
        let total_bytes = (unknown == 0 && expected > 0).then(|| expected.max(bytes));
        Extent { bytes, total_bytes, done: finished, total: files }
    }
}

impl SharedProgress {
    /// Changes the counts and tells them.
    fn update(&self, change: impl FnOnce(&mut ProgressState)) {
        let mut state = self.state();
        change(&mut state);
        let extent = state.extent();
        state.ongoing.get_or_insert_with(|| self.events.begin(self.what)).tell(extent);
    }

    fn state(&self) -> MutexGuard<'_, ProgressState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps how far it is, as it was told last; nothing once it is over.
    #[derive(Clone, Debug, Default)]
    struct Last(Arc<Mutex<Option<Extent>>>);

    impl Events for Last {
        fn begin(&self, _: &str) -> Box<dyn Ongoing> {
            struct Line(Last);
            impl Ongoing for Line {
                fn tell(&self, extent: Extent) {
                    *self.0.0.lock().unwrap() = Some(extent);
                }
            }
            impl Drop for Line {
                fn drop(&mut self) {
                    *self.0.0.lock().unwrap() = None;
                }
            }
            Box::new(Line(self.clone()))
        }

        fn note(&self, _: &str) {}
    }

    #[test]
    fn the_total_is_what_all_files_have_as_far_as_it_is_known() {
        let last = Last::default();
        let progress = Progress::new(&(Arc::new(last.clone()) as Arc<dyn Events>), "Fetching");
        let now = || last.0.lock().unwrap().map(|it| (it.bytes, it.total_bytes, it.done, it.total));
        progress.start();
        assert_eq!(now(), Some((0, None, 0, 0)));
        let (large, cached, unknown) = (progress.begin(Some(100)), progress.begin(Some(30)), progress.begin(None));
        assert_eq!(now(), Some((0, None, 0, 3)), "nobody knows how large one of them is");
        unknown.add(7);
        drop(unknown);
        assert_eq!(now(), Some((7, Some(137), 1, 3)));
        // It was there already.
        drop(cached);
        assert_eq!(now(), Some((7, Some(107), 2, 3)));
        // It is larger than it was said to be.
        large.add(150);
        assert_eq!(now(), Some((157, Some(157), 2, 3)));
        progress.rest();
        assert!(now().is_some(), "one of them goes on");
        drop(large);
        assert_eq!(now(), Some((157, Some(157), 3, 3)));
        progress.rest();
        assert_eq!(now(), None);
        // What comes next is counted anew, and no size is too large.
        let (one, other) = (progress.begin(Some(u64::MAX)), progress.begin(Some(u64::MAX)));
        one.add(1);
        assert_eq!(now(), Some((1, Some(u64::MAX), 0, 2)));
        drop((one, other));
        assert_eq!(now().map(|it| it.0), Some(1));
    }
}
