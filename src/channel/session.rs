//! The subdirs of channels: how they are opened, and what is done where something is wrong with them.

#![allow(clippy::indexing_slicing, reason = "the numbers of sources come from the list of sources itself")]

use std::sync::Arc;

use tokio::task::JoinSet;

use super::{
    Asked, Channel, ChannelError, FetchOptions, Notes, Records, SUBDIRS,
    reach::{Reached, ReadObstacle, reach},
    relations::{Edge, MAX_DEPTH, Related, ordered},
    server::Remote,
    source::Source,
    store::Store,
};

/// What is done with several subdirs at once: the number of each, and what came of it.
type Tasks<T> = JoinSet<(usize, Result<T, ChannelError>)>;

/// The subdirs of channels, and the names that are looked for in them.
pub(super) struct Session {
    names: Vec<Asked>,
    remote: Arc<Remote>,
    /// The channels that were asked, in their order.
    asked: Vec<Channel>,
    /// Those and the ones that belong to them, the most important first.
    channels: Vec<Channel>,
    /// The subdirs of all of them, in that order.
    sources: Vec<Source>,
    /// What there is to say of the channels that belong to others.
    notes: Vec<String>,
    /// The sources that came from the cache, whose servers are being asked what has changed.
    renewals: Tasks<Option<Store>>,
    /// The sources that were opened again since something was wrong with them.
    mended: Vec<usize>,
}

impl Session {
    /// Opens linux-64 and noarch of channels, and of those that belong to them. Those that are in the cache are opened as they are there, and their
    /// servers are asked meanwhile whether they have changed.
    ///
    /// # Errors
    ///
    /// Fails where one can't be opened, and where a channel has neither.
    pub(super) async fn open(
        channels: &[Channel],
        names: Vec<Asked>,
        options: &FetchOptions,
    ) -> Result<Self, ChannelError> {
        let mut session = Self {
            names,
            remote: Arc::new(Remote::new(channels, options)),
            asked: channels.to_vec(),
            channels: Vec::new(),
            sources: Vec::new(),
            notes: Vec::new(),
            renewals: Tasks::new(),
            mended: Vec::new(),
        };
        session.remote.progress.start();
        session.open_channels().await?;
        Ok(session)
    }

    /// Opens the channels, and those that belong to them, as far as they aren't open, and puts them in order.
    async fn open_channels(&mut self) -> Result<(), ChannelError> {
        let mut known = std::mem::take(&mut self.sources);
        let (mut found, mut edges, mut notes): (Vec<Channel>, Vec<Edge>, Vec<String>) = Default::default();
        let mut next = self.asked.clone();
        for depth in 0.. {
            let opened = self.open_subdirs(&next, &mut known).await?;
            next.clear();
            for source in &opened {
                let Related { channels, edges: more, notes: wrong } = source.related()?;
                edges.extend(more);
                notes.extend(wrong);
                for channel in channels {
                    let mut all = self.asked.iter().chain(&found).chain(&next);
                    if all.any(|known| known.url == channel.url) {
                        continue;
                    }
                    if depth == MAX_DEPTH {
                        return Err(ChannelError::Depth { channel: source.channel.name.clone(), most: MAX_DEPTH });
                    }
                    notes.push(format!("the channel {} is asked, too: {} says so", channel.name, source.channel.name));
                    next.push(channel);
                }
            }
            self.sources.extend(opened);
            found.extend_from_slice(&next);
            if next.is_empty() {
                break;
            }
        }
        self.channels = ordered(&self.asked, &found, &edges)?;
        let rank = |channel: &Channel| self.channels.iter().position(|it| it.url == channel.url).unwrap_or_default();
        for source in &mut self.sources {
            source.origin.rank = rank(&source.channel);
        }
        // Those of a channel are in the order of the subdirs.
        self.sources.sort_by_key(|source| source.origin.rank);
        notes.sort();
        notes.dedup();
        self.notes = notes;
        self.mended.clear();
        for (number, source) in self.sources.iter().enumerate() {
            if let Some(renewal) = source.renewal(&self.remote) {
                self.renewals.spawn(async move { (number, renewal.await) });
            }
        }
        self.check()
    }

    /// Opens the subdirs of channels, those ahead that are open.
    async fn open_subdirs(&self, channels: &[Channel], known: &mut Vec<Source>) -> Result<Vec<Source>, ChannelError> {
        let mut openings = Tasks::new();
        let mut opened: Vec<(usize, Source)> = Vec::new();
        for (rank, channel) in channels.iter().enumerate() {
            for (place, subdir) in SUBDIRS.into_iter().enumerate() {
                let number = rank * SUBDIRS.len() + place;
                if let Some(open) = known.iter().position(|it| it.channel.url == channel.url && it.subdir == subdir) {
                    opened.push((number, known.swap_remove(open)));
                    continue;
                }
                let (channel, remote) = (channel.clone(), Arc::clone(&self.remote));
                openings.spawn(async move { (number, Source::open(&remote, channel, rank, subdir).await) });
            }
        }
        opened.extend(finish(&mut openings).await?);
        opened.sort_by_key(|(number, _)| *number);
        Ok(opened.into_iter().map(|(_, source)| source).collect())
    }

