//! `direct_url.json`: where pip fetched a package from, if not from an index.
//!
//! Source: PEP 610, and "Direct URL Data Structure" of packaging.python.org, which replaces it.

use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;

use crate::base::credentials::without_secrets;

#[derive(Deserialize)]
struct DirectUrl {
    url: String,
    vcs_info: Option<Vcs>,
    archive_info: Option<Archive>,
    subdirectory: Option<String>,
}

#[derive(Deserialize)]
struct Vcs {
    vcs: String,
    commit_id: String,
}

#[derive(Deserialize)]
struct Archive {
    hash: Option<String>,
    hashes: Option<BTreeMap<String, String>>,
}

/// Where a package can be fetched from again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Direct {
    /// What stands behind `NAME @`, without credentials.
    Address(String),
    /// From this machine's disk alone, at this URL. An index may have something else of that name.
    Here(String),
    /// Nowhere: why, as the end of a sentence.
    Nowhere(&'static str),
}

/// Reads the file.
///
/// # Errors
///
/// Where it isn't one.
pub(super) fn read(bytes: &[u8]) -> Result<Direct, String> {
    let direct: DirectUrl = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let Ok(url) = Url::parse(&direct.url) else { return Ok(Direct::Nowhere("from what is no URL")) };
    if url.scheme() == "file" {
        return Ok(Direct::Here(url.into()));
    }
    let is_known = matches!(url.scheme(), "http" | "https" | "ssh");
    // A query may be a signature, which opens what it belongs to. A path without `//` before it keeps its blanks (URL
    // Standard, "opaque path"), and what stands behind a blank in a pip line are options.
    if !is_known || url.query().is_some() || url.cannot_be_a_base() {
        return Ok(Direct::Nowhere("from a URL that nobody else may be able to use"));
    }
    let mut clean = url;
    clean.set_fragment(None);
    let clean = without_secrets(clean.as_str());
    let subdirectory = direct.subdirectory.filter(|it| is_plain(it));
    let is_hex = |text: &str| text.len() >= 7 && text.chars().all(|c| c.is_ascii_hexdigit());
    match (direct.vcs_info, direct.archive_info) {
        (Some(Vcs { vcs, commit_id }), _) if vcs == "git" && is_hex(&commit_id) => {
            let below = subdirectory.map(|it| format!("#subdirectory={it}")).unwrap_or_default();
            Ok(Direct::Address(format!("git+{clean}@{commit_id}{below}")))
        }
        (Some(Vcs { vcs, .. }), _) if vcs == "git" => Ok(Direct::Nowhere("from a commit that isn't known")),
        (Some(_), _) => Ok(Direct::Nowhere("from a repository that isn't git's")),
        (None, Some(Archive { hash, hashes })) => {
            let old = hash.and_then(|it| Some(it.strip_prefix("sha256=")?.to_owned()));
            let sha256 = hashes.and_then(|mut it| it.remove("sha256")).or(old).filter(|it| is_hex(it));
            let parts = sha256.map(|it| format!("sha256={it}")).into_iter();
            let parts: Vec<String> = parts.chain(subdirectory.map(|it| format!("subdirectory={it}"))).collect();
            let fragment = if parts.is_empty() { String::new() } else { format!("#{}", parts.join("&")) };
            Ok(Direct::Address(format!("{clean}{fragment}")))
        }
        (None, None) => Ok(Direct::Nowhere("from a directory or file of this machine")),
    }
}

/// Whether it is a path within a repository that needs no quoting.
fn is_plain(path: &str) -> bool {
    let is_segment = |it: &str| !matches!(it, "" | "." | "..");
    path.split('/').all(is_segment) && path.chars().all(|c| c.is_ascii_alphanumeric() || "._-/+".contains(c))
}
