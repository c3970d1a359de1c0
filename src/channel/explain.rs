//! What an error of the gateway means to a person.

use std::{error::Error, io};

use rattler_networking::OfflineError;
use rattler_redaction::strip_url_for_serialization;
use rattler_repodata_gateway::{GatewayError, fetch::FetchRepoDataError};
use reqwest::StatusCode;
use url::Url;

use super::{Channel, ChannelError, Place};

const FETCH_AGAIN: &str = "what the cache had of it is removed, and the next run fetches it again; if that doesn't \
                           help, the server has something else than repodata there";

/// Turns an error of the gateway into ours. `culprit` is the channel that it comes from, where that is known.
pub(super) fn explain(error: &GatewayError, culprit: Option<&Channel>) -> ChannelError {
    let channel = culprit.map_or("one of the channels", |channel| &channel.name);
    match error {
        GatewayError::SubdirNotFoundError(missing) => {
            ChannelError::NoSuchChannel { url: clean(missing.channel.base_url.url()), subdir: missing.subdir.clone() }
        }
        GatewayError::FetchRepoDataError(FetchRepoDataError::NoCacheAvailable(url))
        | GatewayError::ShardedIndexNotCached(url) => {
            ChannelError::Offline { what: format!("the repodata of {}", clean(url)) }
        }
        GatewayError::ShardNotCached(name) => {
            ChannelError::Offline { what: format!("the repodata of the package {name}") }
        }
        _ if is_offline(error) => ChannelError::Offline { what: format!("the repodata of {channel}") },
        _ => match request_error(error) {
            Some(request) => explain_request(request, channel),
            None if is_garbage(error) => {
                let is_directory = culprit.is_some_and(|channel| matches!(channel.place, Place::Directory(_)));
                let help = if is_directory {
                    "write the repodata again with `conda index` (of conda-index)"
                } else {
                    FETCH_AGAIN
                };
                ChannelError::Garbage { channel: channel.to_owned(), reason: innermost(error), help }
            }
            None => ChannelError::Files {
                what: format!("the repodata of {channel} can't be fetched"),
                reason: io::Error::other(innermost(error)),
            },
        },
    }
}

fn explain_request(error: &reqwest::Error, channel: &str) -> ChannelError {
    let url = error.url().map_or_else(|| channel.to_owned(), clean);
    match error.status() {
        Some(status) => ChannelError::Http {
            url,
            status: status.to_string(),
            help: match status {
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                    "the channel wants credentials: `pixi auth login` stores them, and a URL given to --channel may \
                     hold them; the server may also forbid what it doesn't have"
                }
                StatusCode::TOO_MANY_REQUESTS => "the server wants fewer requests; try again in a few minutes",
                _ => "try again later, or use a mirror with `--channel NAME=URL`",
            },
        },
        None if error.is_timeout() => {
            ChannelError::Unreachable { url, reason: "there was no answer in time".to_owned() }
        }
        // The error itself names the URL, and that may hold a token.
        None => {
            ChannelError::Unreachable { url, reason: error.source().map_or("the request failed".to_owned(), innermost) }
        }
    }
}

/// Whether something arrived that isn't repodata: worth clearing the cache for.
pub(super) fn is_garbage(error: &GatewayError) -> bool {
    let is_bad_data = |error: &io::Error| {
        let is_request = error.get_ref().is_some_and(<dyn Error + Send + Sync>::is::<reqwest::Error>);
        // What the system says about files has kinds of its own.
        !is_request
            && matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::Other)
    };
    match error {
        GatewayError::ShardHashMismatch(_) | GatewayError::Generic(_) => true,
        GatewayError::IoError(_, error)
        | GatewayError::FetchRepoDataError(
            FetchRepoDataError::IoError(error) | FetchRepoDataError::FailedToDownload(_, error),
        ) => is_bad_data(error),
        _ => false,
    }
}

/// Whether the channel may be read in another way: once more from the server, or as one file instead of shards.
pub(super) fn has_alternative(error: &GatewayError) -> bool {
    let is_answer_to_shards = |error: &reqwest::Error| {
        error.status().is_some() && error.url().is_some_and(|url| url.path().ends_with("/repodata_shards.msgpack.zst"))
    };
    is_garbage(error) || request_error(error).is_some_and(is_answer_to_shards)
}

/// The URL that couldn't be had, where the error knows it.
pub(super) fn url_of(error: &GatewayError) -> Option<&Url> {
    match error {
        GatewayError::FetchRepoDataError(FetchRepoDataError::FailedToDownload(url, _)) => Some(url),
        _ => request_error(error)?.url(),
    }
}

/// The request that failed, however deep the middleware has wrapped it.
fn request_error(error: &GatewayError) -> Option<&reqwest::Error> {
    match error {
        GatewayError::ReqwestError(error) => Some(error),
        GatewayError::ReqwestMiddlewareError(error) => search(error.as_ref()),
        GatewayError::FetchRepoDataError(FetchRepoDataError::HttpError(error)) => search(error),
        _ => search(error),
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
            None => error
                .downcast_ref::<io::Error>()
                .and_then(io::Error::get_ref)
                .map(|inner| inner as &(dyn Error + 'static)),
        },
    };
    hidden.or_else(|| error.source()).and_then(search)
}

fn is_offline(error: &GatewayError) -> bool {
    match error {
        GatewayError::ReqwestMiddlewareError(error)
        | GatewayError::FetchRepoDataError(FetchRepoDataError::HttpError(reqwest_middleware::Error::Middleware(
            error,
        ))) => error.is::<OfflineError>(),
        _ => false,
    }
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
pub(super) fn clean(url: &Url) -> String {
    strip_url_for_serialization(url).to_string()
}
