//! The line that says how far something is, as wide as there is room.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::screen::visible;
use crate::progress::Extent;

/// How many characters a bar has at least and at most, its brackets among them.
const SHORTEST: usize = 10;
const LONGEST: usize = 42;
/// Between two parts of the line.
const GAP: &str = "  ";
/// How long ago what was done still counts for the rate.
const RECENT: Duration = Duration::from_secs(5);

/// What has been done in the last seconds.
#[derive(Debug, Default)]
pub(super) struct Rate {
    samples: VecDeque<(Instant, u64)>,
}

impl Rate {
    /// Counts how much is done by now.
    pub(super) fn add(&mut self, now: Instant, done: u64) {
        self.samples.push_back((now, done));
        // One that is older stays, so that there is something to compare with after a long wait.
        while self.samples.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= RECENT) {
            self.samples.pop_front();
        }
    }

    /// How much is done in a second.
    fn per_second(&self) -> f64 {
        let Some(((first, before), (last, now))) = self.samples.front().zip(self.samples.back()) else { return 0.0 };
        let seconds = last.duration_since(*first).as_secs_f64();
        #[allow(clippy::cast_precision_loss, reason = "a rate is shown with three digits")]
        let done = now.saturating_sub(*before) as f64;
        if seconds > 0.0 { done / seconds } else { 0.0 }
    }
}

/// What counts of an extent: bytes, or packages where no bytes are counted.
pub(super) fn done(extent: &Extent) -> u64 {
    if has_bytes(extent) { extent.bytes } else { extent.done as u64 }
}

/// What is said of it, in so many characters at most: what is least needed is left out where there is no room.
pub(super) fn line(what: &str, extent: &Extent, rate: &Rate, elapsed: Duration, width: usize) -> String {
    let what: String = visible(what).chars().take(width).collect();
    let total = if has_bytes(extent) { extent.total_bytes } else { Some(extent.total as u64).filter(|it| *it > 0) };
    let per_second = rate.per_second();
    let left = total.and_then(|total| left(total.saturating_sub(done(extent)), per_second));
    // What comes after the last byte has no rate.
    let has_rate = has_bytes(extent) && per_second >= 1.0 && total != Some(done(extent));
    let mut room = width - what.chars().count();
    let mut fits = |part: Option<String>| {
        let rest = room.checked_sub(GAP.len() + part.as_ref()?.chars().count())?;
        room = rest;
        part
    };
    // The first is the most important.
    let amount = fits(amount(extent));
    let time = fits(left.map(|left| format!("{} left", time(left))).or_else(|| Some(time(elapsed))));
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate is no negative number")]
    let rate = fits(has_rate.then(|| format!("{}/s", bytes(per_second as u64))));
    let mut files = files(extent);
    let takes = files.as_ref().map_or(0, |it| GAP.len() + it.chars().count());
    if total.is_none() || room < takes + GAP.len() + SHORTEST {
        // A bar tells more of how much is left.
        files = files.filter(|_| total.is_none() && room >= takes);
    }
    room -= if files.is_some() { takes } else { 0 };
    let long = room.saturating_sub(GAP.len()).min(LONGEST);
    let bar = total.filter(|_| long >= SHORTEST).map(|total| bar(done(extent), total, long));
    [Some(what), bar, amount, files, rate, time].into_iter().flatten().collect::<Vec<_>>().join(GAP)
}

fn has_bytes(extent: &Extent) -> bool {
    extent.bytes > 0 || extent.total_bytes.is_some()
}

/// `[====>     ]`, in so many characters.
fn bar(done: u64, total: u64, long: usize) -> String {
    let inner = long.saturating_sub(2);
    let filled = u128::from(done.min(total)) * inner as u128 / u128::from(total.max(1));
    let filled = usize::try_from(filled).unwrap_or(inner);
    let head = if (1..inner).contains(&filled) { "=".repeat(filled - 1) + ">" } else { "=".repeat(filled) };
    format!("[{head:inner$}]")
}

/// How much is done, of how much.
fn amount(extent: &Extent) -> Option<String> {
    match extent.total_bytes {
        Some(total) => {
            let (done, total) = (bytes(extent.bytes), bytes(total));
            let unit = |text: &str| text.rsplit_once(' ').map(|(_, unit)| unit.to_owned());
            let number = done.split(' ').next().unwrap_or_default();
            // The unit is said once where it is the same.
            Some(format!("{} of {total}", if unit(&done) == unit(&total) { number } else { &done }))
        }
        None if extent.bytes > 0 => Some(bytes(extent.bytes)),
        None => (extent.total > 0).then(|| format!("{} of {}", extent.done, extent.total)),
    }
}

/// How many files, where there are several and bytes are told as well.
fn files(extent: &Extent) -> Option<String> {
    (has_bytes(extent) && extent.total > 1).then(|| format!("{} of {} files", extent.done, extent.total))
}

/// `812 B`, `3.4 MiB`, `120 MiB`.
pub(super) fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    #[allow(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut amount = number as f64;
    let mut units = UNITS.into_iter();
    let mut unit = units.next().unwrap_or_default();
    // 999.6 would be shown as 1000.
    while amount >= 999.5
        && let Some(next) = units.next()
    {
        amount /= 1024.0;
        unit = next;
    }
    let decimals = usize::from(unit != "B" && amount < 99.95);
    format!("{amount:.decimals$} {unit}")
}

