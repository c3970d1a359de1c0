//! An answer that is watched while it comes: it ends in an error where it stalls, drips or takes for ever.

use std::{
    error::Error,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use reqwest::{Response, ResponseBuilderExt as _};
use thiserror::Error;
use tokio::time::{Instant, Sleep, sleep};

use super::{
    Broken,
    limits::{Limits, SLOWEST},
};
use crate::limits::Limit;

/// What took too long.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(super) enum Slow {
    #[error("nothing came for {0:?}")]
    Silent(Duration),
    #[error("less than {SLOWEST} bytes a second came for {0:?}")]
    Dripping(Duration),
    #[error("it wasn't there as a whole after {0:?}")]
    Endless(Duration),
}

/// Watches over the rest of an answer.
pub(super) fn watched(answer: Response, limits: Limits) -> Response {
    let alarm = Box::pin(sleep(limits.silence()));
    let (waited, spell) = (Duration::ZERO, Duration::ZERO);
    with_body(answer, |body| Watched { body, limits, alarm, since: None, waited, spell, bytes: 0 })
}

/// Lets no more of an answer come than it may be large, for those who read it whole.
pub(super) fn bounded(answer: Response, limit: Limit) -> Response {
    with_body(answer, |body| Bounded { body, limit, bytes: 0 })
}

/// The same answer with another body.
fn with_body<B>(answer: Response, body: impl FnOnce(reqwest::Body) -> B) -> Response
where
    B: Body<Data = Bytes, Error = Box<dyn Error + Send + Sync>> + Send + Sync + 'static,
{
    let url = answer.url().clone();
    let (mut parts, old) = ::http::Response::from(answer).into_parts();
    let known = ::http::Response::builder().url(url).body(()).map(|response| response.into_parts().0.extensions);
    parts.extensions.extend(known.unwrap_or_default());
    Response::from(::http::Response::from_parts(parts, reqwest::Body::wrap(body(old))))
}

/// Takes in all that is left of an answer.
///
/// # Errors
///
/// Where it breaks off, and where it is larger than it may be.
pub(crate) async fn whole(answer: &mut Response, limit: Limit) -> Result<Vec<u8>, Broken<io::Error>> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        body.extend_from_slice(&chunk);
        limit.check(body.len()).map_err(Broken::Final)?;
    }
    Ok(body)
}

/// What counts is the time that is waited for the server; whoever reads may take as long as they like.
struct Watched {
    body: reqwest::Body,
    limits: Limits,
    alarm: Pin<Box<Sleep>>,
    /// Since when it is waited for more.
    since: Option<Instant>,
    /// How long it was waited in all.
    waited: Duration,
    /// How long it was waited since the speed was looked at.
    spell: Duration,
    /// What has come meanwhile.
    bytes: u64,
}

impl Watched {
    /// Counts what has come, and looks whether it is enough.
    fn count(&mut self, bytes: usize) -> Result<(), Slow> {
        let waited = self.since.take().map_or(Duration::ZERO, |since| since.elapsed());
        self.waited += waited;
        self.spell += waited;
        self.bytes += bytes as u64;
        if self.waited > self.limits.whole() {
            return Err(Slow::Endless(self.limits.whole()));
        }
        if self.spell >= self.limits.silence() {
            if u128::from(SLOWEST) * self.spell.as_millis() > u128::from(self.bytes) * 1000 {
                return Err(Slow::Dripping(self.limits.silence()));
            }
            (self.spell, self.bytes) = (Duration::ZERO, 0);
        }
        Ok(())
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match Pin::new(&mut self.body).poll_frame(context) {
            Poll::Pending => {
                if self.since.is_none() {
                    let now = Instant::now();
                    let silence = self.limits.silence();
                    self.since = Some(now);
                    self.alarm.as_mut().reset(now + silence);
                }
                self.alarm.as_mut().poll(context).map(|()| Some(Err(Slow::Silent(self.limits.silence()).into())))
            }
            Poll::Ready(Some(Ok(frame))) => {
                let counted = self.count(frame.data_ref().map_or(0, Bytes::len));
                Poll::Ready(Some(counted.map(|()| frame).map_err(Into::into)))
            }
            Poll::Ready(end) => Poll::Ready(end.map(|it| it.map_err(Into::into))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What is counted while it comes.
struct Bounded {
    body: reqwest::Body,
    limit: Limit,
    bytes: usize,
}

impl Body for Bounded {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            self.bytes += frame.data_ref().map_or(0, Bytes::len);
            if let Err(error) = self.limit.check(self.bytes) {
                return Poll::Ready(Some(Err(error.into())));
            }
        }
        polled.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::REGISTRY_WORD;

    #[tokio::test]
    async fn no_more_comes_than_may() {
        for (size, is_all) in [(1 << 20, true), ((1 << 20) + 1, false)] {
            let answer = || Response::from(::http::Response::new(vec![0; size]));
            assert_eq!(whole(&mut answer(), REGISTRY_WORD).await.is_ok(), is_all);
        }
    }
}
