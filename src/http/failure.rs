//! Why there is no answer.

use std::{error::Error, io, path::PathBuf};

use thiserror::Error;
use url::Url;

use super::body::Slow;
use crate::base::credentials::{stripped, without_secrets};

/// Why there is no answer. Nothing of it holds credentials.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The server gave none, or not all of it.
    #[error("{reason}")]
    Unanswered {
        /// What was asked for.
        url: String,
        /// What happened.
        reason: String,
        /// Whether it took too long.
        is_late: bool,
    },
    /// The server wants a longer wait than there is patience for, or none that can be made sense of.
    #[error("{reason}")]
    Final {
        /// What was asked for.
        url: String,
        /// What happened.
        reason: String,
    },
    /// There is no client for https.
    #[error("https can't be set up: {0}")]
    Setup(String),
    /// The file of stored credentials can't be read.
    #[error("the credentials in `{}` can't be read: {reason}", file.display())]
    Credentials {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Failure {
    /// A request or an answer that broke off.
    pub(super) fn of(url: &Url, error: &reqwest::Error) -> Self {
        if let Some(untrusted) = untrusted(error) {
            // It will be the same the next time.
            return Self::Final { url: clean(url), reason: untrusted };
        }
        let slow = causes(error).find_map(|cause| cause.downcast_ref::<Slow>());
        let reason = match slow {
            Some(slow) => slow.to_string(),
            // The error itself names the URL, and that may hold a token.
            None if error.is_timeout() => "no connection came about in time".to_owned(),
            None => error.source().map_or("the request failed".to_owned(), innermost),
        };
        Self::Unanswered { url: clean(url), reason, is_late: slow.is_some() || error.is_timeout() }
    }

    /// The same of what a middleware says.
    pub(super) fn of_middleware(url: &Url, error: &reqwest_middleware::Error) -> Self {
        match error {
            reqwest_middleware::Error::Reqwest(error) => Self::of(url, error),
            reqwest_middleware::Error::Middleware(_) => {
                Self::Unanswered { url: clean(url), reason: without_secrets(&innermost(error)), is_late: false }
            }
        }
    }

    /// The same of what was asked for to begin with.
    pub(super) fn about(self, url: &Url) -> Self {
        match self {
            Self::Unanswered { reason, is_late, .. } => Self::Unanswered { url: clean(url), reason, is_late },
            Self::Final { reason, .. } => Self::Final { url: clean(url), reason },
            other => other,
        }
    }

    /// The same, with how often it was tried.
    pub(super) fn after(self, tries: u32) -> Self {
        match self {
            Self::Unanswered { url, reason, is_late } => {
                let help = if is_late { "; --timeout gives a server more time" } else { "" };
                Self::Unanswered { url, reason: format!("{reason} ({tries} tries{help})"), is_late }
            }
            other => other,
        }
    }
}

/// What is said of a certificate that isn't trusted, if it is that.
fn untrusted(error: &(dyn Error + 'static)) -> Option<String> {
    let found = causes(error).find_map(of_tls)?;
    matches!(found, rustls::Error::InvalidCertificate(_)).then(|| {
        format!(
            "{found}; where the server's authority is a company's own, `ssl_verify: FILE` in .condarc names the \
             certificates to trust"
        )
    })
}

/// What TLS says in an error: one of input and output doesn't name what it was made of as its cause.
fn of_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.downcast_ref().or_else(|| of_tls(inner?))
}

/// An error and what lies behind it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| (*error).source())
}

/// What the first cause says: the part that names neither URLs nor layers.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

/// A URL without credentials.
pub(crate) fn clean(url: &Url) -> String {
    stripped(url).into()
}
