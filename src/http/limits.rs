//! Every limit of what goes over the network, in one table.
//!
//! | what                                                              | limit          | usual  |
//! | ----------------------------------------------------------------- | -------------- | ------ |
//! | a connection is there                                             | a quarter of T | 15 s   |
//! | nothing comes, before an answer or in the midst of it             | half of T      | 30 s   |
//! | less than 1 kB a second comes, on average                         | half of T      | 30 s   |
//! | an answer is there as a whole                                     | 60 T           | 1 h    |
//! | waits that a server asks for (`Retry-After`), those of one request | T              | 60 s   |
//! | another process fetches the same repodata                         | T              | 60 s   |
//! | tries after one that failed; a time limit counts as two failures  | 3              | 3      |
//! | pauses before them, each twice as long                            | 0.3 s to 5 s   |        |
//! | redirects of one request                                          | 10             | 10     |
//! | requests at the same time; one more with each that is answered,   | 4 to 50        |        |
//! | from 16 on with every fourth                                      |                |        |
//! | packages that are downloaded and unpacked at the same time        | 16             | 16     |
//!
//! T is the timeout, `--timeout` on the command line. So a server that says nothing, or next to nothing, is given up when T
//! is over: after two tries, each of half of it.

use std::time::Duration;

use crate::machine::Network;

/// How often a request is sent again.
pub(super) const RETRIES: u32 = 3;
/// As how many failures one counts that took as long as it may.
pub(super) const OF_A_TIMEOUT: u32 = 2;
/// The shortest and the longest pause before that, unless a server asks for one.
const PAUSES: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(5));
/// How often an answer may lead to another place.
pub(super) const REDIRECTS: usize = 10;
/// Requests at the same time at first: small servers can't take many.
pub(super) const REQUESTS: usize = 4;
/// How many more there may be with each answer, and then with every fourth. Whoever sends two requests for each answer overruns
/// a server that is as fast as it can be.
const MORE: (usize, usize) = (12, 34);
/// Packages that are downloaded and unpacked at the same time.
pub(crate) const DOWNLOADS: usize = 16;
/// What an answer must bring on average, in bytes a second.
pub(super) const SLOWEST: u64 = 1000;
/// The timeout when nobody says.
const USUAL: Duration = Duration::from_mins(1);

/// The longest timeout, so that clocks can bear what follows from it.
const LONGEST: Duration = Duration::from_hours(24);

/// How much patience there is with servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    timeout: Duration,
    /// For a connection, where it was said apart.
    connect: Option<Duration>,
    /// For one try of which nothing comes, where it was said apart.
    silence: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new(USUAL)
    }
}

impl Limits {
    /// Those that follow from how long a server may send nothing, all tries together: a day at most.
    #[must_use]
    pub fn new(timeout: Duration) -> Self {
        Self { timeout: timeout.min(LONGEST), connect: None, silence: None }
    }

    /// The same, but for what the machine says of connections and of silence.
    #[must_use]
    pub fn on(self, network: &Network) -> Self {
        let short = |wait: Option<Duration>| wait.map(|wait| wait.min(LONGEST));
        Self { connect: short(network.connect), silence: short(network.read), ..self }
    }

    /// For a connection.
    pub(crate) fn connect(self) -> Duration {
        self.connect.unwrap_or(self.timeout / 4)
    }

    /// For one try of which nothing comes, or next to nothing.
    pub(crate) fn silence(self) -> Duration {
        self.silence.unwrap_or(self.timeout / 2)
    }

    /// For an answer as a whole.
    pub(crate) fn whole(self) -> Duration {
        self.timeout * 60
    }

    /// The same for uv, which tries as often, whatever has failed: the variables of its that say so, in whole seconds.
    pub(crate) fn for_uv(self) -> [(&'static str, String); 3] {
        let seconds = |time: Duration| time.as_secs().max(1).to_string();
        [
            ("UV_HTTP_CONNECT_TIMEOUT", seconds(self.timeout / (RETRIES + 1))),
            ("UV_HTTP_TIMEOUT", seconds(self.timeout / (RETRIES + 1))),
            ("UV_HTTP_RETRIES", RETRIES.to_string()),
        ]
    }

    /// For another process that fetches the same; then it is fetched without waiting for that.
    pub(crate) fn turn(self) -> Duration {
        self.timeout
    }

    /// For the waits that a server asks for.
    pub(super) fn wait(self) -> Duration {
        self.timeout
    }
}

/// Whether there may be one more request at the same time, as so many were answered before this one.
pub(super) fn is_one_more(answered: usize) -> bool {
    let (quick, slow) = MORE;
    match answered.checked_sub(quick) {
        None => true,
        Some(later) => later < 4 * slow && later % 4 == 3,
    }
}

/// The pause before something is tried again that has failed as often as that.
pub(super) fn pause(failures: u32) -> Duration {
    let (shortest, longest) = PAUSES;
    shortest.saturating_mul(1 << failures.saturating_sub(1).min(8)).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        assert_eq!([1, 2, 3, 40].map(|failures| pause(failures).as_millis()), [300, 600, 1200, 5000]);
    }

    #[test]
    fn a_timeout_of_any_length_can_be_counted_with() {
        let limits = Limits::new(Duration::MAX);
        assert_eq!(limits.whole(), Duration::from_hours(24 * 60));
        assert_eq!(Limits::default().for_uv().map(|(_, value)| value), ["15", "15", "3"]);
    }

    #[test]
    fn requests_at_the_same_time_grow_to_fifty() {
        let after = |answers| REQUESTS + (0..answers).filter(|answered| is_one_more(*answered)).count();
        assert_eq!([0, 1, 12, 16, 148, 1000].map(after), [4, 5, 16, 17, 50, 50]);
    }
}
