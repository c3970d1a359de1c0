//! The client: its patience, and the credentials.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use rattler_networking::{
    Authentication, AuthenticationMiddleware, AuthenticationStorage,
    authentication_storage::{
        StorageBackend,
        backends::{file::FileStorage, memory::MemoryStorage},
    },
};
use reqwest::{
    Response, StatusCode,
    redirect::{Attempt, Policy},
};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_retry::{RetryTransientMiddleware, policies::ExponentialBackoff};
use tokio::sync::{OnceCell, Semaphore};
use url::{Url, form_urlencoded};

use crate::channel::{
    Channel, ChannelError, FetchOptions, Place,
    cache::Cache,
    explain::{innermost, interrupted, unanswered},
    made::Validators,
    progress::Progress,
};

/// How long a server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a server may stay silent.
const READ_TIMEOUT: Duration = Duration::from_mins(1);
/// How often a request is sent again after a server error or a lost connection.
pub(super) const RETRIES: u32 = 3;
/// The shortest and the longest wait before that.
const WAITS: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(5));
/// How often an answer may lead to another place.
const REDIRECTS: usize = 10;
/// Requests at the same time; shards are many.
const REQUESTS: usize = 50;

/// What it takes to fetch.
pub(in crate::channel) struct Remote {
    /// The URLs of the channels, with their credentials.
    places: Vec<Url>,
    /// What plain http is tried with first.
    plain: OnceCell<ClientWithMiddleware>,
    patient: OnceCell<ClientWithMiddleware>,
    permits: Semaphore,
    /// Whether no request may be sent.
    pub is_offline: bool,
    pub cache: Cache,
    pub progress: Progress,
}

/// An answer as a whole.
pub(super) struct Answer {
    pub status: StatusCode,
    pub validators: Validators,
    /// Empty unless the status is one of success.
    pub body: Bytes,
}

impl Remote {
    /// Nothing is set up yet: certificates take a while to load, and directories don't need them.
    pub(in crate::channel) fn new(channels: &[Channel], options: &FetchOptions) -> Self {
        let place = |channel: &Channel| match &channel.place {
            Place::Url(url) => Some(url.clone()),
            Place::Directory(_) => None,
        };
        Self {
            places: channels.iter().filter_map(place).collect(),
            plain: OnceCell::new(),
            patient: OnceCell::new(),
            permits: Semaphore::new(REQUESTS),
            is_offline: options.offline,
            cache: Cache::at(&options.cache_dir),
            progress: Progress::new(options.progress.as_ref()),
        }
    }

    /// Sends a request, for what has changed since if that is given, and again where the server is busy.
    ///
    /// # Errors
    ///
    /// Fails where there is no answer, and where no client can be made or the file of stored credentials can't be read.
    /// An answer that says that something is wrong is an answer.
    pub(super) async fn get(&self, url: &Url, known: Option<&Validators>) -> Result<Response, ChannelError> {
        let request = |client: &ClientWithMiddleware| {
            let headers = known.into_iter().flat_map(Validators::headers);
            headers.fold(client.get(url.clone()), |request, (name, value)| request.header(name, value)).send()
        };
        if url.scheme() == "http"
            && let Ok(answer) = request(self.plain.get_or_try_init(|| self.make(false)).await?).await
            && is_final(answer.status())
        {
            return Ok(answer);
        }
        let patient = self.patient.get_or_try_init(|| self.make(true)).await?;
        request(patient).await.map_err(|error| unanswered(url, &error))
    }

    /// Gets an answer as a whole.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get), and where the answer breaks off again and again.
    pub(super) async fn get_whole(&self, url: &Url, known: Option<&Validators>) -> Result<Answer, ChannelError> {
        // Nothing closes the semaphore.
        let _permit = self.permits.acquire().await;
        let mut tries = 0;
        loop {
            let mut answer = self.get(url, known).await?;
            let (status, validators) = (answer.status(), Validators::of(&answer));
            if !status.is_success() {
                return Ok(Answer { status, validators, body: Bytes::new() });
            }
            let task = self.progress.begin("Fetching", answer.content_length());
            let mut body = Vec::new();
            let error = loop {
                match answer.chunk().await {
                    Ok(Some(chunk)) => {
                        task.add(chunk.len());
                        body.extend_from_slice(&chunk);
                    }
                    Ok(None) => return Ok(Answer { status, validators, body: body.into() }),
                    Err(error) => break error,
                }
            };
            if tries == RETRIES {
                return Err(interrupted(url, &error));
            }
            pause(tries).await;
            tries += 1;
        }
    }

    async fn make(&self, is_patient: bool) -> Result<ClientWithMiddleware, ChannelError> {
        let places = self.places.clone();
        let made = tokio::task::spawn_blocking(move || client(&places, is_patient)).await;
        made.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()))
    }
}

/// Whether there is nothing more to be had than this: no later answer, and none under https.
fn is_final(status: StatusCode) -> bool {
    let is_later = matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
    let is_elsewhere = status.is_redirection() && status != StatusCode::NOT_MODIFIED;
    !status.is_server_error() && !is_later && !is_elsewhere
}

/// Waits before something is tried again that has failed as often as that already.
pub(super) async fn pause(failures: u32) {
    tokio::time::sleep(WAITS.0.saturating_mul(1 << failures.min(8)).min(WAITS.1)).await;
}

/// A client that asks a busy server again and knows https, or one that does neither but is made at once: loading the
/// certificates takes as long as a warm run needs for everything else.
fn client(places: &[Url], is_patient: bool) -> Result<ClientWithMiddleware, ChannelError> {
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
