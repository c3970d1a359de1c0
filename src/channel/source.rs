//! A subdir of a channel that is open, and how it is opened.

use std::{io, sync::Arc};

use rattler_conda_types::Subdir;
use tokio::task::spawn_blocking;
use url::Url;

use super::{
    Channel, ChannelError, Place, RecordOrigin,
    cache::Cache,
    local,
    made::RepodataForm,
    place::{led_below, shown},
    record_table::RecordTable,
    relations::{Related, related},
    server::{self, Remote, Spot},
    store::{ShardHash, Store},
};
use crate::{
    base::credentials::stripped,
    http::clean,
    words::{and, one_line},
};

/// A subdir of a channel.
pub(super) struct Source {
    /// The channel.
    pub channel: Channel,
    /// The subdir.
    pub subdir: Subdir,
    /// Whether it is from the cache, and the server may have something newer.
    is_cached: bool,
    /// Whether the repodata comes from another place than the packages will.
    is_mirrored: bool,
    /// What there is.
    pub store: Store,
    /// What its records say of where they come from.
    pub origin: RecordOrigin,
}

impl Source {
    /// Opens a subdir of the channel of that rank. Where it isn't there, it has nothing in it.
    ///
    /// # Errors
    ///
    /// Fails where it can't be read.
    pub(super) async fn open(
        remote: &Arc<Remote>,
        channel: Channel,
        rank: usize,
        subdir: Subdir,
    ) -> Result<Self, ChannelError> {
        let cached = Spot::of(&channel, subdir).and_then(|spot| server::cached(&remote.cache, &spot));
        let is_cached = cached.is_some();
        let store = match cached {
            Some(store) => store,
            None => open(remote, &channel, subdir, true).await?,
        };
        let is_mirrored = channel.is_mirrored() || !remote.client.mirrors(&channel.url).is_empty();
        let base = base(&channel, subdir, store.made.info.base_url.as_deref(), is_mirrored);
        let origin = RecordOrigin { channel: channel.url.clone(), rank, subdir: subdir.to_string(), base };
        Ok(Self { channel, subdir, is_cached, is_mirrored, store, origin })
    }

    /// Puts something newer in the place of what there is, and returns that.
    pub(super) fn replace(&mut self, store: Store) -> Store {
        self.is_cached = false;
        self.origin.base = base(&self.channel, self.subdir, store.made.info.base_url.as_deref(), self.is_mirrored);
        std::mem::replace(&mut self.store, store)
    }

    /// Asks whether the server has something newer; `None` where there is nothing to ask.
    pub(super) fn renewal(
        &self,
        remote: &Arc<Remote>,
    ) -> Option<impl Future<Output = Result<Option<Store>, ChannelError>> + Send + use<>> {
        let spot = Spot::of(&self.channel, self.subdir).filter(|_| self.is_cached && !remote.is_offline)?;
        let (remote, made) = (Arc::clone(remote), self.store.made.clone());
        Some(async move {
            let turn = remote.turn(&spot).await;
            if turn.is_answered()
                && let Some(store) = server::cached(&remote.cache, &spot)
            {
                return Ok(Some(store));
            }
            let renewed = server::renew(&remote, &spot, &made).await?;
            let is_kept = |store: &Store| server::cached(&remote.cache, &spot).is_some_and(|it| it.made == store.made);
            if renewed.as_ref().is_none_or(is_kept) {
                turn.answered();
            }
            Ok(renewed)
        })
    }

    /// Gets a shard that isn't at hand; `None` where it has no records.
    ///
    /// # Errors
    ///
    /// Fails where the shard can't be had, or may not be asked for.
    pub(super) fn shard(
        &self,
        remote: &Arc<Remote>,
        name: &str,
        hash: ShardHash,
    ) -> impl Future<Output = Result<Option<RecordTable>, ChannelError>> + Send + use<> {
        let spot = Spot::of(&self.channel, self.subdir);
        let (remote, name, form) = (Arc::clone(remote), name.to_owned(), self.store.made.form.clone());
        async move {
            match (spot, form) {
                (Some(spot), RepodataForm::Shards { shards_base_url, .. }) if !remote.is_offline => {
                    server::fetch_shard(&remote, &spot, &shards_base_url, &name, &hash).await
                }
                _ => Err(ChannelError::Offline { what: format!("the repodata of the package {name}") }),
            }
        }
    }

