//! What it takes to fetch.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Response, StatusCode};
use url::Url;

use super::Spot;
use crate::{
    channel::{
        Channel, ChannelError, FetchOptions, Place,
        cache::Cache,
        explain::too_large,
        made::Validators,
        mirrors,
        turn::{Patience, Turn},
    },
    http::{Broken, Client},
    limits::Limit,
    progress::{Progress, Task},
};

/// What it takes to fetch.
pub(in crate::channel) struct Remote {
    pub client: Client,
    /// Whether no request may be sent.
    pub is_offline: bool,
    pub cache: Cache,
    pub progress: Progress,
    /// How long others are waited for who fetch the same.
    patience: Duration,
}

/// When is told that others are waited for: a subdir is one for all, of shards there are hundreds.
const SILENT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));

/// An answer as a whole.
pub(super) struct WholeAnswer {
    pub status: StatusCode,
    pub validators: Validators,
    /// Empty unless the status is one of success.
    pub body: Bytes,
}

impl Remote {
    pub(in crate::channel) fn new(channels: &[Channel], options: &FetchOptions) -> Self {
        let place = |channel: &Channel| match &channel.place {
            Place::Url(url) => Some(url.clone()),
            Place::Directory(_) => None,
        };
        let is_remote = channels.iter().any(|channel| matches!(channel.place, Place::Url(_)));
        let what = if is_remote { "Fetching repodata" } else { "Reading repodata" };
        let progress = Progress::new(&options.events, what);
        let places = channels.iter().filter_map(place).collect();
        Self {
            client: Client::with_mirrors(
                mirrors(&options.machine),
                places,
                &options.machine,
                options.limits,
                progress.clone(),
            ),
            is_offline: options.offline,
            cache: Cache::at(&options.cache_dir),
            progress,
            patience: options.limits.turn(),
        }
    }

    /// Waits until no other process fetches the same subdir.
    pub(in crate::channel) async fn turn(&self, spot: &Spot) -> Turn {
        let tell = || {
            let (channel, subdir) = (&spot.channel, spot.subdir);
            self.progress
                .say(&format!("Another envlock fetches the repodata of {channel} for {subdir}; waiting for it"));
        };
        let patience = Patience { silent: SILENT.0, most: self.patience };
        Turn::at(self.cache.subdir_lock(spot.url.as_str()), patience, tell).await
    }

    /// Waits until no other process fetches the same shard.
    pub(super) async fn shard_turn(&self, spot: &Spot, name: &str) -> Turn {
        let tell = || {
            let channel = &spot.channel;
            self.progress.say(&format!("Another one fetches repodata of {channel}, maybe of {name}; waiting for it"));
        };
        let patience = Patience { silent: SILENT.1, most: self.patience };
        Turn::at(self.cache.shard_lock(spot.url.as_str(), name), patience, tell).await
    }

    /// Shows that an answer comes.
    pub(super) fn task(&self, answer: &Response) -> Task {
        self.progress.begin(answer.content_length())
    }

    /// Gets an answer as a whole: to what has changed since, if that is given.
    ///
    /// # Errors
    ///
    /// Fails where there is none, and where it is larger than it may be. An answer that says that something is wrong is
    /// an answer.
    pub(super) async fn get_whole(
        &self,
        url: &Url,
        known: Option<&Validators>,
        limit: Limit,
    ) -> Result<WholeAnswer, ChannelError> {
        let headers = known.map(Validators::headers).unwrap_or_default();
        let mut asked = self.client.ask(url, headers);
        loop {
            let answer = asked.answer().await?;
            if let Some(answer) = asked.done(self.take_whole(url, limit, answer).await).await? {
                return Ok(answer);
            }
        }
    }

    async fn take_whole(
        &self,
        url: &Url,
        limit: Limit,
        mut answer: Response,
    ) -> Result<WholeAnswer, Broken<ChannelError>> {
        let (status, validators) = (answer.status(), Validators::of(&answer));
        let mut body = Vec::new();
        if status.is_success() {
            let task = self.task(&answer);
            while let Some(chunk) = answer.chunk().await? {
                task.add(chunk.len());
                body.extend_from_slice(&chunk);
                limit.check(body.len()).map_err(|error| too_large(url, &error))?;
            }
        }
        Ok(WholeAnswer { status, validators, body: body.into() })
    }
}
