//! The time limit of `--timeout`: how long to search, and how long to wait for a server that sends nothing.

use std::{fmt, str::FromStr, time::Duration};

use thiserror::Error;

use crate::http::Limits;

/// How long to search when nobody says.
const USUAL: Duration = Duration::from_mins(1);
/// What a server gets at least: a short search needs no fast server.
const LEAST: Duration = Duration::from_secs(4);

/// How long to search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeout {
    /// Until there is nothing better.
    None,
    /// As long as this at most.
    After(Duration),
}

/// The text is no time limit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no time limit: write a number of seconds such as 60 or 0.5, or `none`")]
pub struct NotATimeout(String);

impl Timeout {
    /// The limit, if there is one.
    #[must_use]
    pub fn limit(self) -> Option<Duration> {
        match self {
            Self::None => None,
            Self::After(limit) => Some(limit),
        }
    }
}

impl Timeout {
    /// How much patience there is with servers; without a limit of the search it is the usual one.
    #[must_use]
    pub fn limits(self) -> Limits {
        Limits::new(self.limit().unwrap_or(USUAL).max(LEAST))
    }
}

impl Default for Timeout {
    fn default() -> Self {
        Self::After(USUAL)
    }
}

impl FromStr for Timeout {
    type Err = NotATimeout;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.eq_ignore_ascii_case("none") {
            return Ok(Self::None);
        }
        let limit = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        limit.filter(|limit| !limit.is_zero()).map(Self::After).ok_or_else(|| NotATimeout(text.to_owned()))
    }
}

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::After(limit) => write!(f, "{}", limit.as_secs_f64()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_read_and_written() {
        for (text, seconds) in [("60", 60.0), ("0.5", 0.5), ("1e3", 1000.0)] {
            assert_eq!(text.parse(), Ok(Timeout::After(Duration::from_secs_f64(seconds))), "{text}");
        }
        assert_eq!("None".parse(), Ok(Timeout::None));
        assert_eq!(Timeout::default().to_string(), "60");
        assert_eq!(Timeout::None.to_string(), "none");
    }

    #[test]
    fn what_is_no_time_limit_is_refused_with_an_example() {
        for text in ["", "-1", "0", "1m", "NaN", "inf", "1e30"] {
            let error = text.parse::<Timeout>().unwrap_err();
            assert!(error.to_string().contains("such as 60"), "{error}");
        }
    }
}
