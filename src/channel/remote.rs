//! Channels on servers: the client, its patience, and the credentials.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rattler_conda_types::Channel as CondaChannel;
use rattler_networking::{
    Authentication, AuthenticationMiddleware, AuthenticationStorage, OfflineMiddleware,
    authentication_storage::{
        StorageBackend,
        backends::{file::FileStorage, memory::MemoryStorage},
    },
};
use rattler_redaction::strip_url_for_serialization;
use rattler_repodata_gateway::{
    CacheClearMode, ChannelConfig, Gateway, SourceConfig, SubdirSelection, fetch::CacheAction,
};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_retry::{RetryTransientMiddleware, policies::ExponentialBackoff};
use url::{Url, form_urlencoded};

use super::{Channel, ChannelError, FetchOptions, Place, SUBDIRS, explain::innermost};

/// How long a server may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a server may stay silent.
const READ_TIMEOUT: Duration = Duration::from_mins(1);
/// How often a request is sent again after a server error or a lost connection.
const RETRIES: u32 = 3;
/// The shortest and the longest wait before that.
const WAITS: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(5));
/// Requests at the same time; shards are many.
const REQUESTS: usize = 50;
/// Where in the cache the gateway keeps the shards of all channels, by the hash of their contents.
const SHARDS: &str = "shards-v1";

/// The gateway to the channels. Those at the places `unsharded` are read as one file even where they have shards.
///
/// # Errors
///
/// Fails where no client can be made, or the file of stored credentials can't be read.
pub(super) fn gateway(
    channels: &[Channel],
    unsharded: &[Url],
    options: &FetchOptions,
) -> Result<Gateway, ChannelError> {
    let places: Vec<&Url> = channels.iter().filter_map(credentialed).collect();
    let cache_action = if options.offline { CacheAction::ForceCacheOnly } else { CacheAction::CacheOrFetch };
    let source = |sharded_enabled| SourceConfig { cache_action, sharded_enabled, ..SourceConfig::default() };
    let per_channel = unsharded.iter().map(|url| (url.clone(), source(false))).collect();
    let mut builder = Gateway::builder()
        .with_cache_dir(repodata_cache(options))
        .with_channel_config(ChannelConfig { default: source(true), per_channel })
        .with_max_concurrent_requests(REQUESTS)
        .with_max_concurrent_io(REQUESTS);
    // Certificates take a while to load, and directories don't need them.
    if !places.is_empty() {
        builder.set_client(client(&places, options.offline)?);
    }
    Ok(builder.finish())
}

/// Where a channel on a server is, as the gateway knows it: without credentials, which the client adds. So they can't
/// get into logs, errors, records and the cache.
pub(super) fn place(channel: &Channel) -> Option<Url> {
    credentialed(channel).map(strip_url_for_serialization)
}

fn credentialed(channel: &Channel) -> Option<&Url> {
    match &channel.place {
        Place::Url(url) => Some(url),
        Place::Directory(_) => None,
    }
}

/// Removes what the cache holds of the channel at a place.
pub(super) fn forget(gateway: &Gateway, place: Url, options: &FetchOptions) {
    let channel = CondaChannel::from_url(place);
    let subdirs = SubdirSelection::Some(SUBDIRS.iter().map(ToString::to_string).collect());
    // Nothing can be done about a cache that can't be cleared, and the error that led here says more.
    let _ = gateway.clear_repodata_cache(&channel, subdirs, CacheClearMode::InMemoryAndDisk);
    let _ = std::fs::remove_dir_all(repodata_cache(options).join(SHARDS));
}

fn repodata_cache(options: &FetchOptions) -> PathBuf {
    options.cache_dir.join("repodata")
}

fn client(places: &[&Url], offline: bool) -> Result<ClientWithMiddleware, ChannelError> {
    // The program has installed one already; a test or another caller of the library may not have.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .user_agent(concat!("envlock/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .build()
        .map_err(|error| ChannelError::Client { reason: innermost(&error) })?;
    let builder = ClientBuilder::new(client);
    if offline {
        return Ok(builder.with(OfflineMiddleware).build());
    }
    let backoff = ExponentialBackoff::builder().retry_bounds(WAITS.0, WAITS.1).build_with_max_retries(RETRIES);
    Ok(builder
        .with(AuthenticationMiddleware::from_auth_storage(credentials(places)?))
        .with(RetryTransientMiddleware::new_with_policy(backoff))
        .build())
}

/// The credentials in the channels' URLs, then those of `RATTLER_AUTH_FILE`, then those that `pixi auth login` and its
/// relatives store in `~/.rattler/credentials.json`.
fn credentials(places: &[&Url]) -> Result<AuthenticationStorage, ChannelError> {
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
