//! What a failed request means to a person.

use std::io;

use reqwest::StatusCode;
use url::Url;

use super::ChannelError;
use crate::http::{Broken, Failure, clean};

/// What to do about something on a server that isn't repodata.
pub(super) const NOT_REPODATA: &str = "nothing of it is kept; if the next run says the same, the server has something \
                                       else than repodata there, or a login page answers in its place";

/// An answer without end.
pub(super) fn too_large(url: &Url, error: &io::Error) -> ChannelError {
    ChannelError::Garbage { channel: clean(url), reason: error.to_string(), help: NOT_REPODATA }
}

/// An answer that says that something is wrong.
pub(super) fn refused(url: &Url, status: StatusCode) -> ChannelError {
    ChannelError::Http {
        url: clean(url),
        status: status.to_string(),
        help: match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                "the channel wants credentials: `pixi auth login` stores them for a host, which means https and its usual \
                 port, and a URL given to --channel may hold them; the server may also forbid what it doesn't have"
            }
            StatusCode::TOO_MANY_REQUESTS => "the server wants fewer requests; try again in a few minutes",
            _ => "try again later, or use a mirror with `--channel NAME=URL`",
        },
    }
}

impl From<Failure> for ChannelError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unanswered { url, reason, .. } | Failure::Final { url, reason } => {
                Self::Unreachable { url, reason }
            }
            Failure::Setup(reason) => Self::Client { reason },
            Failure::Credentials { file, reason } => Self::Credentials { file: file.display().to_string(), reason },
        }
    }
}

impl From<ChannelError> for Broken<ChannelError> {
    fn from(error: ChannelError) -> Self {
        Self::Final(error)
    }
}
