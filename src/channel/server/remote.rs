//! Requests, and what is done where they fail.

use bytes::Bytes;
use reqwest::{Response, StatusCode};
use reqwest_middleware::ClientWithMiddleware;
use tokio::sync::{OnceCell, Semaphore};
use url::Url;

use super::client::{RETRIES, WAITS, client};
use crate::{
    channel::{
        Channel, ChannelError, FetchOptions, Place,
        cache::Cache,
        explain::{interrupted, unanswered},
        made::Validators,
    },
    progress::Progress,
};

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
            progress: Progress::new(&options.events),
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
            let task = self.progress.begin("Fetching repodata", answer.content_length());
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
