//! What goes over the network, decided once: how often and how long something is tried, with which credentials, where
//! an answer may lead to, and what of it is told.
//!
//! A URL comes in, and an answer goes out, or the reason why there is none. What the answer means isn't known here.

mod body;
mod connect;
mod credentials;
mod failure;
mod guard;
mod limits;
mod oci;
mod s3;
#[cfg(test)]
pub(crate) mod tests;
mod tries;

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use rattler_networking::Authentication;
use reqwest::{
    Response, StatusCode,
    header::{AUTHORIZATION, HeaderMap, LOCATION},
};
use tokio::{
    sync::{OnceCell, Semaphore, SemaphorePermit},
    time::timeout,
};
use url::Url;

pub use self::limits::Limits;
pub(crate) use self::{
    body::whole,
    credentials::is_same_server,
    failure::{Failure, clean},
    limits::DOWNLOADS,
};
use self::{
    body::{Slow, watched},
    connect::client,
    credentials::{Credentials, onward, signed, with_user_of},
    limits::{REDIRECTS, REQUESTS, is_one_more},
    oci::Registries,
    tries::{Tries, server},
};
use crate::{
    base::credentials::stripped,
    machine::{Machine, Mirror, Network},
    progress::Progress,
};

/// What servers know this program as.
pub(crate) const USER_AGENT: &str = concat!("envlock/", env!("CARGO_PKG_VERSION"));

/// Sends requests. Nothing is set up before the first of them: certificates take as long to load as a warm run needs
/// for everything else.
#[derive(Clone)]
pub(crate) struct Client {
    shared: Arc<ClientState>,
}

struct ClientState {
    /// URLs with credentials.
    places: Vec<Url>,
    machine: Arc<Machine>,
    /// What is fetched from elsewhere.
    mirrors: Vec<Mirror>,
    /// Servers of mirrors that didn't answer.
    silent: Mutex<HashSet<String>>,
    limits: Limits,
    progress: Progress,
    credentials: OnceCell<Credentials>,
    /// Knows http only.
    plain: OnceCell<reqwest::Client>,
    /// Knows https, too.
    whole: OnceCell<reqwest::Client>,
    registries: Registries,
    permits: Semaphore,
    answered: AtomicUsize,
}

/// Why an answer couldn't be taken in.
pub(crate) enum Broken<E> {
    /// It broke off.
    Off(reqwest::Error),
    /// Something else, which another try won't mend.
    Final(E),
}

impl<E> From<reqwest::Error> for Broken<E> {
    fn from(error: reqwest::Error) -> Self {
        Self::Off(error)
    }
}

impl Client {
    /// Has the credentials in these URLs, and those that the machine has.
    pub(crate) fn new(places: Vec<Url>, machine: &Arc<Machine>, limits: Limits, progress: Progress) -> Self {
        Self::with_mirrors(Vec::new(), places, machine, limits, progress)
    }

    /// Has none, for who brings them along with what is asked, or asks as anybody may.
    pub(crate) fn without_credentials(network: Network, limits: Limits, progress: Progress) -> Self {
        let none = OnceCell::new_with(Some(Credentials::none()));
        let machine = Machine { network, ..Machine::default() };
        Self::with(Vec::new(), Vec::new(), none, &Arc::new(machine), limits, progress)
    }

    /// The same as [`new`](Self::new), which fetches what has mirrors from there. Those that name more of a URL come first.
    pub(crate) fn with_mirrors(
        mirrors: Vec<Mirror>,
        mut places: Vec<Url>,
        machine: &Arc<Machine>,
        limits: Limits,
        progress: Progress,
    ) -> Self {
        places.extend(mirrors.iter().flat_map(|mirror| mirror.places.iter().cloned()));
        Self::with(mirrors, places, OnceCell::new(), machine, limits, progress)
    }

