//! How often something is tried, and how long is waited in between.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use reqwest::{
    Response, StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};
use tokio::time::sleep;
use url::Url;

use super::{
    failure::{Failure, clean},
    limits::{Limits, OF_A_TIMEOUT, RETRIES, pause},
};
use crate::{base::credentials::server_of, progress::Progress};

/// The tries of one request.
pub(crate) struct Tries {
    limits: Limits,
    /// How many failed.
    pub(super) failed: u32,
    /// As how many they count.
    spent: u32,
    /// How long was waited as a server asked.
    waited: Duration,
}

impl Tries {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, failed: 0, spent: 0, waited: Duration::ZERO }
    }

    /// Notes a failure, and waits a while before the next try.
    ///
    /// # Errors
    ///
    /// The failure, where another try makes no sense.
    pub(crate) async fn fail(&mut self, failure: Failure) -> Result<(), Failure> {
        let Failure::Unanswered { is_late, .. } = failure else { return Err(failure) };
        if !self.may_go_on(if is_late { OF_A_TIMEOUT } else { 1 }) {
            return Err(failure.after(self.failed));
        }
        sleep(pause(self.failed)).await;
        Ok(())
    }

    /// Whether it is to be tried again, as the answer is one of a busy server. Then it is waited as long as the server asks.
    ///
    /// # Errors
    ///
    /// Where that is too long.
    pub(super) async fn is_busy(&mut self, answer: &Response, progress: &Progress) -> Result<bool, Failure> {
        let status = answer.status();
        let is_later = matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
        if !(is_later || status.is_server_error()) || !self.may_go_on(1) {
            return Ok(false);
        }
        let Some(wait) = retry_after(answer.headers(), Timestamp::now()) else {
            sleep(pause(self.failed)).await;
            return Ok(true);
        };
        let (server, seconds) = (server(answer.url()), wait.as_secs());
        if self.waited.saturating_add(wait) > self.limits.wait() {
            let reason = format!(
                "{server} answers {status} and wants it to be tried again after {seconds} s; `--timeout {seconds}` waits \
                 as long"
            );
            return Err(Failure::Final { url: clean(answer.url()), reason });
        }
        progress.say(&format!("{server} is busy ({status}): waiting {seconds} s, as it asks"));
        self.waited += wait;
        sleep(wait).await;
        Ok(true)
    }

    fn may_go_on(&mut self, weight: u32) -> bool {
        self.failed += 1;
        self.spent += weight;
        self.spent <= RETRIES
    }
}

/// Its host and port.
pub(super) fn server(url: &Url) -> String {
    server_of(url).unwrap_or_default()
}

/// How long a server wants one to wait: RFC 9110, section 10.2.3.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(then.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_given_in_seconds_or_as_a_date() {
        let now: Timestamp = "2015-10-21T07:27:30Z".parse().unwrap();
        for (text, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(30)),
            ("Wed, 21 Oct 2015 07:00:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            assert_eq!(retry_after(&headers, now), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
