//! The subdirs of channels: how they are opened, and what is done where something is wrong with them.

#![allow(clippy::indexing_slicing, reason = "the numbers of sources come from the list of sources itself")]

use std::sync::Arc;

use rattler_conda_types::PackageName;
use tokio::task::JoinSet;

use super::{
    Channel, ChannelError, FetchOptions, Records, SUBDIRS,
    reach::{Reached, ReadObstacle, reach},
    server::Remote,
    source::Source,
    store::Store,
};

/// What is done with several subdirs at once: the number of each, and what came of it.
type Tasks<T> = JoinSet<(usize, Result<T, ChannelError>)>;

/// The subdirs of channels, and the names that are looked for in them.
pub(super) struct Session {
    names: Vec<PackageName>,
    remote: Arc<Remote>,
    sources: Vec<Source>,
    /// The sources that came from the cache, whose servers are being asked what has changed.
    renewals: Tasks<Option<Store>>,
    /// The sources that were opened again since something was wrong with them.
    mended: Vec<usize>,
}

impl Session {
    /// Opens linux-64 and noarch of channels. Those that are in the cache are opened as they are there, and their
    /// servers are asked meanwhile whether they have changed.
    ///
    /// # Errors
    ///
    /// Fails where one can't be opened, and where a channel has neither.
    pub(super) async fn open(
        channels: &[Channel],
        names: Vec<PackageName>,
        options: &FetchOptions,
    ) -> Result<Self, ChannelError> {
        let remote = Arc::new(Remote::new(channels, options));
        let mut openings = Tasks::new();
        for (rank, channel) in channels.iter().enumerate() {
            for (place, subdir) in SUBDIRS.into_iter().enumerate() {
                let (number, channel, remote) = (rank * SUBDIRS.len() + place, channel.clone(), Arc::clone(&remote));
                openings.spawn(async move { (number, Source::open(&remote, channel, rank, subdir).await) });
            }
        }
        let sources: Vec<Source> = finish(&mut openings).await?.into_iter().map(|(_, source)| source).collect();
        let mut renewals = Tasks::new();
        for (number, source) in sources.iter().enumerate() {
            if let Some(renewal) = source.renewal(&remote) {
                renewals.spawn(async move { (number, renewal.await) });
            }
        }
        let session = Self { names, remote, sources, renewals, mended: Vec::new() };
        session.check()?;
        Ok(session)
    }

    /// Looks for the names, and for what they can depend on. What is in the way is overcome where that is possible.
    ///
    /// # Errors
    ///
    /// Fails where it isn't.
    pub(super) async fn reach(&mut self) -> Result<Reached, ChannelError> {
        loop {
            match reach(&self.sources, &self.names, &self.remote).await {
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
        let replaced = self.take_what_is_new().await?;
        let is_same = |(number, old): (usize, Store)| {
            let new = &self.sources[number].store;
            old.made.base_url == new.made.base_url && reached.names.iter().all(|name| old.agrees(new, name))
        };
        if replaced.into_iter().all(is_same) {
            return Ok(None);
        }
        Ok(Some(self.reach().await?.records))
    }

    /// Waits for the servers, and puts what is new in its place. Returns what was there before.
    async fn take_what_is_new(&mut self) -> Result<Vec<(usize, Store)>, ChannelError> {
        let mut replaced = Vec::new();
        for (number, store) in finish(&mut self.renewals).await? {
            if let Some(store) = store {
                replaced.push((number, self.sources[number].replace(store)));
            }
        }
        self.check()?;
        Ok(replaced)
    }

    /// Does something about an obstacle, each time something else.
    async fn overcome(&mut self, obstacle: ReadObstacle) -> Result<(), ChannelError> {
        let is_damaged = matches!(obstacle, ReadObstacle::Damaged(_));
        // What is in the cache may be too old: a shard may be gone.
        if !is_damaged && !self.take_what_is_new().await?.is_empty() {
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
