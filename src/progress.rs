//! A progress bar for what is fetched or read.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use indicatif::{BinaryBytes, MultiProgress, ProgressBar, ProgressStyle};

/// One line for everything that is read, since there are hundreds of files where a channel has shards, and as many
/// packages. Nothing is drawn before the first of them.
#[derive(Clone, Default)]
pub(crate) struct Progress {
    shared: Option<Arc<Shared>>,
}

struct Shared {
    bars: MultiProgress,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Where it is drawn, while it is.
    bar: Option<ProgressBar>,
    what: &'static str,
    files: usize,
    finished: usize,
    bytes: u64,
    /// The bytes of all files; `None` where one doesn't say how large it is.
    total: Option<u64>,
}

impl Progress {
    /// Draws among these bars; `None` draws nothing.
    pub(crate) fn new(bars: Option<&MultiProgress>) -> Self {
        Self { shared: bars.map(|bars| Arc::new(Shared { bars: bars.clone(), state: Mutex::default() })) }
    }

    /// Begins with a file of so many bytes, if that is known. `what` says what is done, as in `Fetching repodata`.
    pub(crate) fn begin(&self, what: &'static str, total: Option<u64>) -> Task {
        if let Some(shared) = &self.shared {
            shared.update(|state| {
                if state.files == 0 {
                    (state.what, state.total) = (what, Some(0));
                }
                state.files += 1;
                state.total = state.total.zip(total).map(|(sum, total)| sum + total);
                state.bar.get_or_insert_with(|| drawn_among(&shared.bars));
            });
        }
        Task { shared: self.shared.clone() }
    }

    /// Draws nothing until something begins again, unless something still goes on.
    pub(crate) fn rest(&self) {
        if let Some(shared) = &self.shared {
            let mut state = shared.state();
            if state.files == state.finished {
                state.hide();
            }
        }
    }
}

fn drawn_among(bars: &MultiProgress) -> ProgressBar {
    let bar = bars.add(ProgressBar::new_spinner());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// A file that is being read. Dropping it says that it is done with.
pub(crate) struct Task {
    shared: Option<Arc<Shared>>,
}

impl Task {
    /// Counts bytes that were read.
    pub(crate) fn add(&self, bytes: usize) {
        if let Some(shared) = &self.shared {
            shared.update(|state| state.bytes += bytes as u64);
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            shared.update(|state| state.finished += 1);
        }
    }
}

impl Shared {
    /// Changes the counts and shows them.
    fn update(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        change(&mut state);
        let State { bar, what, files, finished, bytes, total } = &*state;
        if let Some(bar) = bar {
            let of = total.map_or(String::new(), |total| format!(" of {}", BinaryBytes(total.max(*bytes))));
            bar.set_message(format!("{what}  {}{of}, {finished} of {files} files", BinaryBytes(*bytes)));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn hide(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.hide();
    }
}
