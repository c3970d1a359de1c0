//! The keyring of the system, in which `pixi auth login` and its relatives store credentials first: the Keychain of macOS, the
//! Credential Manager of Windows, and on Linux what answers as the Secret Service.
//!
//! It is asked when something of a host is fetched, once for each host, and for a few seconds at most: behind it there may be
//! nobody, or a window that waits for a password. What is there has the names and the form that `rattler_networking` gives it.

#[cfg(any(target_os = "macos", windows))]
mod native;
#[cfg(target_os = "linux")]
mod secret_service;
mod store;
#[cfg(test)]
pub(crate) mod tests;

use std::{
    collections::{BTreeSet, HashMap},
    io::{IsTerminal as _, stderr, stdin},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rattler_networking::{Authentication, AuthenticationStorage};
use tokio::{sync::OnceCell, task::spawn_blocking, time::timeout};
use url::Url;

use self::store::{LimitedStore, Store};
use super::Surroundings;

/// The variable that leaves the keyring alone.
const NO_KEYRING: &str = "ENVLOCK_NO_KEYRING";
/// How long the keyring may take for an answer.
const LIMIT: Duration = Duration::from_secs(5);
/// The same where the system may ask for a password, and somebody is there who can type it.
const LIMIT_OF_PEOPLE: Duration = Duration::from_mins(1);
/// After which time it is said what is waited for.
const SOON: Duration = Duration::from_secs(1);

/// The keyring of the system, or none. Clones know what each other was told.
#[derive(Clone, Default)]
pub struct Keyring {
    shared: Option<Arc<SharedKeyring>>,
}

struct SharedKeyring {
    store: Arc<LimitedStore>,
    /// Keeps what the store said, and renews tokens.
    storage: AuthenticationStorage,
    /// Whether there is something for a host, by the beginning of its URLs.
    hosts: Mutex<HashMap<String, Arc<OnceCell<bool>>>>,
    /// The names of what was taken.
    taken: Mutex<BTreeSet<String>>,
}

impl Keyring {
    /// That of these surroundings. Nobody is asked yet.
    pub(super) fn of_system(around: &Surroundings) -> Self {
        if around.text(NO_KEYRING).is_some_and(|it| it != "0") {
            return Self::default();
        }
        let is_answered = cfg!(not(target_os = "linux")) && stdin().is_terminal() && stderr().is_terminal();
        let limit = if is_answered { LIMIT_OF_PEOPLE } else { LIMIT };
        system_store(around).map_or_else(Self::default, |store| Self::new(store, limit))
    }

    pub(crate) fn new(store: Arc<dyn Store>, limit: Duration) -> Self {
        let store = Arc::new(LimitedStore::new(store, limit));
        let mut storage = AuthenticationStorage::empty();
        storage.add_backend(Arc::clone(&store) as _);
        let shared = SharedKeyring { store, storage, hosts: Mutex::default(), taken: Mutex::default() };
        Self { shared: Some(Arc::new(shared)) }
    }

    /// What it has for the host of a URL, or for the domains above that. `say` is told what somebody has to know now: that the
    /// keyring is locked, or takes its time.
    pub(crate) async fn of(&self, url: &Url, say: &(dyn Fn(&str) + Send + Sync)) -> Option<Authentication> {
        let shared = self.shared.as_ref()?;
        let server = format!("{}://{}", url.scheme(), url.host_str()?);
        let cell = Arc::clone(lock(&shared.hosts).entry(server.clone()).or_default());
        let has_some = *cell.get_or_init(|| shared.ask(server, say)).await;
        // Tokens may have to be renewed in the meantime.
        if has_some { shared.storage.get_by_url_refreshed(url.clone()).await.ok()?.1 } else { None }
    }

    /// What was taken until now, without secrets.
    #[must_use]
    pub fn taken(&self) -> Vec<String> {
        let lines = |shared: &Arc<SharedKeyring>| {
            lock(&shared.taken).iter().map(|key| format!("credentials for {key} (keyring)")).collect()
        };
        self.shared.as_ref().map(lines).unwrap_or_default()
    }
}

impl SharedKeyring {
    /// Whether there is something for a server.
    async fn ask(&self, server: String, say: &(dyn Fn(&str) + Send + Sync)) -> bool {
        let storage = self.storage.clone();
        let asked = server.clone();
        let mut asking = spawn_blocking(move || storage.get_by_url_with_host(asked).ok()?.1.map(|(key, _)| key));
        let found = if let Ok(found) = timeout(SOON, &mut asking).await {
            found
        } else {
            let window = if cfg!(target_os = "linux") { "" } else { "; a window may want a password" };
            say(&format!("waiting for the keyring, which may have credentials for {server}{window}"));
            asking.await
        };
        for trouble in self.store.troubles() {
            say(&trouble);
        }
        let found = found.ok().flatten();
        let has_some = found.is_some();
        lock(&self.taken).extend(found);
        has_some
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(any(target_os = "macos", windows))]
#[allow(clippy::unnecessary_wraps, reason = "on Linux there may be none")]
fn system_store(_: &Surroundings) -> Option<Arc<dyn Store>> {
    Some(Arc::new(native::Native))
}

#[cfg(target_os = "linux")]
fn system_store(around: &Surroundings) -> Option<Arc<dyn Store>> {
    Some(Arc::new(secret_service::SecretService::of(around)?))
}

#[cfg(not(any(target_os = "macos", target_os = "linux", windows)))]
fn system_store(_: &Surroundings) -> Option<Arc<dyn Store>> {
    None
}
