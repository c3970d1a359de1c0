//! Credentials, and for which URLs they are.
//!
//! Those in the URL of a channel are for what lies below it: with the same scheme, host and port. Those that
//! `pixi auth login` and its relatives store are known by a host alone, or by the beginning of a URL. A host alone stands
//! for https and its usual port, since whoever listens at another port, or on the way, may be somebody else. The same holds
//! for the hosts of the keyring, of `.netrc` and of micromamba.

use std::{path::PathBuf, sync::Arc};

use rattler_networking::{Authentication, AuthenticationStorage, authentication_storage::backends::file::FileStorage};
use rattler_redaction::strip_url_for_serialization;
use reqwest::RequestBuilder;
use url::Url;

use super::failure::{Failure, innermost};
use crate::{
    base::credentials::server_of,
    machine::{Account, Keyring, Machine},
};

/// What is known of credentials.
pub(super) struct Credentials {
    /// Those of URLs, by what they are for.
    given: Vec<(Url, Authentication)>,
    /// Those of files that somebody has named.
    named: AuthenticationStorage,
    keyring: Keyring,
    /// Those of the file that rattler has where there is no keyring.
    usual: AuthenticationStorage,
    accounts: Vec<Account>,
}

impl Credentials {
    pub(super) fn none() -> Self {
        let none = AuthenticationStorage::empty;
        Self { given: Vec::new(), named: none(), keyring: Keyring::default(), usual: none(), accounts: Vec::new() }
    }

    /// Those in these URLs, then those that the machine has: in rattler's order, and then those of other programs.
    ///
    /// # Errors
    ///
    /// Where a file is there and can't be read.
    pub(super) fn new(places: &[Url], machine: &Machine) -> Result<Self, Failure> {
        let given = |place: &Url| Some((strip_url_for_serialization(place), credentials_of(place)?));
        Ok(Self {
            given: places.iter().filter_map(given).collect(),
            named: stored(&machine.auth_files)?,
            keyring: machine.keyring.clone(),
            usual: stored(machine.usual_auth_file.as_slice())?,
            accounts: machine.accounts.clone(),
        })
    }

    /// Those for a URL. `say` is told what somebody has to know of the keyring.
    pub(super) async fn of(&self, url: &Url, say: &(dyn Fn(&str) + Send + Sync)) -> Option<Authentication> {
        if let Some((_, given)) = self.given.iter().find(|(place, _)| is_below(url, place)) {
            return Some(given.clone());
        }
        if let Some(found) = of_file(&self.named, url).await {
            return Some(found);
        }
        if is_usual(url)
            && let Some(found) = self.keyring.of(url, say).await
        {
            return Some(found);
        }
        let stored = of_file(&self.usual, url).await;
        stored.or_else(|| self.accounts.iter().find_map(|account| account.of(url)).cloned())
    }
}

/// Those of files.
fn stored(files: &[PathBuf]) -> Result<AuthenticationStorage, Failure> {
    let mut stored = AuthenticationStorage::empty();
    for file in files {
        let storage = FileStorage::from_path(file.clone())
            .map_err(|error| Failure::Credentials { file: file.clone(), reason: innermost(&error) })?;
        stored.add_backend(Arc::new(storage));
    }
    Ok(stored)
}

/// What files have for a URL.
async fn of_file(stored: &AuthenticationStorage, url: &Url) -> Option<Authentication> {
    if let Some(found) = beginnings(url).find_map(|key| stored.get(&key).ok()?) {
        return Some(found);
    }
    if is_usual(url) { stored.get_by_url_refreshed(url.clone()).await.ok()?.1 } else { None }
}

/// Whether what is stored for a host is for a URL.
fn is_usual(url: &Url) -> bool {
    matches!(url.scheme(), "https" | "oci" | "s3") && url.port().is_none()
}

