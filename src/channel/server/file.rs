//! Repodata as one file, which is cut up while it arrives.

use std::io::{self, Read};

use bytes::{Buf, Bytes};
use reqwest::{Response, StatusCode, header::HeaderMap};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::{Remote, Spot};
use crate::{
    channel::{
        ChannelError,
        cache::Cache,
        explain::refused,
        made::{RepodataForm, Validators},
        splitter::cut,
        store::Store,
    },
    http::Broken,
};

/// Chunks of an answer that wait to be cut up.
const WAITING: usize = 16;

/// The name of the file.
pub(super) const fn name(is_compressed: bool) -> &'static str {
    if is_compressed { "repodata.json.zst" } else { "repodata.json" }
}

/// Fetches a subdir; `None` where the server hasn't got it.
///
/// # Errors
///
/// Fails where the server can't be reached or refuses, and where it has something else than repodata.
pub(in crate::channel) async fn fetch(remote: &Remote, spot: &Spot) -> Result<Option<Store>, ChannelError> {
    let garbage = match fetch_form(remote, spot, true).await {
        Ok(Ok(store)) => return Ok(Some(store)),
        Ok(Err(_)) => None,
        // The other form may be in order.
        Err(error @ ChannelError::Garbage { .. }) => Some(error),
        Err(error) => return Err(error),
    };
    match (fetch_form(remote, spot, false).await?, garbage) {
        (Ok(store), _) => Ok(Some(store)),
        (Err(_), Some(error)) => Err(error),
        (Err(StatusCode::NOT_FOUND | StatusCode::GONE), None) => Ok(None),
        (Err(status), None) => Err(refused(&spot.file(name(false)), status)),
    }
}

/// Fetches a subdir in one form; a status within where the server doesn't give it.
async fn fetch_form(
    remote: &Remote,
    spot: &Spot,
    is_compressed: bool,
) -> Result<Result<Store, StatusCode>, ChannelError> {
    let url = spot.file(name(is_compressed));
    let mut asked = remote.client.ask(&url, HeaderMap::new());
    loop {
        let answer = asked.answer().await?;
        let status = answer.status();
        // Nothing is what a proxy may have kept of it.
        let is_nothing = is_compressed && answer.content_length() == Some(0);
        if !status.is_success() || is_nothing {
            return Ok(Err(status));
        }
        if let Some(store) = asked.done(take(remote, spot, is_compressed, answer).await).await? {
            return Ok(Ok(store));
        }
    }
}

/// Takes a subdir out of an answer. Where the disk is full, memory may have room for one more.
///
/// # Errors
///
/// Where the answer breaks off, and as [`fetch`].
pub(super) async fn take(
    remote: &Remote,
    spot: &Spot,
    is_compressed: bool,
    answer: Response,
) -> Result<Store, Broken<ChannelError>> {
    if let Ok(store) = take_into(remote.cache.clone(), remote, spot, is_compressed, answer).await? {
        return Ok(store);
    }
    let url = spot.file(name(is_compressed));
    let answer = remote.client.ask(&url, HeaderMap::new()).answer().await.map_err(ChannelError::from)?;
    if !answer.status().is_success() {
        return Err(refused(&url, answer.status()).into());
    }
    let kept = take_into(Cache::none(), remote, spot, is_compressed, answer).await?;
    kept.map_err(|reason| spot.unkept(reason).into())
}

/// The same, into this cache; an error within where that can't be.
async fn take_into(
    cache: Cache,
    remote: &Remote,
    spot: &Spot,
    is_compressed: bool,
    answer: Response,
) -> Result<io::Result<Store>, Broken<ChannelError>> {
    let form = RepodataForm::File { is_compressed, validators: Validators::of(&answer) };
    let (sender, chunks) = channel(WAITING);
    let (of, subdir) = (spot.url.to_string(), spot.subdir);
    let cutting = tokio::task::spawn_blocking(move || {
        let body = Body { chunks, current: Bytes::new() };
        cut(body, is_compressed, subdir).map(|cut| cut.keep(&cache, &of, form))
    });
    let sent = send(remote, answer, sender).await;
    let kept = cutting.await.map_err(ChannelError::from)?;
    sent?;
    Ok(kept.map_err(|trouble| spot.garbage(trouble.to_string()))?)
}

/// Sends the chunks of an answer to where they are cut up, which may have had enough before the end.
async fn send(remote: &Remote, mut answer: Response, chunks: Sender<io::Result<Bytes>>) -> Result<(), reqwest::Error> {
    let task = remote.task(&answer);
    loop {
        match answer.chunk().await {
            Ok(None) => return Ok(()),
            Ok(Some(chunk)) => {
                task.add(chunk.len());
                if chunks.send(Ok(chunk)).await.is_err() {
                    return Ok(());
                }
            }
            Err(error) => {
                // Or else it would seem to be the end.
                _ = chunks.send(Err(io::Error::other("the answer broke off"))).await;
                return Err(error);
            }
        }
    }
}

/// An answer to read from, in a thread that may wait.
struct Body {
    chunks: Receiver<io::Result<Bytes>>,
    current: Bytes,
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.chunks.blocking_recv() {
                Some(chunk) => self.current = chunk?,
                None => return Ok(0),
            }
        }
        let count = self.current.len().min(buffer.len());
        self.current.copy_to_slice(buffer.split_at_mut(count).0);
        Ok(count)
    }
}
