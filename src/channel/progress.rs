//! A progress bar for repodata.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use rattler_repodata_gateway::{DownloadReporter, Reporter};
use url::Url;

/// One line for all downloads. The gateway's own reporter has a line for each of them, and there are hundreds where a
/// channel has shards.
pub(super) struct Progress {
    bar: ProgressBar,
    downloads: Mutex<Downloads>,
}

#[derive(Default)]
struct Downloads {
    started: usize,
    finished: usize,
    bytes: u64,
    /// The bytes of each download that goes on.
    current: HashMap<usize, u64>,
}

impl Progress {
    pub(super) fn new(bars: &MultiProgress) -> Self {
        let bar = bars.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner} Fetching repodata  {bytes}, {msg}") {
            bar.set_style(style);
        }
        Self { bar, downloads: Mutex::default() }
    }

    /// Changes the counts and shows them.
    fn update<T>(&self, change: impl FnOnce(&mut Downloads) -> T) -> T {
        let mut downloads = self.downloads.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = change(&mut downloads);
        self.bar.set_position(downloads.bytes);
        self.bar.set_message(format!("{} of {} files", downloads.finished, downloads.started));
        changed
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

impl Reporter for Progress {
    fn download_reporter(&self) -> Option<&dyn DownloadReporter> {
        Some(self)
    }
}

impl DownloadReporter for Progress {
    fn on_download_start(&self, _url: &Url) -> usize {
        self.bar.enable_steady_tick(Duration::from_millis(100));
        self.update(|downloads| {
            downloads.started += 1;
            downloads.started
        })
    }

    fn on_download_progress(&self, _url: &Url, index: usize, bytes: usize, _total: Option<usize>) {
        self.update(|downloads| {
            let now = bytes as u64;
            let before = downloads.current.insert(index, now).unwrap_or(0);
            downloads.bytes += now.saturating_sub(before);
        });
    }

    fn on_download_complete(&self, _url: &Url, index: usize) {
        self.update(|downloads| {
            downloads.current.remove(&index);
            downloads.finished += 1;
        });
    }
}
