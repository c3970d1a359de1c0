//! A channel, its subdirs, and where they are fetched from.

use std::path::PathBuf;

use rattler_conda_types::Subdir;
use rattler_redaction::strip_url_for_serialization;
use url::Url;

/// The subdirs that a linux-64 environment is made from.
pub const SUBDIRS: [Subdir; 2] = [Subdir::Linux64, Subdir::NoArch];

/// Where the repodata of a channel is fetched from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An http, https, s3 or oci URL that ends in `/`. It may hold credentials: not for messages.
    Url(Url),
    /// A directory that holds the subdirs of the channel.
    Directory(PathBuf),
}

/// A conda channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// What a lock calls it: a name such as `conda-forge`, or a URL without credentials and final slash.
    pub name: String,
    /// The name that it has on this machine alone, if it has one.
    pub alias: Option<String>,
    /// The base URL of its packages, without credentials; ends in `/`. For `conda-forge` this is
    /// `https://conda.anaconda.org/conda-forge/` even where the repodata comes from a mirror.
    pub url: Url,
    /// Where its repodata is fetched from.
    pub place: Place,
}

impl Channel {
    /// Whether the repodata comes from another place than the packages will.
    #[must_use]
    pub fn is_mirrored(&self) -> bool {
        match &self.place {
            Place::Url(place) => strip_url_for_serialization(place) != self.url,
            Place::Directory(_) => self.url.scheme() != "file",
        }
    }
}
