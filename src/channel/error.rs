//! What can go wrong with a channel, and what to do about it.

use std::io;

use miette::Diagnostic;
use thiserror::Error;
use url::Url;

use crate::base::credentials::{channel_without_secrets, stripped};

/// A channel that can't be used. No message holds credentials.
#[derive(Debug, Diagnostic, Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// A channel's directory isn't there.
    #[error("there is no directory `{path}`")]
    #[diagnostic(code("channel-no-directory"))]
    #[diagnostic(help("give the name of a channel, its URL, or the directory that holds its linux-64 and noarch"))]
    NoSuchDirectory {
        /// The directory, made absolute.
        path: String,
    },

    /// A directory without repodata.
    #[error("`{path}` is no channel: it has neither linux-64/repodata.json nor noarch/repodata.json (or .zst)")]
    #[diagnostic(code("channel-no-repodata"))]
    NotAChannel {
        /// The directory.
        path: String,
        /// What to do.
        #[help]
        help: String,
    },

    /// Channels say of each other that they come before and after.
    #[error("what channels say of their order goes round in a ring: {channels}")]
    #[diagnostic(code("channel-ring"))]
    #[diagnostic(help(
        "their repodata is wrong there (`channel_relations`); name all channels that you want with --channel, and their \
         order is yours"
    ))]
    Relations {
        /// The channels.
        channels: String,
    },

    /// Channels lead from one to another without end.
    #[error("the channel {channel} leads to another one, that to the next, and so on, more than {most} times")]
    #[diagnostic(code("channel-chain"))]
    #[diagnostic(help(
        "its repodata is wrong there (`channel_relations`); leave the channel out, or tell who keeps it"
    ))]
    Depth {
        /// The channel at which it was given up.
        channel: String,
        /// How far is gone.
        most: usize,
    },

    /// A server has no such channel.
    #[error("there is no channel at {url}: {subdir}/repodata.json was answered with 404")]
    #[diagnostic(code("channel-not-found"))]
    #[diagnostic(help(
        "check its spelling; a channel must have linux-64 or noarch. `--channel` chooses other channels than those of \
             the file"
    ))]
    NoSuchChannel {
        /// The channel.
        url: String,
        /// The subdir that was asked for.
        subdir: String,
    },

    /// Something was there, but it isn't repodata.
    #[error("the repodata of {channel} can't be read: {reason}")]
    #[diagnostic(code("channel-unreadable"))]
    Garbage {
        /// The channel or the file.
        channel: String,
        /// What a parser said.
        reason: String,
        /// What to do.
        #[help]
        help: &'static str,
    },

    /// No answer from the server.
    #[error("{url} can't be reached: {reason}")]
    #[diagnostic(code("channel-unreachable"))]
    #[diagnostic(help("check the network and HTTPS_PROXY; `--offline` works with the repodata of an earlier run"))]
    Unreachable {
        /// What was asked for.
        url: String,
        /// Why there was no answer.
        reason: String,
    },

    /// The server answered, but with an error.
    #[error("{url} was answered with {status}")]
    #[diagnostic(code("channel-refused"))]
    Http {
        /// What was asked for.
        url: String,
        /// The status with its meaning, such as `403 Forbidden`.
        status: String,
        /// What to do.
        #[help]
        help: &'static str,
    },

    /// Offline, and the cache hasn't got it.
    #[error("{what} is not in the cache, and --offline forbids to fetch it")]
    #[diagnostic(code("channel-offline"))]
    #[diagnostic(help("run once without --offline, or choose a directory with --channel"))]
    Offline {
        /// What is missing.
        what: String,
    },

    /// The text names no channel.
    #[error("`{text}` is no channel: {reason}")]
    #[diagnostic(code("channel-name"))]
    #[diagnostic(help("a channel is a name such as conda-forge, a URL, a directory, or NAME=PLACE for a mirror"))]
    BadUrl {
        /// What was written.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },

    /// Stored credentials can't be read.
    #[error("the credentials in `{file}` can't be read: {reason}")]
    #[diagnostic(code("credentials-unreadable"))]
    #[diagnostic(help(
        "see whether `{file}` may be read and is the JSON that `pixi auth login` writes, or move it away; \
         RATTLER_AUTH_FILE names another file"
    ))]
    Credentials {
        /// The file.
        file: String,
        /// What the library said.
        reason: String,
    },

    /// A file or the cache can't be read or written.
    #[error("{what}: {reason}")]
    #[diagnostic(code("cache-unusable"))]
    #[diagnostic(help("check the permissions; ENVLOCK_CACHE_DIR puts the cache into another directory"))]
    Files {
        /// What was tried.
        what: String,
        /// What the system said.
        reason: io::Error,
    },

    /// A step broke off.
    #[error("the work on repodata broke off: {reason}")]
    #[diagnostic(code("channel-broke-off"))]
    #[diagnostic(help("try again; if it happens again, please report it with what stands above"))]
    Broken {
        /// How.
        reason: tokio::task::JoinError,
    },

    /// No client for https could be made, or no certificates were found.
    #[error("https can't be set up: {reason}")]
    #[diagnostic(code("https-unusable"))]
    #[diagnostic(help("check that the system has CA certificates (ca-certificates), or SSL_CERT_FILE"))]
    Client {
        /// What the library said.
        reason: String,
    },
}

impl From<tokio::task::JoinError> for ChannelError {
    fn from(reason: tokio::task::JoinError) -> Self {
        Self::Broken { reason }
    }
}

impl ChannelError {
    /// A text that is no channel; its credentials are taken out.
    pub(super) fn bad(text: &str, reason: &'static str) -> Self {
        let text = match (Url::parse(text), text.split_once("://")) {
            (Ok(url), Some(_)) => stripped(&url).to_string(),
            (Err(_), Some((scheme, _))) => format!("{scheme}://…"),
            _ => channel_without_secrets(text),
        };
        Self::BadUrl { text, reason }
    }
}
