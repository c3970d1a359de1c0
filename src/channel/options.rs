//! How to fetch.

use std::{env, path::PathBuf, sync::Arc};

use crate::{http::Limits, machine::Machine, progress::Events};

/// How to fetch.
#[derive(Clone, Debug)]
pub struct FetchOptions {
    /// Use the cache alone, however old it is.
    pub offline: bool,
    /// Where repodata is kept; see [`cache_dir`].
    pub cache_dir: PathBuf,
    /// How much patience there is with servers.
    pub limits: Limits,
    /// What this machine is set up with.
    pub machine: Arc<Machine>,
    /// What hears of it meanwhile.
    pub events: Arc<dyn Events>,
}

/// The directory of the cache: `ENVLOCK_CACHE_DIR`, else `envlock` in the user's own, else in the one for temporary
/// files.
#[must_use]
pub fn cache_dir() -> PathBuf {
    match env::var_os("ENVLOCK_CACHE_DIR").filter(|directory| !directory.is_empty()) {
        Some(directory) => directory.into(),
        None => dirs::cache_dir().unwrap_or_else(env::temp_dir).join("envlock"),
    }
}
