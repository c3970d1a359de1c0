//! The Keychain of macOS and the Credential Manager of Windows, asked as rattler does. Both show windows of their own where they
//! want to.

use keyring_core::{Entry, Error, Result, api::CredentialStoreApi as _};
use rattler_networking::Authentication;

use super::store::{Store, Trouble, parsed};

/// What everything that rattler stores is stored for.
const SERVICE: &str = "rattler";

/// The keyring of the system.
pub(super) struct Native;

/// What there is or may be for a host.
fn entry(host: &str) -> Result<Entry> {
    #[cfg(target_os = "macos")]
    let store = apple_native_keyring_store::keychain::Store::new()?;
    #[cfg(windows)]
    let store = windows_native_keyring_store::Store::new()?;
    store.build(SERVICE, host, None)
}

impl Store for Native {
    fn get(&self, key: &str) -> std::result::Result<Option<Authentication>, Trouble> {
        match entry(key).and_then(|entry| entry.get_password()) {
            Ok(text) => parsed(key, text.as_bytes()).map(Some),
            Err(Error::NoEntry) => Ok(None),
            Err(Error::BadEncoding(_)) => Err(Trouble::odd(key)),
            Err(error) => Err(Trouble::Unreadable(error.to_string())),
        }
    }

    fn put(&self, key: &str, authentication: &Authentication) -> std::result::Result<(), Trouble> {
        let text = serde_json::to_string(authentication).map_err(|error| Trouble::Unreadable(error.to_string()))?;
        let stored = entry(key).and_then(|entry| entry.set_password(&text));
        stored.map_err(|error| Trouble::Unreadable(error.to_string()))
    }
}
