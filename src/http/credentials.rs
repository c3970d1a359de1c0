//! Credentials, and for which URLs they are.
//!
//! Those in the URL of a channel are for what lies below it: with the same scheme, host and port. Those that
//! `pixi auth login` and its relatives store are known by a host alone, or by the beginning of a URL. A host alone stands
//! for https and its usual port, since whoever listens at another port, or on the way, may be somebody else. The same holds
//! for the hosts of the keyring, of `.netrc` and of micromamba.

use std::{path::PathBuf, sync::Arc};

use rattler_networking::{Authentication, AuthenticationStorage, authentication_storage::backends::file::FileStorage};
use reqwest::RequestBuilder;
use url::Url;

use super::failure::{Failure, innermost};
use crate::{
    base::credentials::{server_of, stripped, tokens_of, without_tokens},
    machine::{Account, Keyring, Machine},
};

/// What is known of credentials.
pub(super) struct Credentials {
    /// Those of URLs.
    given: Vec<Given>,
    /// Those of files that somebody has named.
    named: AuthenticationStorage,
    keyring: Keyring,
    /// Those of the file that rattler has where there is no keyring.
    usual: AuthenticationStorage,
    accounts: Vec<Account>,
}

/// Those of a URL.
struct Given {
    /// What they are for: the URL without them.
    place: Url,
    /// The path with the tokens in it, each in its place.
    path: String,
    credentials: Authentication,
}

impl Given {
    fn of(url: &Url) -> Option<Self> {
        Some(Self { place: stripped(url), path: url.path().to_owned(), credentials: credentials_of(url)? })
    }
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
        Ok(Self {
            given: places.iter().filter_map(Given::of).collect(),
            named: stored(&machine.auth_files)?,
            keyring: machine.keyring.clone(),
            usual: stored(machine.usual_auth_file.as_slice())?,
            accounts: machine.accounts.clone(),
        })
    }

    /// Those for a URL. `say` is told what somebody has to know of the keyring.
    pub(super) async fn of(&self, url: &Url, say: &(dyn Fn(&str) + Send + Sync)) -> Option<Authentication> {
        if let Some((given, _)) = self.given_for(url) {
            return Some(given.credentials.clone());
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

    /// The URL that a request with these is sent to: with the token in its path, if that is what there is. One that has a
    /// token stays as it is, since an answer may have led there.
    pub(super) fn located(&self, url: &Url, credentials: Option<&Authentication>) -> Url {
        let mut located = url.clone();
        if credentials.is_none() || !tokens_of(url).is_empty() {
            return located;
        }
        match (self.given_for(url), credentials) {
            (Some((given, rest)), _) => located.set_path(&format!("{}{rest}", given.path.trim_end_matches('/'))),
            (None, Some(Authentication::CondaToken(token))) => located.set_path(&format!("/t/{token}{}", url.path())),
            _ => {}
        }
        located
    }

    /// Those of a URL that another one lies below, and how its path goes on from there.
    fn given_for<'u>(&self, url: &'u Url) -> Option<(&Given, &'u str)> {
        self.given.iter().find_map(|given| Some((given, rest_below(url, &given.place)?)))
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

/// How the path of a URL goes on below another one; `None` where it isn't there.
fn rest_below<'u>(url: &'u Url, place: &Url) -> Option<&'u str> {
    let rest = url.path().strip_prefix(place.path().trim_end_matches('/'))?;
    (is_same_server(url, place) && (rest.is_empty() || rest.starts_with('/'))).then_some(rest)
}

/// Whether two URLs are of one scheme, host and port.
pub(crate) fn is_same_server(one: &Url, other: &Url) -> bool {
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

/// `https://user:password@host/…` and `https://host/…/t/TOKEN/…`.
fn credentials_of(place: &Url) -> Option<Authentication> {
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    if !place.username().is_empty() || place.password().is_some() {
        return Some(Authentication::BasicHTTP {
            username: decoded(place.username()),
            password: decoded(place.password().unwrap_or_default()),
        });
    }
    tokens_of(place).first().map(|token| Authentication::CondaToken((*token).to_owned()))
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
    let ours = tokens_of(from);
    let to = without_tokens(&to, |token| ours.contains(&token));
    ours.iter().all(|token| !to.as_str().contains(token)).then_some(to)
}

/// Where an answer leads to, with the user and the password of the URL that was asked for, as far as they are for it.
pub(super) fn with_user_of(asked: &Url, mut to: Url) -> Url {
    if is_same_server(asked, &to) && to.username().is_empty() && to.password().is_none() {
        _ = to.set_username(asked.username());
        _ = to.set_password(asked.password());
    }
    to
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
            assert!(rest_below(&url(below), &place).is_some(), "{below}");
        }
        for other in [
            "http://host:8443/team/a",
            "https://host/team/a",
            "https://other:8443/team/a",
            "https://host:8443/teams/a",
            "https://host:8443/",
        ] {
            assert!(rest_below(&url(other), &place).is_none(), "{other}");
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
    fn a_token_goes_where_it_was_and_one_that_is_stored_to_the_beginning() {
        let places = [url("https://host/conda/t/to-ken/team/"), url("https://me:pw@host/t/se-cret/")];
        let credentials = Credentials::new(&places, &Machine::default()).unwrap();
        let token = Authentication::CondaToken("stored".to_owned());
        for (asked, expected) in [
            ("https://host/conda/team/a.json", "https://host/conda/t/to-ken/team/a.json"),
            ("https://host/a.json", "https://host/t/se-cret/a.json"),
            ("https://host/t/se-cret/a.json", "https://host/t/se-cret/a.json"),
            ("https://other/team/a.json", "https://other/t/stored/team/a.json"),
            ("https://other/team/t/stored/a.json", "https://other/team/t/stored/a.json"),
        ] {
            assert_eq!(credentials.located(&url(asked), Some(&token)).as_str(), expected);
            assert_eq!(credentials.located(&url(asked), None).as_str(), asked);
        }
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
        let within = url("https://host/conda/t/se-cret/chan/a.json");
        let led = onward(&within, url("https://other/conda/t/se-cret/chan/a.json"));
        assert_eq!(led, Some(url("https://other/conda/chan/a.json")));
        let plain = url("http://host/t/se-cret/a");
        assert_eq!(onward(&plain, url("https://host/t/se-cret/a")), Some(url("https://host/t/se-cret/a")));
    }
}
