//! The client: its patience, and the credentials.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rattler_networking::{
    Authentication, AuthenticationMiddleware, AuthenticationStorage,
    authentication_storage::{
        StorageBackend,
        backends::{file::FileStorage, memory::MemoryStorage},
    },
};
use reqwest::redirect::{Attempt, Policy};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_retry::{RetryTransientMiddleware, policies::ExponentialBackoff};
use url::{Url, form_urlencoded};

use crate::channel::{ChannelError, explain::innermost};

/// How long a server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a server may stay silent.
const READ_TIMEOUT: Duration = Duration::from_mins(1);
/// How often a request is sent again after a server error or a lost connection.
pub(super) const RETRIES: u32 = 3;
/// The shortest and the longest wait before that.
pub(super) const WAITS: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(5));
/// How often an answer may lead to another place.
const REDIRECTS: usize = 10;

/// A client for packages, which asks a busy server again. Credentials are those that are stored.
///
/// # Errors
///
/// Where no client can be made, or where stored credentials can't be read.
pub fn package_client() -> Result<ClientWithMiddleware, ChannelError> {
    client(&[], true)
}

/// A client that asks a busy server again and knows https, or one that does neither but is made at once: loading the
/// certificates takes as long as a warm run needs for everything else.
pub(super) fn client(places: &[Url], is_patient: bool) -> Result<ClientWithMiddleware, ChannelError> {
    // The program has installed one already; a test or another caller of the library may not have.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("envlock/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT);
    if !is_patient {
        let is_plain = |attempt: &Attempt| attempt.url().scheme() == "http" && attempt.previous().len() < REDIRECTS;
        let policy = move |attempt: Attempt| if is_plain(&attempt) { attempt.follow() } else { attempt.stop() };
        builder = builder.tls_certs_only([]).redirect(Policy::custom(policy));
    }
    let client = builder.build().map_err(|error| ChannelError::Client { reason: innermost(&error) })?;
    let builder = ClientBuilder::new(client).with(AuthenticationMiddleware::from_auth_storage(credentials(places)?));
    if !is_patient {
        return Ok(builder.build());
    }
    let backoff = ExponentialBackoff::builder().retry_bounds(WAITS.0, WAITS.1).build_with_max_retries(RETRIES);
    Ok(builder.with(RetryTransientMiddleware::new_with_policy(backoff)).build())
}

/// The credentials in the channels' URLs, then those of `RATTLER_AUTH_FILE`, then those that `pixi auth login` and its
/// relatives store in `~/.rattler/credentials.json`.
fn credentials(places: &[Url]) -> Result<AuthenticationStorage, ChannelError> {
    let unreadable = |what: &Path, error: &(dyn std::error::Error + 'static)| ChannelError::Files {
        what: format!("the credentials in `{}` can't be read", what.display()),
        reason: std::io::Error::other(innermost(error)),
    };
    let mut storage = AuthenticationStorage::empty();
    let given = MemoryStorage::new();
    for place in places {
        if let (Some(host), Some(credentials)) = (place.host_str(), credentials_of(place)) {
            given.store(host, &credentials).map_err(|error| ChannelError::Client { reason: error.to_string() })?;
        }
    }
    storage.add_backend(Arc::new(given));
    let files = [
        std::env::var_os("RATTLER_AUTH_FILE").map(PathBuf::from),
        dirs::home_dir().map(|home| home.join(".rattler").join("credentials.json")),
    ];
    for file in files.into_iter().flatten() {
        storage.add_backend(Arc::new(FileStorage::from_path(file.clone()).map_err(|error| unreadable(&file, &error))?));
    }
    Ok(storage)
}

/// `https://user:password@host/…` and `https://host/t/TOKEN/…`.
fn credentials_of(place: &Url) -> Option<Authentication> {
    if !place.username().is_empty() || place.password().is_some() {
        return Some(Authentication::BasicHTTP {
            username: decoded(place.username()),
            password: decoded(place.password().unwrap_or_default()),
        });
    }
    match place.path_segments()?.collect::<Vec<_>>()[..] {
        ["t", token, ..] if !token.is_empty() => Some(Authentication::CondaToken(token.to_owned())),
        _ => None,
    }
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> String {
    // A form's value is percent-encoded, and besides writes a space as `+`.
    let value = text.replace('+', "%2B").replace('&', "%26");
    form_urlencoded::parse(format!("={value}").as_bytes()).map(|(_, value)| value.into_owned()).collect()
}
