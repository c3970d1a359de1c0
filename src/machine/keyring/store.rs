//! What a keyring is asked, and the time that it has.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use rattler_networking::{
    Authentication,
    authentication_storage::{AuthenticationStorageError, StorageBackend},
};
use thiserror::Error;

use super::{NO_KEYRING, lock};

/// A keyring. What is asked of it may take for ever.
pub(crate) trait Store: Send + Sync {
    /// What is stored under a name: a host, or `*.` and a domain.
    fn get(&self, key: &str) -> Result<Option<Authentication>, Trouble>;

    /// Stores something in the place of what was got.
    fn put(&self, key: &str, authentication: &Authentication) -> Result<(), Trouble>;
}

/// Why a keyring that has something doesn't give it. Nothing of it is secret.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It wants a password first.
    #[error("the keyring has credentials for {0}, but it is locked: unlock it, and try again")]
    #[cfg_attr(not(any(target_os = "linux", test)), allow(dead_code, reason = "other systems ask for the password"))]
    Locked(String),
    /// Something else.
    #[error("the keyring can't be read: {0}")]
    Unreadable(String),
    /// It took too long.
    #[error("the keyring didn't answer for {}s and isn't asked any more; {NO_KEYRING}=1 leaves it alone", .0.as_secs())]
    Late(Duration),
}

impl Trouble {
    /// What a keyring has isn't what rattler stores.
    pub(super) fn odd(key: &str) -> Self {
        Self::Unreadable(format!("what it has for {key} isn't what `pixi auth login` stores"))
    }
}

/// What is stored under a name, read.
pub(super) fn parsed(key: &str, stored: &[u8]) -> Result<Authentication, Trouble> {
    // The error would quote what is stored.
    serde_json::from_slice(stored).map_err(|_| Trouble::odd(key))
}

/// A keyring that has a limited time for each answer, and is given up when it needs more.
pub(super) struct LimitedStore {
    store: Arc<dyn Store>,
    limit: Duration,
    is_given_up: AtomicBool,
    /// One question at a time, since each may open a window.
    turn: Mutex<()>,
    /// What nobody was told yet.
    troubles: Mutex<Vec<Trouble>>,
}

impl LimitedStore {
    pub(super) fn new(store: Arc<dyn Store>, limit: Duration) -> Self {
        let (is_given_up, turn, troubles) = (AtomicBool::new(false), Mutex::default(), Mutex::default());
        Self { store, limit, is_given_up, turn, troubles }
    }

    /// What is to be told, once.
    pub(super) fn troubles(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.troubles)).iter().map(ToString::to_string).collect()
    }

    /// What the keyring says, if it says something in time.
    fn answer<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn Store) -> Result<T, Trouble> + Send + 'static,
    ) -> Option<T> {
        let _turn = lock(&self.turn);
        if self.is_given_up.load(Ordering::Relaxed) {
            return None;
        }
        let (sender, receiver) = mpsc::channel();
        let store = Arc::clone(&self.store);
        // Nobody waits for it at the end of the process, as they would for one of the runtime's.
        let begun = thread::Builder::new().name("keyring".to_owned()).spawn(move || _ = sender.send(ask(&*store)));
        let answer = begun.ok().and_then(|_| receiver.recv_timeout(self.limit).ok());
        let answer = answer.unwrap_or_else(|| {
            self.is_given_up.store(true, Ordering::Relaxed);
            Err(Trouble::Late(self.limit))
        });
        answer.map_err(|trouble| lock(&self.troubles).push(trouble)).ok()
    }
}

impl fmt::Debug for LimitedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LimitedStore").finish_non_exhaustive()
    }
}

/// So that rattler looks for hosts and domains in it, and renews what is in it.
impl StorageBackend for LimitedStore {
    fn name(&self) -> String {
        "keyring".to_owned()
    }

    fn get(&self, key: &str) -> Result<Option<Authentication>, AuthenticationStorageError> {
        let key = key.to_owned();
        Ok(self.answer(move |store| store.get(&key)).flatten())
    }

    fn store(&self, key: &str, authentication: &Authentication) -> Result<(), AuthenticationStorageError> {
        let (name, authentication) = (key.to_owned(), authentication.clone());
        let failed = || AuthenticationStorageError::StoreFailed { host: key.to_owned(), backends: self.name() };
        self.answer(move |store| store.put(&name, &authentication)).ok_or_else(failed)
    }

    /// Nothing is taken away from it.
    fn delete(&self, key: &str) -> Result<(), AuthenticationStorageError> {
        Err(AuthenticationStorageError::DeleteFailed { host: key.to_owned() })
    }
}
