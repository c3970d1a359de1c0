//! The cut-off: up to when packages had been built that an environment was made of.
//!
//! Old packages lack upper bounds on what they depend on, so old pins solved with today's libraries break.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use rattler_conda_types::VersionWithSource;

use crate::{
    channel::{Found, Records, Row},
    intent::{Intent, Kind, Pin},
};

/// A few versions were first built for Linux weeks after the export's own platform had them.
const MARGIN: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Infers the cut-off.
///
/// For an export it is the 95th percentile of the dates at which the exact pins' versions were first built for the
/// target, plus two weeks; the few beyond it were ported years later. For a file written by hand it is the newest
/// time stamp of the channels, never the clock. Either way it is the end of that day in UTC. `None` where no record
/// bears a time stamp.
#[must_use]
pub fn infer_as_of(intent: &Intent, records: &Records) -> Option<Timestamp> {
    let moment = match intent.kind {
        Kind::Export => first_builds(&intent.pins, records).or_else(|| newest(records)),
        Kind::HandWritten => newest(records),
    };
    end_of_day(moment?.to_zoned(TimeZone::UTC).date())
}

/// When the newest of the records was built; `None` where none bears a time stamp.
#[must_use]
pub fn newest(records: &Records) -> Option<Timestamp> {
    let of_block = |found: &Found| found.block.rows().iter().filter_map(|row| row.timestamp()).max();
    records.iter().flat_map(|(_, found)| found).filter_map(of_block).max()
}

/// The 95th percentile of the first builds of the exact pins, plus the margin.
fn first_builds(pins: &[Pin], records: &Records) -> Option<Timestamp> {
    let exact = pins.iter().filter_map(|pin| Some((pin, pin.want.exact()?)));
    let mut dates: Vec<Timestamp> =
        exact.filter_map(|(pin, wanted)| first_build(wanted, records.get(pin.name.as_normalized()))).collect();
    dates.sort();
    dates.get(dates.len().checked_sub(1)? * 95 / 100)?.checked_add(MARGIN).ok()
}

/// When a version was first built.
fn first_build(wanted: &VersionWithSource, records: &[Found]) -> Option<Timestamp> {
    let builds = |found: &Found| found.block.rows().of_version(wanted).iter().filter_map(Row::timestamp).min();
    records.iter().filter_map(builds).min()
}

/// The last millisecond of a day in UTC; records carry their dates in milliseconds.
#[must_use]
pub fn end_of_day(day: Date) -> Option<Timestamp> {
    let midnight = day.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
    midnight.checked_sub(SignedDuration::from_millis(1)).ok()
}
