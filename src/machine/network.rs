//! How servers are reached.

use std::{path::PathBuf, time::Duration};

use url::Url;

/// How servers are reached.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// Proxies, the first that fits counts.
    pub proxies: Vec<ConfiguredProxy>,
    /// The certificates that are trusted in the place of the system's.
    pub certificates: Option<Bundle>,
    /// How long a connection may take.
    pub connect: Option<Duration>,
    /// How long a server may send nothing.
    pub read: Option<Duration>,
}

/// Certificates of the authorities that are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// A file of PEM, or a directory of such files.
    pub path: PathBuf,
    /// Who says so: file and line.
    pub said: String,
}

/// A proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfiguredProxy {
    /// For which servers it is.
    pub scope: ProxyScope,
    /// Where it is. It may hold credentials.
    pub url: Url,
}

impl std::fmt::Debug for ConfiguredProxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConfiguredProxy").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// For which servers a proxy is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyScope {
    /// Those that are asked with this scheme, `http` or `https`.
    Scheme(String),
    /// One host, asked with this scheme.
    Host {
        /// The scheme; any where there is none.
        scheme: Option<String>,
        /// The host.
        host: String,
    },
    /// All.
    All,
}

impl ProxyScope {
    /// That of a key of `proxy_servers`: `https`, `https://host` or `all`, as the library requests has them.
    pub(super) fn of(key: &str) -> Self {
        match key.split_once("://") {
            Some(("all", host)) => Self::Host { scheme: None, host: host.to_owned() },
            Some((scheme, host)) => Self::Host { scheme: Some(scheme.to_owned()), host: host.to_owned() },
            None if key == "all" => Self::All,
            None => Self::Scheme(key.to_owned()),
        }
    }

    /// Whether it is for a URL.
    pub(crate) fn is_for(&self, url: &Url) -> bool {
        match self {
            Self::All => true,
            Self::Scheme(scheme) => scheme == url.scheme(),
            Self::Host { scheme, host } => {
                scheme.as_ref().is_none_or(|it| it == url.scheme()) && url.host_str() == Some(host)
            }
        }
    }
}
