//! What goes on is shown once it has gone on for a while. A thread looks at it, so that the work never waits for the
//! terminal.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::{
    bar::{Rate, bytes, done, line},
    margin::width,
};
use crate::progress::{Extent, Ongoing};

/// What ends sooner isn't shown.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often a bar is drawn.
const PACE: Duration = Duration::from_millis(100);

/// Something that goes on, as it is seen by whoever shows it.
pub(super) struct Work {
    /// What is done.
    pub what: String,
    started: Instant,
    extent: Arc<Mutex<Extent>>,
    ended: Receiver<()>,
}

/// Something that goes on, and is shown until it is dropped.
pub(super) struct Watched {
    extent: Arc<Mutex<Extent>>,
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watched {
    /// Begins to show something.
    pub(super) fn begin(what: &str, show: impl FnOnce(Work) + Send + 'static) -> Self {
        let (end, ended) = channel();
        let extent = Arc::default();
        let work = Work { what: what.to_owned(), started: Instant::now(), extent: Arc::clone(&extent), ended };
        // Where no thread can be started, nothing is shown.
        let thread = Builder::new().name("progress".to_owned()).spawn(move || show(work)).ok();
        Self { extent, end: Some(end), thread }
    }
}

impl Ongoing for Watched {
    fn tell(&self, extent: Extent) {
        *self.extent.lock().unwrap_or_else(PoisonError::into_inner) = extent;
    }
}

impl Drop for Watched {
    /// Nothing of it is seen any more afterwards.
    fn drop(&mut self) {
        drop(self.end.take());
        // It draws, which hardly panics, and if it does, nothing is drawn.
        _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Work {
    /// What goes on, unless it is over before it is worth a line.
    pub(super) fn worth_a_line(&self) -> Option<String> {
        self.goes_on(PATIENCE).then(|| match self.extent().total_bytes {
            Some(total) => format!("{} ({})", self.what, bytes(total)),
            None => self.what.clone(),
        })
    }

    /// Draws a line among others until it is over, or may not be drawn any more.
    pub(super) fn draw(self, bars: &MultiProgress, may_draw: &Mutex<bool>) {
        let (mut rate, mut bar) = (Rate::default(), None);
        while self.goes_on(PACE) {
            let (extent, now) = (self.extent(), Instant::now());
            rate.add(now, done(&extent));
            let elapsed = now.duration_since(self.started);
            if elapsed < PATIENCE {
                continue;
            }
            let text = line(&self.what, &extent, &rate, elapsed, width().into());
            let may_draw = may_draw.lock().unwrap_or_else(PoisonError::into_inner);
            if *may_draw {
                bar.get_or_insert_with(|| bars.add(plain_bar())).set_message(text);
            }
        }
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
    }

    /// Whether it goes on for so long.
    fn goes_on(&self, duration: Duration) -> bool {
        self.ended.recv_timeout(duration) == Err(RecvTimeoutError::Timeout)
    }

    fn extent(&self) -> Extent {
        *self.extent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A line that is what its message is.
fn plain_bar() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    match ProgressStyle::with_template("{msg}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