    /// Opens the subdir again without the index file in the cache.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub(super) async fn open_again(&self, remote: &Arc<Remote>) -> Result<Store, ChannelError> {
        remote.cache.forget_subdir(&self.store.made.of);
        open(remote, &self.channel, self.subdir, false).await
    }

    /// Opens the subdir as one file since it can't be read in shards.
    ///
    /// # Errors
    ///
    /// Fails with what is wrong with the shards where that is no reason to, and where there is no such file.
    pub(super) async fn open_file(&self, remote: &Remote, error: ChannelError) -> Result<Store, ChannelError> {
        let has_answered = matches!(error, ChannelError::Garbage { .. } | ChannelError::Http { .. });
        let Some(spot) = Spot::of(&self.channel, self.subdir).filter(|_| has_answered) else { return Err(error) };
        let _turn = remote.turn(&spot).await;
        let is_file = |store: &Store| matches!(store.made.form, RepodataForm::File { .. });
        if let Some(store) = server::cached(&remote.cache, &spot).filter(is_file) {
            return Ok(store);
        }
        match server::fetch_file(remote, &spot).await {
            Ok(Some(store)) => Ok(store),
            // Where the file isn't there, or isn't shown, the shards are all that there is.
            Ok(None) | Err(ChannelError::Http { .. }) => Err(error),
            Err(other) => Err(other),
        }
    }

    /// The channels that belong to this one, as far as this subdir says.
    ///
    /// # Errors
    ///
    /// Where what it says can't be.
    pub(super) fn related(&self) -> Result<Related, ChannelError> {
        let relations = self.store.made.info.channel_relations.as_ref();
        relations.map_or_else(|| Ok(Related::default()), |relations| related(&self.channel, relations))
    }

    /// That there are records which can't be read, in a sentence; `None` where there are none.
    pub(super) fn unread(&self) -> Option<String> {
        let revisions = &self.store.made.info.repodata_revisions;
        let names: Vec<String> = revisions.keys().cloned().collect();
        if names.is_empty() {
            return None;
        }
        let mut text = format!(
            "{}{} has packages for newer programs, which envlock can't read (repodata of {})",
            self.channel.url,
            self.subdir,
            and(&names)
        );
        let messages: Vec<String> = revisions
            .values()
            .filter_map(|it| it.message.as_deref())
            .map(|it| one_line(it).trim().to_owned())
            .collect();
        if !messages.is_empty() {
            text = format!("{text}; it says: {}", messages.join(" "));
        }
        Some(text)
    }

    /// That packages can't be where the repodata says, in a sentence; `None` where they can.
    pub(super) fn misled(&self) -> Option<String> {
        let said = self.store.made.info.base_url.as_deref().filter(|_| !self.is_mirrored)?;
        if led_below(&own(&self.channel, self.subdir), said).is_some() {
            return None;
        }
        Some(format!(
            "{}{} says that its packages are below `{}`, where none can be: they are looked for beside its repodata",
            self.channel.url,
            self.subdir,
            shown(said)
        ))
    }

    /// Notes in the cache that the server hasn't got the subdir.
    pub(super) fn note_missing(&self, cache: &Cache) {
        if matches!(self.channel.place, Place::Url(_)) && !self.is_cached {
            // Else the next run asks again.
            _ = Store::missing(cache, &self.store.made.of);
        }
    }

    /// The index file was damaged, and so is what was made in its place.
    pub(super) fn damaged(&self) -> ChannelError {
        ChannelError::Files {
            what: format!("what the cache has of {} is damaged again and again", self.channel.name),
            reason: io::ErrorKind::InvalidData.into(),
        }
    }

    /// There is nothing where the subdir should be.
    pub(super) fn no_such_channel(&self) -> ChannelError {
        match &self.channel.place {
            Place::Url(place) => ChannelError::NoSuchChannel { url: clean(place), subdir: self.subdir.to_string() },
            Place::Directory(directory) => local::not_a_channel(directory),
        }
    }
}

/// Opens a subdir that the cache doesn't have, unless another process has put it there meanwhile, and that may be used.
async fn open(
    remote: &Arc<Remote>,
    channel: &Channel,
    subdir: Subdir,
    may_be_cached: bool,
) -> Result<Store, ChannelError> {
    match (&channel.place, Spot::of(channel, subdir)) {
        (Place::Directory(directory), _) => {
            let (directory, remote) = (directory.clone(), Arc::clone(remote));
            let open = move || local::open_subdir(&directory, subdir.as_str(), &remote.cache, &remote.progress);
            spawn_blocking(open).await?
        }
        (_, Some(spot)) if !remote.is_offline => {
            let _turn = remote.turn(&spot).await;
            match server::cached(&remote.cache, &spot).filter(|_| may_be_cached) {
                Some(store) => Ok(store),
                None => server::fetch(remote, &spot).await,
            }
        }
        (Place::Url(url), _) => Err(ChannelError::Offline { what: format!("the repodata of {}", clean(url)) }),
    }
}

/// The URL that the packages are below. What a mirror says about it leads to the mirror.
fn base(channel: &Channel, subdir: Subdir, given: Option<&str>, is_mirrored: bool) -> Url {
    let own = own(channel, subdir);
    let given = given.filter(|_| !is_mirrored).and_then(|given| led_below(&own, given));
    stripped(&given.unwrap_or(own))
}

/// The URL of a subdir of a channel.
fn own(channel: &Channel, subdir: Subdir) -> Url {
    led_below(&channel.url, subdir.as_str()).unwrap_or_else(|| channel.url.clone())
}
