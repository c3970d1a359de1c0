//! The same for rattler, which fetches packages by itself, and begins anew where one breaks off.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::SystemTime,
};

use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, Middleware, Next};
use reqwest_retry::{RetryDecision, RetryPolicy};

use super::{
    Client, Tries,
    body::watched,
    connect::client,
    failure::Failure,
    limits::{OF_A_TIMEOUT, RETRIES, pause},
};

/// How often a package that breaks off is begun anew.
#[derive(Clone, Default)]
pub(crate) struct Again {
    /// How many times it took too long.
    late: Arc<AtomicU32>,
}

impl RetryPolicy for Again {
    fn should_retry(&self, _: SystemTime, failures: u32) -> RetryDecision {
        let late = self.late.load(Ordering::Relaxed);
        if failures + late * (OF_A_TIMEOUT - 1) > RETRIES {
            return RetryDecision::DoNotRetry;
        }
        RetryDecision::Retry { execute_after: SystemTime::now() + pause(failures) }
    }
}

impl Client {
    /// What a package is fetched with, and when that begins anew.
    ///
    /// # Errors
    ///
    /// Where no client can be made.
    pub(crate) fn for_package(&self) -> Result<(ClientWithMiddleware, Again), Failure> {
        let again = Again::default();
        let sends = Sends { client: self.clone(), again: again.clone() };
        // It sends nothing itself.
        let idle = client(self.shared.limits, true, &self.shared.machine.network)?;
        Ok((ClientBuilder::new(idle).with(sends).build(), again))
    }
}

/// Sends what rattler asks for.
struct Sends {
    client: Client,
    again: Again,
}

#[async_trait::async_trait]
impl Middleware for Sends {
    async fn handle(
        &self,
        request: Request,
        _: &mut ::http::Extensions,
        _: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let limits = self.client.shared.limits;
        let answer = self.client.answer(request.url(), request.headers(), &mut Tries::new(limits)).await;
        let answer = answer.map_err(Error::middleware)?;
        Ok(watched(answer, limits, Arc::clone(&self.again.late)))
    }
}
