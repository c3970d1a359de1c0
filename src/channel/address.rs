//! What the text of a channel means: a name, a URL, a path.
//!
//! Names and URLs follow conda's documentation, "Managing channels": a name is a path below
//! <https://conda.anaconda.org>, except for Anaconda's own channels, which are below <https://repo.anaconda.com/pkgs>.

use std::path::PathBuf;

use rattler_conda_types::Subdir;
use url::Url;

use super::{Channel, Place};
use crate::{base::credentials::stripped, machine::PUBLIC};

/// The server of the channels that have a name.
pub(super) const ALIAS: &str = PUBLIC;
/// Other hosts of the same channels.
const ALIAS_HOSTS: [&str; 4] =
    ["conda.anaconda.org", "anaconda.org", "conda-web.anaconda.org", "conda-static.anaconda.org"];
/// The server of Anaconda's own channels.
const PKGS: &str = "https://repo.anaconda.com/pkgs/";
/// Other hosts of the same.
const PKGS_HOSTS: [&str; 3] = ["repo.anaconda.com", "repo.continuum.io", "repo.anaconda.cloud"];
/// Names of Anaconda's own channels; `defaults` stands for the first of them.
const ANACONDAS: [&str; 10] =
    ["defaults", "anaconda", "main", "r", "msys2", "free", "pro", "archive", "mro", "mro-archive"];
/// Channels of conda.anaconda.org that <https://prefix.dev> copies under their own names.
const COPIED_BY_PREFIX: [&str; 4] = ["conda-forge", "bioconda", "nvidia", "pytorch"];

/// The form of a channel's text.
pub(super) enum Address {
    /// The URL of a server: http, https, s3 or oci.
    Url(Url),
    /// The path of a `file://` URL.
    File(PathBuf),
    /// A path, by its look.
    Path,
    /// Neither, so a name, or the relative path of a directory.
    Name,
    /// A URL of another scheme, or a broken one.
    Other,
}

/// Tells the form of a channel's text.
pub(super) fn read(text: &str) -> Address {
    if text.contains("://") {
        return match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https" | "s3" | "oci") => Address::Url(url),
            Ok(url) if url.scheme() == "file" => url.to_file_path().map_or(Address::Other, Address::File),
            _ => Address::Other,
        };
    }
    let is_path = text.starts_with(['.', '/', '~', '\\']) || is_windows_path(text);
    if is_path { Address::Path } else { Address::Name }
}

impl Channel {
    /// Whether the channel part of a match spec (`conda-forge` in `conda-forge::numpy`) means this channel.
    #[must_use]
    pub fn is(&self, spec_channel: &str) -> bool {
        let text = spec_channel.trim().trim_end_matches('/');
        if text == self.name || self.alias.as_deref() == Some(text) {
            return true;
        }
        let meant = match read(text) {
            Address::Url(url) => mirrored(&url).or_else(|| at_url(&url)).map(|channel| channel.url),
            Address::File(path) => Url::from_directory_path(path).ok(),
            Address::Path => Url::from_directory_path(text).ok(),
            Address::Name => named(text).map(|channel| channel.url),
            Address::Other => None,
        };
        meant.is_some_and(|url| url == self.url)
    }
}

/// `C:\pkgs`, `C:/pkgs`.
fn is_windows_path(text: &str) -> bool {
    matches!(text.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic())
}

/// Why an entry of an environment file's channels names no channel; `None` where it may.
pub(super) fn meaningless(text: &str) -> Option<&'static str> {
    match text {
        "" => Some("is empty"),
        "pypi" => Some("is no conda channel"),
        "conda-pypi" => Some("has wheels of PyPI, which pip installs"),
        "local" => Some("means packages built on the machine of the export"),
        _ if text.starts_with('<') => Some("says that conda didn't know the channel"),
        _ if text.contains(['$', '{', '}']) => Some("has a placeholder that nothing fills in"),
        _ if is_windows_path(text) || text.starts_with('\\') => Some("is a directory of another machine"),
        _ => None,
    }
}

