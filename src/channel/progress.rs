//! A progress bar for repodata.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use indicatif::{BinaryBytes, MultiProgress, ProgressBar, ProgressStyle};

/// One line for everything that is read, since there are hundreds of files where a channel has shards. Nothing is drawn
/// before the first of them.
#[derive(Clone, Default)]
pub(super) struct Progress {
    shared: Option<Arc<Shared>>,
}

struct Shared {
    bar: ProgressBar,
    bars: MultiProgress,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    verb: &'static str,
    files: usize,
    finished: usize,
    bytes: u64,
    /// The bytes of all files; `None` where one doesn't say how large it is.
    total: Option<u64>,
}

impl Progress {
    /// Draws among these bars; `None` draws nothing.
    pub(super) fn new(bars: Option<&MultiProgress>) -> Self {
        let shared = |bars: &MultiProgress| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style);
            }
            Arc::new(Shared { bar, bars: bars.clone(), counts: Mutex::default() })
        };
        Self { shared: bars.map(shared) }
    }

    /// Begins with a file of so many bytes, if that is known. The verb says what is done with it, as in `Fetching`.
    pub(super) fn begin(&self, verb: &'static str, total: Option<u64>) -> Task {
        if let Some(shared) = &self.shared {
            shared.update(|counts| {
                if counts.files == 0 {
                    counts.verb = verb;
                    counts.total = Some(0);
                    shared.bars.add(shared.bar.clone());
                    shared.bar.enable_steady_tick(Duration::from_millis(100));
                }
                counts.files += 1;
                counts.total = counts.total.zip(total).map(|(sum, total)| sum + total);
            });
        }
        Task { shared: self.shared.clone() }
    }
}

/// A file that is being read. Dropping it says that it is done with.
pub(super) struct Task {
    shared: Option<Arc<Shared>>,
}

impl Task {
    /// Counts bytes that were read.
    pub(super) fn add(&self, bytes: usize) {
        if let Some(shared) = &self.shared {
            shared.update(|counts| counts.bytes += bytes as u64);
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            shared.update(|counts| counts.finished += 1);
        }
    }
}

impl Shared {
    /// Changes the counts and shows them.
    fn update(&self, change: impl FnOnce(&mut Counts)) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut counts);
        let Counts { verb, files, finished, bytes, total } = *counts;
        let of = total.map_or(String::new(), |total| format!(" of {}", BinaryBytes(total.max(bytes))));
        self.bar.set_message(format!("{verb} repodata  {}{of}, {finished} of {files} files", BinaryBytes(bytes)));
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
