//! How long to search.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

/// A time limit that is cheap to ask about.
#[derive(Clone, Debug)]
pub(super) struct Patience {
    until: Option<Instant>,
    /// How often it was asked since the clock was looked at.
    asked: Cell<u32>,
}

impl Patience {
    /// Lasts from now on for this long, or for ever.
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self { until: limit.and_then(|limit| Instant::now().checked_add(limit)), asked: Cell::new(0) }
    }

    /// Whether the time is up. The clock is looked at once in so many times.
    pub(super) fn is_over(&self) -> bool {
        const EVERY: u32 = 64;
        let asked = self.asked.get();
        self.asked.set((asked + 1) % EVERY);
        asked == 0 && self.until.is_some_and(|until| Instant::now() >= until)
    }
}
