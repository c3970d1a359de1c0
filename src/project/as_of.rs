//! The cut-off date of `--as-of`, and how it is asked for.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use thiserror::Error;

use crate::solve::end_of_day;

/// A cut-off date: records built later are left alone where something older serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// No cut-off: the newest records are taken.
    Latest,
    /// Records up to this moment, included.
    Date(Timestamp),
}

/// What is asked for: a date, or what has to be found out from the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedDate {
    /// This one.
    Of(AsOf),
    /// So long before the newest record of the channels; never before the clock, so that the same records give the same.
    Before(SignedDuration),
}

/// The text is no cut-off date.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no date: write `latest`, a day such as 2018-12-31, a moment such as 2018-12-31T12:00:00Z, or how long before \
     the newest package, such as 7d, 12h or 2w"
)]
pub struct NotADate(String);

impl AskedDate {
    /// The date. `newest` tells when the newest record was built; where none says so, there is nothing to go back from.
    #[must_use]
    pub fn settle(self, newest: impl FnOnce() -> Option<Timestamp>) -> AsOf {
        match self {
            Self::Of(date) => date,
            Self::Before(duration) => {
                newest().and_then(|newest| newest.checked_sub(duration).ok()).map_or(AsOf::Latest, AsOf::Date)
            }
        }
    }
}

impl FromStr for AskedDate {
    type Err = NotADate;

    /// Reads a number of hours, days or weeks, or else a date.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        duration(text).map(Self::Before).map_or_else(|| text.parse().map(Self::Of), Ok)
    }
}

/// A hundred years, in hours: nothing in a channel is older.
const MOST: i64 = 100 * 366 * 24;

/// `12h`, `7d` or `2w`; `None` where it is something else.
fn duration(text: &str) -> Option<SignedDuration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let hours = match unit {
        "h" => 1,
        "d" => 24,
        "w" => 7 * 24,
        _ => return None,
    };
    // A sign isn't meant.
    let number = number.bytes().all(|byte| byte.is_ascii_digit()).then(|| number.parse::<u32>().ok())??;
    let hours = i64::from(number) * hours;
    (hours <= MOST).then(|| SignedDuration::from_hours(hours))
}

impl fmt::Display for AskedDate {
    /// Writes it so that it is read again as the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(date) => date.fmt(f),
            Self::Before(duration) => match duration.as_hours() {
                hours if hours % 24 == 0 => write!(f, "{}d", hours / 24),
                hours => write!(f, "{hours}h"),
            },
        }
    }
}

impl AsOf {
    /// The moment, if there is a cut-off.
    #[must_use]
    pub fn timestamp(self) -> Option<Timestamp> {
        match self {
            AsOf::Latest => None,
            AsOf::Date(moment) => Some(moment),
        }
    }
}

impl FromStr for AsOf {
    type Err = NotADate;

    /// Reads `latest`, a day, which means its end in UTC, or a moment as of RFC 3339.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || NotADate(text.to_owned());
        if text.eq_ignore_ascii_case("latest") {
            return Ok(AsOf::Latest);
        }
        // jiff reads a date out of many texts; only the plain form is a day here.
        if text.len() == "2018-12-31".len() {
            let day: Date = text.parse().map_err(|_| error())?;
            return end_of_day(day).map(AsOf::Date).ok_or_else(error);
        }
        text.parse().map(AsOf::Date).map_err(|_| error())
    }
}

impl fmt::Display for AsOf {
    /// Writes it so that it is read again as the same: a day where it is the end of one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AsOf::Latest => f.write_str("latest"),
            AsOf::Date(moment) => {
                let day = moment.to_zoned(TimeZone::UTC).date();
                if end_of_day(day) == Some(*moment) { write!(f, "{day}") } else { write!(f, "{moment}") }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> Option<i64> {
        text.parse::<AsOf>().unwrap().timestamp().map(Timestamp::as_millisecond)
    }

    #[test]
    fn a_day_means_its_last_millisecond_in_utc() {
        // `date -u -d 2019-01-01 +%s` says 1546300800.
        assert_eq!(date("2018-12-31"), Some(1_546_300_800_000 - 1));
    }

    #[test]
    fn a_moment_is_taken_as_it_is() {
        assert_eq!(date("2018-12-31T12:00:00Z"), Some(1_546_257_600_000));
        assert_eq!(date("2018-12-31T13:00:00+01:00"), Some(1_546_257_600_000));
    }

    #[test]
    fn latest_is_no_cut_off() {
        assert_eq!("latest".parse(), Ok(AsOf::Latest));
        assert_eq!(AsOf::Latest.timestamp(), None);
    }

    #[test]
    fn what_is_no_date_is_refused_with_examples() {
        for text in [
            "",
            "yesterday",
            "2018-02-30",
            "31.12.2018",
            "2018",
            "2018-12-31T12:00:00",
            "9999-12-31",
            "7",
            "d",
            "7m",
            "-7d",
            "+7d",
            "7 d",
            "1.5d",
            "70000d",
        ] {
            let error = text.parse::<AskedDate>().unwrap_err().to_string();
            assert_eq!(
                error,
                format!(
                    "`{text}` is no date: write `latest`, a day such as 2018-12-31, a moment such as \
                     2018-12-31T12:00:00Z, or how long before the newest package, such as 7d, 12h or 2w"
                )
            );
        }
    }

    #[test]
    fn a_time_span_is_counted_back_from_the_newest_record() {
        let newest: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        for (text, date, written) in [
            ("7d", "2026-02-22T10:00:00Z", "7d"),
            ("12h", "2026-02-28T22:00:00Z", "12h"),
            ("2w", "2026-02-15T10:00:00Z", "14d"),
            ("48h", "2026-02-27T10:00:00Z", "2d"),
            ("0d", "2026-03-01T10:00:00Z", "0d"),
            ("2025-12-31", "2025-12-31", "2025-12-31"),
            ("latest", "latest", "latest"),
        ] {
            let asked: AskedDate = text.parse().unwrap();
            assert_eq!(asked.settle(|| Some(newest)), date.parse().unwrap(), "{text}");
            assert_eq!(asked.to_string(), written);
        }
        // Whoever asks for a date needs no record.
        assert_eq!("2w".parse::<AskedDate>().unwrap().settle(|| None), AsOf::Latest);
    }

    #[test]
    fn the_end_of_a_day_is_written_as_a_day() {
        for text in ["latest", "2018-12-31", "2020-02-29", "2018-12-31T12:00:00Z"] {
            assert_eq!(text.parse::<AsOf>().unwrap().to_string(), text);
        }
        assert_eq!("2018-12-31T23:59:59.999Z".parse::<AsOf>().unwrap().to_string(), "2018-12-31");
    }

    proptest! {
        #[test]
        fn any_moment_is_read_back_as_written(millis in 0_i64..4_000_000_000_000) {
            let moment = AsOf::Date(Timestamp::from_millisecond(millis).unwrap());
            prop_assert_eq!(moment.to_string().parse::<AsOf>().unwrap(), moment);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,24}") {
            if let Ok(read) = text.parse::<AskedDate>() {
                prop_assert_eq!(read.to_string().parse::<AskedDate>().unwrap(), read);
            }
        }

        #[test]
        fn any_time_span_is_read_back_as_written(number in 0..5000u32, unit in "[hdw]") {
            let read: AskedDate = format!("{number}{unit}").parse().unwrap();
            prop_assert_eq!(read.to_string().parse::<AskedDate>().unwrap(), read);
        }
    }
}
