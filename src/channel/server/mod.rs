//! Subdirs on servers: in which form they are there, and whether they have changed.
//!
//! A server may have the repodata of a subdir as shards (CEP 16), as one compressed file, or as one file. The form that
//! is found is what the cache has of the subdir from then on.

mod file;
mod remote;
mod shards;

use std::io;

use rattler_conda_types::Subdir;
use reqwest::{Response, StatusCode};
use url::Url;

use self::shards::FoundIndex;
#[cfg(any(test, fuzzing))]
pub(super) use self::shards::block as block_of_shard;
pub(super) use self::{
    file::fetch as fetch_file,
    remote::Remote,
    shards::{INDEX as SHARD_INDEX_FILE, fetch as fetch_shard},
};
use super::{
    Channel, ChannelError, Place,
    cache::Cache,
    explain::{NOT_REPODATA, refused},
    made::{RepodataForm, RepodataSource},
    store::Store,
};
use crate::{base::credentials::stripped, http::Broken};

/// A subdir of a channel on a server.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    /// Its URL without credentials, which the client adds, so that they can't get into logs, errors and the cache. It
    /// ends in `/`.
    pub url: Url,
    /// Its name, such as `linux-64`.
    pub subdir: &'static str,
    /// What the channel is called in messages.
    pub channel: String,
}

impl Spot {
    /// The spot of a subdir; `None` where the channel is a directory.
    pub(super) fn of(channel: &Channel, subdir: Subdir) -> Option<Self> {
        let Place::Url(place) = &channel.place else { return None };
        let url = stripped(place).join(&format!("{subdir}/")).ok()?;
        Some(Self { url, subdir: subdir.as_str(), channel: channel.name.clone() })
    }

    /// The URL of a file in it.
    #[expect(clippy::expect_used, reason = "a name of our own appended to a URL makes a URL")]
    fn file(&self, name: &str) -> Url {
        self.url.join(name).expect("a file name appended to a URL makes a URL")
    }

    /// Something is there that isn't repodata.
    fn garbage(&self, reason: String) -> ChannelError {
        ChannelError::Garbage { channel: self.channel.clone(), reason, help: NOT_REPODATA }
    }

    /// There is neither a place on the disk nor in memory.
    fn unkept(&self, reason: io::Error) -> ChannelError {
        ChannelError::Files { what: format!("the repodata of {} can't be kept", self.channel), reason }
    }
}

/// What the cache has of a subdir.
pub(super) fn cached(cache: &Cache, spot: &Spot) -> Option<Store> {
    cache.subdir(spot.url.as_str()).and_then(Store::new).filter(|store| store.made.of == spot.url.as_str())
}

/// Fetches a subdir: of one with shards only their index.
///
/// # Errors
///
/// Fails where the server can't be reached, and where it has something else than repodata.
pub(super) async fn fetch(remote: &Remote, spot: &Spot) -> Result<Store, ChannelError> {
    let found = shards::fetch_index(remote, spot, None).await?;
    index_or_file(remote, spot, found).await
}

/// Asks whether a subdir has changed, and fetches it if it has; `None` if it hasn't.
///
/// # Errors
///
/// As [`fetch`].
pub(super) async fn renew(remote: &Remote, spot: &Spot, made: &RepodataSource) -> Result<Option<Store>, ChannelError> {
    match &made.form {
        RepodataForm::Shards { validators, .. } => match shards::fetch_index(remote, spot, Some(validators)).await? {
            FoundIndex::Unchanged => Ok(None),
            FoundIndex::Nothing(status) if status.is_server_error() => Err(refused(&spot.file(shards::INDEX), status)),
            found => index_or_file(remote, spot, found).await.map(Some),
        },
        RepodataForm::File { is_compressed, validators } if !validators.is_empty() => {
            let url = spot.file(file::name(*is_compressed));
            let mut asked = remote.client.ask(&url, validators.headers());
            loop {
                let answer = asked.answer().await?;
                if let Some(taken) = asked.done(take_new(remote, spot, *is_compressed, answer).await).await? {
                    return Ok(taken);
                }
            }
        }
        RepodataForm::File { .. } | RepodataForm::Missing | RepodataForm::Local { .. } => {
            fetch(remote, spot).await.map(Some)
        }
    }
}

/// Takes what has changed; `None` if nothing has.
async fn take_new(
    remote: &Remote,
    spot: &Spot,
    is_compressed: bool,
    answer: Response,
) -> Result<Option<Store>, Broken<ChannelError>> {
    match answer.status() {
        StatusCode::NOT_MODIFIED => return Ok(None),
        status if status.is_server_error() => return Err(refused(&spot.file(file::name(is_compressed)), status).into()),
        _ => {}
    }
    // What has changed may have shards now.
    match shards::fetch_index(remote, spot, None).await? {
        found @ FoundIndex::Nothing(_) if answer.status().is_success() => {
            match file::take(remote, spot, is_compressed, answer).await {
                // The other form may be in order.
                Err(Broken::Final(ChannelError::Garbage { .. })) if is_compressed => {
                    Ok(Some(index_or_file(remote, spot, found).await?))
                }
                taken => taken.map(Some),
            }
        }
        found => Ok(Some(index_or_file(remote, spot, found).await?)),
    }
}

/// Takes the index of shards, or fetches the one file where there is none.
async fn index_or_file(remote: &Remote, spot: &Spot, found: FoundIndex) -> Result<Store, ChannelError> {
    match found {
        FoundIndex::Index(store) => Ok(*store),
        FoundIndex::Garbage(error) => file::fetch(remote, spot).await?.ok_or(error),
        FoundIndex::Unchanged | FoundIndex::Nothing(_) => match file::fetch(remote, spot).await? {
            Some(store) => Ok(store),
            // If the channel has the other subdir; a channel without either may be a mistake of the server.
            None => Store::missing(&Cache::none(), spot.url.as_str()),
        },
    }
}
