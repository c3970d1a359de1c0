//! How long to search.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

/// A time limit that is cheap to ask about.
#[derive(Clone, Debug)]
pub(super) struct Deadline {
    until: Option<Instant>,
    /// How often it was asked.
    asked: Cell<u32>,
    /// Whether it is known to be over.
    over: Cell<bool>,
}

impl Deadline {
    /// Lasts from now on for this long, or for ever.
    pub(super) fn new(limit: Option<Duration>) -> Self {
        Self::until(limit.and_then(|limit| Instant::now().checked_add(limit)))
    }

    fn until(until: Option<Instant>) -> Self {
        Self { until, asked: Cell::new(0), over: Cell::new(false) }
    }

    /// A part of the time that is left: so many hundredths.
    pub(super) fn part(&self, hundredths: u32) -> Self {
        let now = Instant::now();
        Self::until(self.until.map(|until| now + until.saturating_duration_since(now) * hundredths / 100))
    }

    /// Whether the time is up; from then on it stays so. The clock is looked at once in so many
    /// times.
    pub(super) fn is_over(&self) -> bool {
        const EVERY: u32 = 64;
        let asked = self.asked.get();
        self.asked.set(asked.wrapping_add(1));
        let is_late = || asked.is_multiple_of(EVERY) && self.until.is_some_and(|until| Instant::now() >= until);
        if !self.over.get() && is_late() {
            self.over.set(true);
        }
        self.over.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_that_is_up_stays_up() {
        let patience = Deadline::new(Some(Duration::ZERO));
        assert!((0..100).all(|_| patience.is_over()));
    }

    #[test]
    fn without_a_limit_it_lasts_for_ever_and_so_does_a_part_of_it() {
        assert!(!Deadline::new(None).is_over());
        assert!(!Deadline::new(None).part(1).is_over());
    }

    #[test]
    fn a_part_ends_before_the_whole() {
        let whole = Deadline::new(Some(Duration::from_hours(1)));
        assert!(whole.part(50).until < whole.until);
        assert!(whole.part(0).is_over());
    }
}
