//! What a failed request means to a person.

use std::error::Error;

use rattler_redaction::strip_url_for_serialization;
use reqwest::StatusCode;
use url::Url;

use super::ChannelError;

/// What to do about something on a server that isn't repodata.
pub(super) const NOT_REPODATA: &str = "nothing of it is kept; if the next run says the same, the server has something \
                                       else than repodata there, or a login page answers in its place";

/// A request without an answer. The middleware wraps its error in layers.
pub(super) fn unanswered(url: &Url, error: &reqwest_middleware::Error) -> ChannelError {
    match search(error) {
        Some(error) => interrupted(url, error),
        None => ChannelError::Unreachable { url: clean(url), reason: innermost(error) },
    }
}

/// A request or an answer that broke off.
pub(super) fn interrupted(url: &Url, error: &reqwest::Error) -> ChannelError {
    let reason = if error.is_timeout() {
        "there was no answer in time".to_owned()
    } else {
        // The error itself names the URL, and that may hold a token.
        error.source().map_or("the request failed".to_owned(), innermost)
    };
    ChannelError::Unreachable { url: clean(url), reason }
}

/// An answer that says that something is wrong.
pub(super) fn refused(url: &Url, status: StatusCode) -> ChannelError {
    ChannelError::Http {
        url: clean(url),
        status: status.to_string(),
        help: match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                "the channel wants credentials: `pixi auth login` stores them, and a URL given to --channel may hold \
                 them; the server may also forbid what it doesn't have"
            }
            StatusCode::TOO_MANY_REQUESTS => "the server wants fewer requests; try again in a few minutes",
            _ => "try again later, or use a mirror with `--channel NAME=URL`",
        },
    }
}

/// Looks for a failed request among an error and its causes. Some wrappers hide what they wrap from
/// [`Error::source`], so these are opened by their type.
fn search<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a reqwest::Error> {
    if let Some(found) = error.downcast_ref::<reqwest::Error>() {
        return Some(found);
    }
    let hidden: Option<&'a (dyn Error + 'static)> = match error.downcast_ref::<reqwest_middleware::Error>() {
        Some(reqwest_middleware::Error::Reqwest(inner)) => return Some(inner),
        Some(reqwest_middleware::Error::Middleware(inner)) => Some(inner.as_ref()),
        None => match error.downcast_ref::<reqwest_retry::RetryError>() {
            Some(reqwest_retry::RetryError::WithRetries { err, .. } | reqwest_retry::RetryError::Error(err)) => {
                Some(err)
            }
            None => None,
        },
    };
    hidden.or_else(|| error.source()).and_then(search)
}

/// What the first cause says: the part that names neither URLs nor layers.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// A URL without credentials.
pub(crate) fn clean(url: &Url) -> String {
    strip_url_for_serialization(url).to_string()
}
