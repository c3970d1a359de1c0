//! What an index file was made from.

use reqwest::{Response, header};
use serde::{Deserialize, Serialize};

use super::info::SubdirInfo;

/// What the index file of a subdir was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RepodataSource {
    /// The URL of the subdir without credentials, or the path of the file.
    pub of: String,
    /// What the repodata says of itself.
    pub info: SubdirInfo,
    /// In which form the repodata was found.
    pub form: RepodataForm,
}

impl RepodataSource {
    /// Keeps of what the repodata says of itself what matters.
    pub(super) fn new(of: &str, info: SubdirInfo, form: RepodataForm) -> Self {
        Self { of: of.to_owned(), info: info.cleaned(of), form }
    }
}

/// The forms of repodata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum RepodataForm {
    /// A file of this machine.
    Local {
        /// When it was last changed, in nanoseconds since 1970; `None` where it may have changed again at once.
        modified: Option<u64>,
        /// Its bytes.
        size: u64,
    },
    /// One file on a server.
    File {
        /// Whether it is compressed with zstd.
        is_compressed: bool,
        /// How the server knows it again.
        validators: Validators,
    },
    /// A file for each name, on a server. The parts of the index file are their hashes, each SHA-256.
    Shards {
        /// Where the shards are, relative to the URL of the subdir.
        shards_base_url: String,
        /// How the server knows the index again.
        validators: Validators,
    },
    /// The server has no such subdir.
    Missing,
}

/// What the index file of a name was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct MadeOfShard {
    /// The SHA-256 of the shard, in hexadecimal digits.
    pub sha256: String,
}

/// The headers by which a server knows what it sent: RFC 9110, section 8.8.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Validators {
    etag: Option<String>,
    last_modified: Option<String>,
}

impl Validators {
    /// Those of an answer.
    pub(super) fn of(answer: &Response) -> Self {
        let text = |name| Some(answer.headers().get(name)?.to_str().ok()?.to_owned());
        Self { etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED) }
    }

    /// The headers of a request for what has changed since.
    pub(super) fn headers(&self) -> header::HeaderMap {
        let etag = (header::IF_NONE_MATCH, &self.etag);
        let time = (header::IF_MODIFIED_SINCE, &self.last_modified);
        [etag, time].into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?.parse().ok()?))).collect()
    }

    /// Whether the server gave none, so that it can't be asked what has changed.
    pub(super) fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}