    fn with(
        mirrors: Vec<Mirror>,
        places: Vec<Url>,
        credentials: OnceCell<Credentials>,
        machine: &Arc<Machine>,
        limits: Limits,
        progress: Progress,
    ) -> Self {
        let shared = ClientState {
            places,
            machine: Arc::clone(machine),
            mirrors,
            silent: Mutex::default(),
            limits,
            progress,
            credentials,
            plain: OnceCell::new(),
            whole: OnceCell::new(),
            registries: Registries::default(),
            permits: Semaphore::new(REQUESTS),
            answered: AtomicUsize::new(0),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Waits until there are few enough requests. For those that may be many, and aren't sent while another goes on.
    pub(crate) async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        // Nothing closes the semaphore.
        self.shared.permits.acquire().await.ok()
    }

    /// What will be asked for, and as often as it takes.
    pub(crate) fn ask<'a>(&'a self, url: &'a Url, headers: HeaderMap) -> Asked<'a> {
        Asked { client: self, url, headers, tries: Tries::new(self.shared.limits) }
    }

    /// Where a URL leads, if it has mirrors. Those that didn't answer before come last.
    pub(crate) fn mirrors(&self, url: &Url) -> Vec<Url> {
        let found = self.shared.mirrors.iter().map(|mirror| mirror.ways(url)).find(|ways| !ways.is_empty());
        let mut ways: Vec<Url> = found.unwrap_or_default().iter().map(stripped).collect();
        let silent = self.silent();
        ways.sort_by_key(|way| silent.contains(&server(way)));
        ways
    }

    fn silent(&self) -> MutexGuard<'_, HashSet<String>> {
        self.shared.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gets an answer that counts: from the mirrors of the URL, one after the other, or from itself where it has none. Where no
    /// mirror has it, an answer that says so counts more than none.
    async fn answer(&self, url: &Url, headers: &HeaderMap, tries: &mut Tries) -> Result<Response, Failure> {
        let mut refused = None;
        let mut failed = None;
        for mirror in self.mirrors(url) {
            if refused.is_some() && self.silent().contains(&server(&mirror)) {
                continue;
            }
            match self.answer_of(&mirror, headers, &mut Tries::new(self.shared.limits)).await {
                Ok(answer) if answer.status().is_success() || answer.status() == StatusCode::NOT_MODIFIED => {
                    return Ok(answer);
                }
                Ok(answer) => refused = Some(answer),
                Err(failure) => {
                    self.silent().insert(server(&mirror));
                    failed = Some(failure);
                }
            }
        }
        match (refused, failed) {
            (Some(answer), _) => Ok(answer),
            (None, Some(failure)) => Err(failure),
            (None, None) => self.answer_of(url, headers, tries).await,
        }
    }

    /// Sends a request until there is an answer that counts.
    async fn answer_of(&self, url: &Url, headers: &HeaderMap, tries: &mut Tries) -> Result<Response, Failure> {
        loop {
            match self.send(url, headers, tries.failed == 0).await {
                Err(failure) => tries.fail(failure).await?,
                Ok(answer) if tries.is_busy(&answer, &self.shared.progress).await? => {}
                Ok(answer) => {
                    if is_one_more(self.shared.answered.fetch_add(1, Ordering::Relaxed)) {
                        self.shared.permits.add_permits(1);
                    }
                    return Ok(answer);
                }
            }
        }
    }

    /// Sends a request once, and follows where it leads.
    async fn send(&self, url: &Url, headers: &HeaderMap, is_first: bool) -> Result<Response, Failure> {
        let limits = self.shared.limits;
        let (mut at, mut headers) = (url.clone(), headers.clone());
        for _ in 0..=REDIRECTS {
            // Those for another server are those of its own, if it is asked for itself.
            let credentials = if is_same_server(url, &at) { self.credentials_for(&at).await? } else { None };
            let late = |_| {
                let reason = Slow::Silent(limits.silence()).to_string();
                Failure::Unanswered { url: clean(url), reason, is_late: true }
            };
            let asking = self.send_to(&at, &headers, credentials, is_first);
            let answer = timeout(limits.silence(), asking).await.map_err(late)?;
            let answer = answer.map_err(|failure| failure.about(url))?;
            let full = answer.url().clone();
            let Some(location) = leads_to(&answer) else { return Ok(answer) };
            let stop = |reason: &str| Failure::Final { url: clean(url), reason: reason.to_owned() };
            let to = full.join(&location).map_err(|_| stop("it leads to what is no URL"))?;
            if !matches!(to.scheme(), "http" | "https") {
                return Err(stop("it leads to what is neither http nor https"));
            }
            let to = onward(&full, to).ok_or_else(|| stop("it leads to another server with our token"))?;
            if !is_same_server(&full, &to) {
                headers.remove(AUTHORIZATION);
            }
            at = with_user_of(&at, to);
        }
        let reason = format!("it leads from one place to another, more than {REDIRECTS} times");
        Err(Failure::Final { url: clean(url), reason })
    }

    /// Sends a request to one place.
    async fn send_to(
        &self,
        at: &Url,
        headers: &HeaderMap,
        credentials: Option<Authentication>,
        is_first: bool,
    ) -> Result<Response, Failure> {
        if at.scheme() == "oci" {
            let client = self.shared.registries.client(at, self.client(false).await?, credentials);
            let answer = client.get(at.clone()).headers(headers.clone()).send().await;
            return answer.map_err(|error| Failure::of_middleware(at, &error));
        }
        let full = match at.scheme() {
            "s3" => s3::signed(at, credentials.as_ref(), &self.shared.machine)?,
            _ => self.credentials().await?.located(at, credentials.as_ref()),
        };
        let client = self.client(full.scheme() == "http" && is_first).await?;
        let request = signed(client.get(full).headers(headers.clone()), credentials);
        request.send().await.map_err(|error| Failure::of(at, &error))
    }

    async fn credentials_for(&self, url: &Url) -> Result<Option<Authentication>, Failure> {
        Ok(self.credentials().await?.of(url, &|text| self.shared.progress.say(text)).await)
    }

    async fn credentials(&self) -> Result<&Credentials, Failure> {
        let Self { shared } = self;
        shared.credentials.get_or_try_init(|| async { Credentials::new(&shared.places, &shared.machine) }).await
    }

    async fn client(&self, is_plain: bool) -> Result<&reqwest::Client, Failure> {
        let limits = self.shared.limits;
        let machine = Arc::clone(&self.shared.machine);
        let make = || async move {
            let made = tokio::task::spawn_blocking(move || client(limits, is_plain, &machine.network)).await;
            made.map_err(|broken| Failure::Setup(broken.to_string()))?
        };
        if is_plain { &self.shared.plain } else { &self.shared.whole }.get_or_try_init(make).await
    }
}

/// A request, with how often it was tried.
pub(crate) struct Asked<'a> {
    client: &'a Client,
    url: &'a Url,
    headers: HeaderMap,
    tries: Tries,
}