/// How long it will take at this rate; `None` where that is anybody's guess.
fn left(remaining: u64, per_second: f64) -> Option<Duration> {
    const FURTHEST: f64 = 100.0 * 3600.0;
    #[allow(clippy::cast_precision_loss, reason = "seconds are shown")]
    let seconds = remaining as f64 / per_second;
    // What is done with may go on for a moment.
    (per_second > 0.0 && remaining > 0 && seconds < FURTHEST).then(|| Duration::from_secs_f64(seconds))
}

/// `8 s`, `2 min 5 s`, `1 h 3 min`.
fn time(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MIB: u64 = 1 << 20;

    /// So much done in each of the last two seconds.
    fn rate(per_second: u64) -> Rate {
        let mut rate = Rate::default();
        let start = Instant::now();
        for second in 0..3 {
            rate.add(start + Duration::from_secs(second), second * per_second);
        }
        rate
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate is no negative number")]
    fn bytes_a_second(rate: &Rate) -> u64 {
        rate.per_second().round() as u64
    }

    fn shown(extent: Extent, per_second: u64, width: usize) -> String {
        line("Fetching packages", &extent, &rate(per_second), Duration::from_secs(3), width)
    }

    #[test]
    fn the_line_of_a_download_is_as_wide_as_there_is_room() {
        let extent = Extent { bytes: 30 * MIB, total_bytes: Some(120 * MIB), done: 3, total: 17 };
        for (width, expected) in [
            (
                200,
                "Fetching packages  [=========>                              ]  30.0 of 120 MiB  3 of 17 files  \
                 10.0 MiB/s  9 s left",
            ),
            (80, "Fetching packages  [====>               ]  30.0 of 120 MiB  10.0 MiB/s  9 s left"),
            (60, "Fetching packages  30.0 of 120 MiB  10.0 MiB/s  9 s left"),
            (50, "Fetching packages  30.0 of 120 MiB  9 s left"),
            (40, "Fetching packages  30.0 of 120 MiB"),
            (20, "Fetching packages"),
            (8, "Fetching"),
        ] {
            assert_eq!(shown(extent, 10 * MIB, width), expected, "{width}");
        }
    }

    #[test]
    fn what_isnt_known_isnt_said() {
        let unknown = Extent { bytes: 300 * 1024, total_bytes: None, done: 1, total: 4 };
        assert_eq!(shown(unknown, 150 * 1024, 80), "Fetching packages  300 KiB  1 of 4 files  150 KiB/s  3 s");
        let stalled = Extent { bytes: 0, total_bytes: Some(5 * MIB), done: 0, total: 1 };
        let bar = format!("[{}]", " ".repeat(38));
        assert_eq!(shown(stalled, 0, 80), format!("Fetching packages  {bar}  0 B of 5.0 MiB  3 s"));
        assert_eq!(shown(Extent::default(), 0, 80), "Fetching packages  3 s");
        let read = Extent { bytes: 5 * MIB, total_bytes: Some(5 * MIB), done: 2, total: 2 };
        let bar = format!("[{}]", "=".repeat(24));
        assert_eq!(shown(read, MIB, 80), format!("Fetching packages  {bar}  5.0 of 5.0 MiB  2 of 2 files  3 s"));
        let linking = Extent { done: 30, total: 120, ..Extent::default() };
        assert_eq!(
            line("Linking packages", &linking, &rate(10), Duration::from_secs(3), 80),
            "Linking packages  [========>                              ]  30 of 120  9 s left"
        );
    }

    #[test]
    fn amounts_and_times_are_short() {
        let shown = [0, 999, 1000, 1024, 10_240, 1_048_524, 5 * MIB + 400_000, 120 * MIB, 4096 * MIB];
        let expected = ["0 B", "999 B", "1.0 KiB", "1.0 KiB", "10.0 KiB", "1.0 MiB", "5.4 MiB", "120 MiB", "4.0 GiB"];
        assert_eq!(shown.map(bytes), expected);
        let shown = [0, 59, 60, 125, 3599, 3600, 3780].map(|it| time(Duration::from_secs(it)));
        assert_eq!(shown, ["0 s", "59 s", "1 min 0 s", "2 min 5 s", "59 min 59 s", "1 h 0 min", "1 h 3 min"]);
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let mut slowed = Rate::default();
        let start = Instant::now();
        for tenth in 0..200 {
            // Fast for ten seconds, and then not at all.
            slowed.add(start + Duration::from_millis(tenth * 100), tenth.min(100) * 1000);
        }
        assert_eq!((bytes_a_second(&slowed), slowed.samples.len()), (0, 51));
        assert_eq!(bytes_a_second(&rate(7)), 7);
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_there_is_room(
            what in ".{0,40}", numbers in any::<(u64, Option<u64>, usize, usize, u64)>(), width in 0_usize..300,
        ) {
            let (bytes, total_bytes, done, total, per_second) = numbers;
            let extent = Extent { bytes, total_bytes, done, total };
            let line = line(&what, &extent, &rate(per_second >> 2), Duration::from_secs(per_second), width);
            prop_assert!(line.chars().count() <= width, "{line}");
        }
    }
}