/// The public channel of a name such as `conda-forge`, `bioconda`, `conda-forge/label/broken` or `pkgs/main`.
///
/// A subdir at the end is dropped, and so is `label/main`, which is what a channel without a label means. `None` where
/// the text is no name.
pub(super) fn named(name: &str) -> Option<Channel> {
    let mut segments: Vec<&str> = name.trim_matches('/').split('/').collect();
    if segments.len() > 1 && segments.last().is_some_and(|last| is_subdir(last)) {
        segments.pop();
    }
    if let [.., "label", "main"] = segments[..] {
        segments.truncate(segments.len() - 2);
    }
    let is_word = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
    };
    if !segments.iter().all(|segment| is_word(segment)) {
        return None;
    }
    match segments[..] {
        ["defaults"] => at_url(&Url::parse(PKGS).ok()?.join("main").ok()?),
        ["anaconda"] => Some(public("anaconda")),
        [one] | ["pkgs", one] if ANACONDAS.contains(&one) => at_url(&Url::parse(PKGS).ok()?.join(one).ok()?),
        [one] => Some(public(one)),
        [_, "label", _] => Some(public(&segments.join("/"))),
        _ => None,
    }
}

/// The channel of this name on conda.anaconda.org.
#[expect(clippy::expect_used, reason = "what names are made of appended to a URL makes a URL")]
fn public(name: &str) -> Channel {
    let url = Url::parse(&format!("{ALIAS}{name}/")).expect("an ASCII word appended to a URL makes a URL");
    Channel { name: name.to_owned(), alias: None, place: Place::Url(url.clone()), url }
}

/// The channel at the URL of a server, which may hold credentials; `None` without a host.
pub(super) fn at_url(url: &Url) -> Option<Channel> {
    let place = root(url)?;
    let clean = stripped(&place);
    let host = clean.host_str()?;
    if ALIAS_HOSTS.contains(&host)
        && clean.port().is_none()
        && let Some(mut channel) = named(clean.path()).filter(|channel| channel.url.as_str().starts_with(ALIAS))
    {
        // A token opens a private channel.
        if host == "conda.anaconda.org" && place != clean && place.scheme() == "https" {
            channel.place = Place::Url(place);
        }
        return Some(channel);
    }
    let name = clean.as_str().trim_end_matches('/').to_owned();
    Some(Channel { name, alias: None, url: clean, place: Place::Url(place) })
}

/// What a lock calls the channel at a URL.
pub(crate) fn name_of(url: &Url) -> Option<String> {
    at_url(url).map(|channel| channel.name)
}

/// The URL of the channel's root: without subdir, query and fragment, with a final slash.
fn root(url: &Url) -> Option<Url> {
    let mut root = url.clone();
    root.set_query(None);
    root.set_fragment(None);
    let mut segments: Vec<&str> = url.path_segments()?.filter(|segment| !segment.is_empty()).collect();
    if segments.len() > 1 && segments.last().is_some_and(|last| is_subdir(last)) {
        segments.pop();
    }
    let path = segments.join("/");
    root.set_path(&if path.is_empty() { "/".to_owned() } else { format!("/{path}/") });
    Some(root)
}

/// The public channel that a known mirror copies.
///
/// Most mirrors have the layout of <https://mirrors.tuna.tsinghua.edu.cn/help/anaconda/>: `anaconda/cloud/NAME` for
/// conda.anaconda.org, `anaconda/pkgs/NAME` for Anaconda's own.
pub(super) fn mirrored(url: &Url) -> Option<Channel> {
    let root = root(url)?;
    let path = root.path().trim_matches('/');
    if let Some(name) = path.strip_prefix("anaconda/cloud/") {
        return named(name);
    }
    if let Some(name) = path.strip_prefix("anaconda/pkgs/").filter(|name| ANACONDAS.contains(name)) {
        return named(name);
    }
    let host = root.host_str()?;
    let is_prefix = host == "prefix.dev" || host.ends_with(".prefix.dev");
    (is_prefix && COPIED_BY_PREFIX.contains(&path)).then(|| public(path))
}

/// Whether a channel is one of Anaconda's own, by its canonical URL.
pub(super) fn is_anacondas(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let segments: Vec<&str> = url.path().split('/').filter(|segment| !segment.is_empty()).collect();
    PKGS_HOSTS.contains(&host)
        || ALIAS_HOSTS.contains(&host) && segments.first().is_some_and(|name| ANACONDAS.contains(name))
        || segments
            .iter()
            .zip(segments.iter().skip(1))
            .any(|(above, name)| *above == "pkgs" && ANACONDAS.contains(name))
}

fn is_subdir(text: &str) -> bool {
    text.parse::<Subdir>().is_ok()
}
