//! A channel, its subdirs, and where they are fetched from.

use std::path::PathBuf;

use rattler_conda_types::Subdir;
use url::Url;

use crate::{
    base::credentials::{stripped, without_secrets},
    words::one_line,
};

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
            Place::Url(place) => stripped(place) != self.url,
            Place::Directory(_) => self.url.scheme() != "file",
        }
    }
}

/// Where the repodata at a URL leads to; `None` where nothing can be fetched from there. What a server says leads to servers
/// alone, never to files of this machine.
pub(super) fn led(from: &Url, to: &str) -> Option<Url> {
    let url = from.join(to).ok()?;
    let is_alike = url.scheme() == from.scheme() && (url.has_host() || url.scheme() == "file");
    (is_alike || matches!(url.scheme(), "http" | "https")).then_some(url)
}

/// The same of a directory: the URL ends in `/`.
pub(super) fn led_below(from: &Url, to: &str) -> Option<Url> {
    let mut url = led(from, to)?;
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Some(url)
}

/// What repodata says of a place, for a message.
pub(super) fn shown(said: &str) -> String {
    without_secrets(&one_line(said)).chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_leads_to_servers_alone() {
        let below = |from: &str, to: &str| led_below(&from.parse().unwrap(), to).map(|url| url.to_string());
        let web = "https://host/c/noarch/";
        for (to, url) in [
            ("", "https://host/c/noarch/"),
            ("../x", "https://host/c/x/"),
            ("//files/x", "https://files/x/"),
            ("http://files/x/", "http://files/x/"),
        ] {
            assert_eq!(below(web, to).as_deref(), Some(url), "{to}");
        }
        for to in ["javascript:x", "data:,x", "file:///etc/", "ftp://files/x", "s3://bucket/x", "http://[::1"] {
            assert_eq!(below(web, to), None, "{to}");
        }
        for (from, to, url) in [
            ("s3://bucket/c/noarch/", "../x", Some("s3://bucket/c/x/")),
            ("s3://bucket/c/noarch/", "s3:x", None),
            ("oci://host/c/noarch/", "https://files/x", Some("https://files/x/")),
            ("oci://host/c/noarch/", "file:///etc", None),
            ("file:///c/noarch/", "/x", Some("file:///x/")),
        ] {
            assert_eq!(below(from, to).as_deref(), url, "{from} {to}");
        }
    }
}
