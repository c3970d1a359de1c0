//! The cut-off: up to when packages had been built that an environment was made of.
//!
//! Old packages lack upper bounds on what they depend on, so old pins solved with today's libraries break.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use crate::{
    channel::Records,
    intent::{Kind, Wish},
};

use super::built;

/// A few versions were first built for Linux weeks after the export's own platform had them.
const MARGIN: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Infers the cut-off.
///
/// For an export it is the 95th percentile of the dates at which the exact pins' versions were first built for the
/// target, plus two weeks; the few beyond it were ported years later. For a file written by hand it is the newest
/// time stamp of the channels, never the clock. Either way it is the end of that day in UTC. `None` where no record
/// bears a time stamp.
#[must_use]
pub fn infer_as_of(kind: Kind, wishes: &[Wish], records: &Records) -> Option<Timestamp> {
    let newest = || records.iter().filter_map(built).max();
    let moment = match kind {
        Kind::Export => first_builds(wishes, records).or_else(newest),
        Kind::HandWritten => newest(),
    };
    end_of_day(moment?.to_zoned(TimeZone::UTC).date())
}

/// The 95th percentile of the first builds of the exact pins, plus the margin.
fn first_builds(wishes: &[Wish], records: &Records) -> Option<Timestamp> {
    let first = |wish: &Wish| {
        records.get(&wish.pin.name).iter().filter(|record| wish.pin.want.accepts(record)).filter_map(built).min()
    };
    let mut dates: Vec<Timestamp> =
        wishes.iter().filter(|wish| wish.pin.want.exact().is_some()).filter_map(first).collect();
    dates.sort();
    dates.get(dates.len().checked_sub(1)? * 95 / 100)?.checked_add(MARGIN).ok()
}

/// The last millisecond of a day in UTC; records carry their dates in milliseconds.
#[must_use]
pub fn end_of_day(day: Date) -> Option<Timestamp> {
    let midnight = day.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
    midnight.checked_sub(SignedDuration::from_millis(1)).ok()
}
