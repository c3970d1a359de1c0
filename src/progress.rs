//! What is told of the work while it goes on. The work knows [`Events`] alone; how they are shown is the command
//! line's.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use indicatif::BinaryBytes;

/// What hears of the work while it goes on.
pub trait Events: fmt::Debug + Send + Sync {
    /// Something that takes a while begins. It is over when what is returned is dropped.
    fn begin(&self, what: &str) -> Box<dyn Ongoing>;

    /// Something happened that is worth a line, such as that a server asks for patience.
    fn note(&self, text: &str);
}

/// Something that takes a while, and is over when it is dropped.
pub trait Ongoing: Send + Sync {
    /// Tells in other words how far it is.
    fn tell(&self, what: &str);
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
    fn tell(&self, _: &str) {}
}

/// One line for everything that is read, since there are hundreds of files where a channel has shards, and as many
/// packages. Nothing is told before the first of them.
#[derive(Clone)]
pub(crate) struct Progress {
    shared: Arc<SharedProgress>,
}

impl Default for Progress {
    /// Tells nobody.
    fn default() -> Self {
        Self::new(&(Arc::new(Silent) as Arc<dyn Events>))
    }
}

struct SharedProgress {
    events: Arc<dyn Events>,
    state: Mutex<ProgressState>,
}

#[derive(Default)]
struct ProgressState {
    /// The line that is told, while it is.
    line: Option<Box<dyn Ongoing>>,
    what: &'static str,
    files: usize,
    finished: usize,
    bytes: u64,
    /// The bytes of all files; `None` where one doesn't say how large it is.
    total: Option<u64>,
}

impl Progress {
    /// Tells of it what is to be told.
    pub(crate) fn new(events: &Arc<dyn Events>) -> Self {
        Self { shared: Arc::new(SharedProgress { events: Arc::clone(events), state: Mutex::default() }) }
    }

    /// Begins with a file of so many bytes, if that is known. `what` says what is done, as in `Fetching repodata`.
    pub(crate) fn begin(&self, what: &'static str, total: Option<u64>) -> Task {
        self.shared.update(|state| {
            if state.files == 0 {
                (state.what, state.total) = (what, Some(0));
            }
            state.files += 1;
            state.total = state.total.zip(total).map(|(sum, total)| sum + total);
            state.line.get_or_insert_with(|| self.shared.events.begin(what));
        });
        Task { shared: Arc::clone(&self.shared) }
    }

    /// Tells something that isn't undone by what comes next.
    pub(crate) fn say(&self, text: &str) {
        self.shared.events.note(text);
    }

    /// Tells nothing until something begins again, unless something still goes on.
    pub(crate) fn rest(&self) {
        let mut state = self.shared.state();
        if state.files == state.finished {
            state.line = None;
        }
    }
}

/// A file that is being read. Dropping it says that it is done with.
pub(crate) struct Task {
    shared: Arc<SharedProgress>,
}

impl Task {
    /// Counts bytes that were read.
    pub(crate) fn add(&self, bytes: usize) {
        self.shared.update(|state| state.bytes += bytes as u64);
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.shared.update(|state| state.finished += 1);
    }
}

impl SharedProgress {
    /// Changes the counts and shows them.
    fn update(&self, change: impl FnOnce(&mut ProgressState)) {
        let mut state = self.state();
        change(&mut state);
        let ProgressState { line, what, files, finished, bytes, total } = &*state;
        if let Some(line) = line {
            let of = total.map_or(String::new(), |total| format!(" of {}", BinaryBytes(total.max(*bytes))));
            line.tell(&format!("{what}  {}{of}, {finished} of {files} files", BinaryBytes(*bytes)));
        }
    }

    fn state(&self) -> MutexGuard<'_, ProgressState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