    /// What there is to say of the channels.
    fn notes(&self) -> Notes {
        let mut notes = Notes { always: self.notes.clone(), unread: Vec::new() };
        for source in &self.sources {
            notes.always.extend(source.misled());
            let unread = source.unread();
            if source.store.is_empty() { &mut notes.always } else { &mut notes.unread }.extend(unread);
        }
        notes
    }

    /// Looks for the names, and for what they can depend on. What is in the way is overcome where that is possible.
    ///
    /// # Errors
    ///
    /// Fails where it isn't.
    pub(super) async fn reach(&mut self) -> Result<Reached, ChannelError> {
        loop {
            match reach(&self.sources, &self.channels, &self.notes(), &self.names, &self.remote).await {
                Ok(reached) => {
                    self.remote.progress.rest();
                    return Ok(reached);
                }
                Err(obstacle) => self.overcome(obstacle).await?,
            }
        }
    }

    /// Looks for the names again if something has changed on a server that was reached; `None` if nothing has.
    ///
    /// # Errors
    ///
    /// Fails where a server can't be asked, or what is new can't be read.
    pub(super) async fn renew(&mut self, reached: &Reached) -> Result<Option<Records>, ChannelError> {
        let (replaced, is_of_others) = self.take_what_is_new().await?;
        if is_of_others {
            return Ok(Some(self.reach().await?.records));
        }
        let is_same = |(number, old): (usize, Store)| {
            let new = &self.sources[number].store;
            old.made.info == new.made.info && reached.names.iter().all(|name| old.agrees(new, name))
        };
        if replaced.into_iter().all(is_same) {
            return Ok(None);
        }
        Ok(Some(self.reach().await?.records))
    }

    /// Waits for the servers, and puts what is new in its place. Returns what was there before, by the number that its
    /// source had, and whether there are other channels now.
    async fn take_what_is_new(&mut self) -> Result<(Vec<(usize, Store)>, bool), ChannelError> {
        self.remote.progress.start();
        let (mut replaced, mut is_of_others) = (Vec::new(), false);
        loop {
            let mut is_to_be_opened = false;
            for (number, store) in finish(&mut self.renewals).await? {
                if let Some(store) = store {
                    let old = self.sources[number].replace(store);
                    let relations = |store: &Store| store.made.info.channel_relations.clone().unwrap_or_default();
                    is_to_be_opened |= relations(&old) != relations(&self.sources[number].store);
                    replaced.push((number, old));
                }
            }
            if !is_to_be_opened {
                break;
            }
            is_of_others = true;
            self.open_channels().await?;
        }
        self.check()?;
        self.remote.progress.rest();
        Ok((replaced, is_of_others))
    }

    /// Does something about an obstacle, each time something else.
    async fn overcome(&mut self, obstacle: ReadObstacle) -> Result<(), ChannelError> {
        let is_damaged = matches!(obstacle, ReadObstacle::Damaged(_));
        // What is in the cache may be too old: a shard may be gone.
        if !is_damaged && !self.take_what_is_new().await?.0.is_empty() {
            return Ok(());
        }
        let (number, error) = match obstacle {
            ReadObstacle::Damaged(number) => (number, self.sources[number].damaged()),
            ReadObstacle::Shard(number, error) => (number, error),
        };
        if self.mended.contains(&number) {
            return Err(error);
        }
        self.mended.push(number);
        let source = &self.sources[number];
        let store = if is_damaged {
            source.open_again(&self.remote).await?
        } else {
            source.open_file(&self.remote, error).await?
        };
        self.sources[number].replace(store);
        Ok(())
    }

    /// Fails where a channel has neither subdir; where it has one, the cache notes that it hasn't the other.
    fn check(&self) -> Result<(), ChannelError> {
        for subdirs in self.sources.chunk_by(|a, b| a.origin.rank == b.origin.rank) {
            if subdirs.iter().all(|source| source.store.is_missing()) {
                return Err(subdirs[subdirs.len() - 1].no_such_channel());
            }
            for source in subdirs.iter().filter(|source| source.store.is_missing()) {
                source.note_missing(&self.remote.cache);
            }
        }
        Ok(())
    }
}

/// Waits for all tasks. What was done, in the order of the numbers; of those that failed the first, so that the same
/// error comes each time.
async fn finish<T: 'static>(tasks: &mut Tasks<T>) -> Result<Vec<(usize, T)>, ChannelError> {
    let mut done = Vec::new();
    while let Some(task) = tasks.join_next().await {
        done.push(task?);
    }
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(number, result)| Ok((number, result?))).collect()
}