/// Whether a URL lies below another one.
fn is_below(url: &Url, place: &Url) -> bool {
    let path = place.path().trim_end_matches('/');
    is_same_server(url, place)
        && url.path().strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether two URLs are of one scheme, host and port.
pub(super) fn is_same_server(one: &Url, other: &Url) -> bool {
    let server = |url: &Url| (url.scheme().to_owned(), url.host_str().map(str::to_owned), url.port_or_known_default());
    server(one) == server(other)
}

/// `https://host:8443/a/b`, `https://host:8443/a`, `https://host:8443`: without the `/` at the end, as people write them.
fn beginnings(url: &Url) -> impl Iterator<Item = String> {
    let (server, path) = (server_of(url).unwrap_or_default(), url.path().to_owned());
    let server = format!("{}://{server}", url.scheme());
    let ends: Vec<usize> = path.match_indices('/').map(|(at, _)| at).chain([path.len()]).collect();
    ends.into_iter().rev().map(move |end| format!("{server}{}", path.split_at(end).0))
}

/// `https://user:password@host/…` and `https://host/t/TOKEN/…`.
fn credentials_of(place: &Url) -> Option<Authentication> {
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    if !place.username().is_empty() || place.password().is_some() {
        return Some(Authentication::BasicHTTP {
            username: decoded(place.username()),
            password: decoded(place.password().unwrap_or_default()),
        });
    }
    token_of(place).map(|token| Authentication::CondaToken(token.to_owned()))
}

/// The token that the path of a URL begins with.
fn token_of(url: &Url) -> Option<&str> {
    let mut segments = url.path_segments()?;
    segments.next().filter(|first| *first == "t").and_then(|_| segments.next()).filter(|token| !token.is_empty())
}

/// The URL that a request is sent to, with the token in its path if that is what there is.
pub(super) fn located(url: &Url, credentials: Option<&Authentication>) -> Url {
    let mut url = url.clone();
    if let Some(Authentication::CondaToken(token)) = credentials {
        url.set_path(&format!("/t/{token}{}", url.path()));
    }
    url
}

/// The request with what isn't in its path.
pub(super) fn signed(request: RequestBuilder, credentials: Option<Authentication>) -> RequestBuilder {
    match credentials {
        Some(Authentication::BasicHTTP { username, password }) => request.basic_auth(username, Some(password)),
        Some(Authentication::BearerToken(token) | Authentication::OAuth { access_token: token, .. }) => {
            request.bearer_auth(token)
        }
        _ => request,
    }
}

/// Where an answer leads to. What it has of our credentials stays behind where that is another server; `None` where it
/// can't be told apart from the rest.
pub(super) fn onward(from: &Url, mut to: Url) -> Option<Url> {
    let is_upgrade = from.host() == to.host() && from.scheme() == "http" && to.scheme() == "https";
    if is_same_server(from, &to) || is_upgrade && from.port().is_none() && to.port().is_none() {
        return Some(to);
    }
    _ = to.set_username("");
    _ = to.set_password(None);
    let Some(token) = token_of(from) else { return Some(to) };
    if token_of(&to) == Some(token) {
        let rest = to.path().strip_prefix(&format!("/t/{token}")).unwrap_or_default().to_owned();
        to.set_path(&rest);
    }
    (!to.as_str().contains(token)).then_some(to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::keyring::tests::Fake;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn credentials_of_a_url_are_for_what_lies_below_it() {
        let place = url("https://host:8443/team/");
        for below in ["https://host:8443/team/linux-64/repodata.json", "https://host:8443/team"] {
            assert!(is_below(&url(below), &place), "{below}");
        }
        for other in [
            "http://host:8443/team/a",
            "https://host/team/a",
            "https://other:8443/team/a",
            "https://host:8443/teams/a",
            "https://host:8443/",
        ] {
            assert!(!is_below(&url(other), &place), "{other}");
        }
    }

    async fn has(credentials: &Credentials, text: &str) -> Option<String> {
        match credentials.of(&url(text), &|said| panic!("{said}")).await? {
            Authentication::CondaToken(token) => Some(token),
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn the_keyring_comes_between_the_files_as_for_rattler() {
        let fake = Fake::with("host", Authentication::CondaToken("keyring".to_owned()));
        let place = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = place.path().join(name);
            std::fs::write(&path, format!(r#"{{"host": {{"CondaToken": "{name}"}}}}"#)).unwrap();
            path
        };
        let account = Account::new("host", Authentication::CondaToken("account".to_owned()));
        let mut machine = Machine {
            auth_files: vec![file("named")],
            keyring: Keyring::new(Arc::clone(&fake) as _, std::time::Duration::from_secs(5)),
            usual_auth_file: Some(file("usual")),
            accounts: vec![account],
            ..Machine::default()
        };
        let places = [url("https://host/t/url/team")];
        let of = |places: &[Url], machine: &Machine| Credentials::new(places, machine).unwrap();
        let asked = "https://host/team/x";
        assert_eq!(has(&of(&places, &machine), asked).await.as_deref(), Some("url"));
        assert_eq!(has(&of(&[], &machine), asked).await.as_deref(), Some("named"));
        assert_eq!(fake.asked(), [""; 0]);
        machine.auth_files.clear();
        let credentials = of(&[], &machine);
        assert_eq!(has(&credentials, asked).await.as_deref(), Some("keyring"));
        // What is for a host is for https and its usual port.
        for other in ["http://host/team/x", "https://host:8443/team/x", "http://host:443/x"] {
            assert_eq!(has(&credentials, other).await, None);
        }
        assert_eq!(fake.asked(), ["host"]);
        machine.keyring = Keyring::default();
        assert_eq!(has(&of(&[], &machine), asked).await.as_deref(), Some("usual"));
        machine.usual_auth_file = None;
        assert_eq!(has(&of(&[], &machine), asked).await.as_deref(), Some("account"));
    }

    #[test]
    fn the_longest_beginning_of_a_url_counts_first() {
        let all: Vec<String> = beginnings(&url("http://host:81/a/b.json")).collect();
        assert_eq!(all, ["http://host:81/a/b.json", "http://host:81/a", "http://host:81"]);
    }

    #[test]
    fn another_server_gets_nothing_of_the_credentials() {
        let from = url("https://host/t/se-cret/chan/a.json");
        for (to, expected) in [
            ("https://host/t/se-cret/other/a.json", Some("https://host/t/se-cret/other/a.json")),
            ("https://host:444/t/se-cret/chan/a.json", Some("https://host:444/chan/a.json")),
            ("https://other/t/se-cret/chan/a.json", Some("https://other/chan/a.json")),
            ("https://me:pw@other/a.json", Some("https://other/a.json")),
            ("https://other/t/theirs/a.json", Some("https://other/t/theirs/a.json")),
            ("https://other/a.json?from=/t/se-cret/", None),
        ] {
            assert_eq!(onward(&from, url(to)).as_ref().map(Url::as_str), expected, "{to}");
        }
        let plain = url("http://host/t/se-cret/a");
        assert_eq!(onward(&plain, url("https://host/t/se-cret/a")), Some(url("https://host/t/se-cret/a")));
    }
}
