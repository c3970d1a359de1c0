//! Repodata as one file, which is cut up while it arrives.

use std::io::{self, Read};

use bytes::{Buf, Bytes};
use reqwest::{Response, StatusCode};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::{Remote, Spot, client::RETRIES, remote::pause};
use crate::channel::{
    ChannelError,
    cache::Cache,
    cut::cut,
    explain::{interrupted, refused},
    made::{Form, Validators},
    store::Store,
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
    let compressed = remote.get(&spot.file(name(true)), None).await?;
    if compressed.status().is_success() {
        return take(remote, spot, true, compressed).await.map(Some);
    }
    let url = spot.file(name(false));
    let plain = remote.get(&url, None).await?;
    match plain.status() {
        StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
        status if status.is_success() => take(remote, spot, false, plain).await.map(Some),
        status => Err(refused(&url, status)),
    }
}

/// Takes a subdir out of an answer. Where that breaks off, the file is asked for again.
///
/// # Errors
///
/// As [`fetch`].
pub(super) async fn take(
    remote: &Remote,
    spot: &Spot,
    is_compressed: bool,
    answer: Response,
) -> Result<Store, ChannelError> {
    let (mut answer, mut failures, mut cache) = (answer, 0, remote.cache.clone());
    let url = spot.file(name(is_compressed));
    loop {
        let form = Form::File { is_compressed, validators: Validators::of(&answer) };
        let (sender, chunks) = channel(WAITING);
        let (of, subdir, into) = (spot.url.to_string(), spot.subdir, cache.clone());
        let cutting = tokio::task::spawn_blocking(move || {
            let body = Body { chunks, current: Bytes::new() };
            cut(body, is_compressed, subdir).map(|cut| cut.keep(&into, &of, form))
        });
        let sent = send(remote, answer, sender).await;
        let kept = cutting.await.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()));
        match (sent, kept) {
            (Err(error), _) if failures == RETRIES => return Err(interrupted(&url, &error)),
            (Err(_), _) => {
                pause(failures).await;
                failures += 1;
            }
            (Ok(()), Err(trouble)) => return Err(spot.garbage(trouble.to_string())),
            (Ok(()), Ok(Ok(store))) => return Ok(store),
            (Ok(()), Ok(Err(reason))) if cache.is_none() => return Err(spot.unkept(reason)),
            // A full disk; memory may have room.
            (Ok(()), Ok(Err(_))) => cache = Cache::none(),
        }
        answer = remote.get(&url, None).await?;
        if !answer.status().is_success() {
            return Err(refused(&url, answer.status()));
        }
    }
}

/// Sends the chunks of an answer to where they are cut up, which may have had enough before the end.
async fn send(remote: &Remote, mut answer: Response, chunks: Sender<io::Result<Bytes>>) -> Result<(), reqwest::Error> {
    let task = remote.progress.begin("Fetching repodata", answer.content_length());
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
        self.current.copy_to_slice(&mut buffer[..count]);
        Ok(count)
    }
}
