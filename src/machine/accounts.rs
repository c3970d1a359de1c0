//! Credentials, and for which URLs they are.

use std::fmt;

use rattler_networking::Authentication;
use url::Url;

/// Credentials for what is on a host.
#[derive(Clone, PartialEq)]
pub struct Account {
    /// The host.
    host: String,
    /// The port, where one is named. Without, they are for https and its usual port: whoever listens at another port, or on
    /// the way, may be somebody else.
    port: Option<u16>,
    /// What the path has to begin with, without the `/` at its ends.
    path: String,
    /// What they are.
    authentication: Authentication,
}

impl Account {
    /// Credentials for `host[:port][/path]`.
    pub(crate) fn new(place: &str, authentication: Authentication) -> Self {
        let (server, path) = place.split_once('/').unwrap_or((place, ""));
        let with_port = server.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        let (host, port) = with_port.map_or((server, None), |(host, port)| (host, Some(port)));
        Self { host: host.to_ascii_lowercase(), port, path: path.trim_matches('/').to_owned(), authentication }
    }

    /// The credentials, if they are for a URL.
    pub(crate) fn of(&self, url: &Url) -> Option<&Authentication> {
        let is_server = url.host_str().is_some_and(|host| host == self.host)
            && match self.port {
                Some(port) => url.port_or_known_default() == Some(port),
                None => matches!(url.scheme(), "https" | "oci") && url.port().is_none(),
            };
        let rest = url.path().trim_start_matches('/').strip_prefix(self.path.as_str());
        let is_below = rest.is_some_and(|rest| self.path.is_empty() || rest.is_empty() || rest.starts_with('/'));
        (is_server && is_below).then_some(&self.authentication)
    }

    /// How much of a URL it names: what names more counts first.
    pub(super) fn length(&self) -> (usize, bool) {
        (self.path.len(), self.port.is_some())
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("host", &self.host).field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_a_host_are_for_https_and_those_of_a_port_for_that() {
        let is_for = |place: &str, url: &str| {
            Account::new(place, Authentication::CondaToken("t".into())).of(&url.parse().unwrap()).is_some()
        };
        for (place, url) in [
            ("host", "https://host/team/x"),
            ("HOST/", "https://host/"),
            ("host/team", "https://host/team/x"),
            ("host/team", "https://host/team"),
            ("host:8080", "http://host:8080/x"),
            ("host:80", "http://host/x"),
        ] {
            assert!(is_for(place, url), "{place} {url}");
        }
        for (place, url) in [
            ("host", "http://host/team"),
            ("host", "https://host:8443/team"),
            ("host", "https://other.host/team"),
            ("host/team", "https://host/teams"),
            ("host/team", "https://host/"),
            ("host:8080", "http://host/x"),
        ] {
            assert!(!is_for(place, url), "{place} {url}");
        }
    }

    #[test]
    fn nothing_of_a_secret_is_shown() {
        let account = Account::new("host", Authentication::BearerToken("s3cr3t".into()));
        assert!(!format!("{account:?}").contains("s3cr3t"));
    }
}
