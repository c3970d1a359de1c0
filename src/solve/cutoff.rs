//! The cut-off: up to when packages had been built that an environment was made of.
//!
//! Old packages lack upper bounds on what they depend on, so old pins solved with today's libraries break.

use jiff::{SignedDuration, Timestamp};

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
/// time stamp of the channels, never the clock. `None` where no record bears a time stamp.
#[must_use]
pub fn infer_as_of(kind: Kind, wishes: &[Wish], records: &Records) -> Option<Timestamp> {
    let newest = || records.iter().filter_map(built).max();
    if kind == Kind::HandWritten {
        return newest();
    }
    let mut first_built: Vec<Timestamp> = wishes
        .iter()
        .filter(|wish| wish.pin.want.exact().is_some())
        .filter_map(|wish| {
            records.get(&wish.pin.name).iter().filter(|record| wish.pin.want.accepts(record)).filter_map(built).min()
        })
        .collect();
    first_built.sort();
    let last = first_built.len().checked_sub(1)?;
    first_built.get(last * 95 / 100)?.checked_add(MARGIN).ok().or_else(newest)
}