impl Asked<'_> {
    /// Gets an answer, of which the rest is yet to come. One that says that something is wrong is an answer.
    ///
    /// # Errors
    ///
    /// Where there is none.
    pub(crate) async fn answer(&mut self) -> Result<Response, Failure> {
        let answer = self.client.answer(self.url, &self.headers, &mut self.tries).await?;
        Ok(watched(answer, self.client.shared.limits))
    }

    /// What came of taking an answer in; `None`, after a while, where it broke off and is to be asked for again.
    ///
    /// # Errors
    ///
    /// Where it broke off too often, and what came of taking it in.
    pub(crate) async fn done<T, E: From<Failure>>(&mut self, taken: Result<T, Broken<E>>) -> Result<Option<T>, E> {
        match taken {
            Ok(taken) => return Ok(Some(taken)),
            Err(Broken::Final(error)) => return Err(error),
            Err(Broken::Off(error)) => self.tries.fail(Failure::of(self.url, &error)).await?,
        }
        Ok(None)
    }
}

/// Whether a host is this machine: a registry there is asked by plain HTTP.
pub(crate) fn is_this_machine(host: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].contains(&host)
}

/// Where an answer leads to: RFC 9110, section 15.4.
fn leads_to(answer: &Response) -> Option<String> {
    let is_elsewhere = answer.status().is_redirection() && answer.status() != StatusCode::NOT_MODIFIED;
    let location = answer.headers().get(LOCATION).filter(|_| is_elsewhere)?;
    Some(String::from_utf8_lossy(location.as_bytes()).into_owned())
}
