//! Which servers want credentials.

use std::sync::Arc;

use reqwest::header::HeaderMap;
use url::Url;

use super::{Client, Failure, Tries};
use crate::machine::Machine;

impl Client {
    /// Whether there are credentials for a URL.
    ///
    /// # Errors
    ///
    /// Where a file of credentials can't be read.
    pub(crate) async fn has_credentials(&self, url: &Url) -> Result<bool, Failure> {
        Ok(self.credentials().await?.of(url).await.is_some())
    }

    /// Whether there is something at a URL.
    ///
    /// # Errors
    ///
    /// Where there is no answer.
    pub(crate) async fn is_there(&self, url: &Url) -> Result<bool, Failure> {
        let mut tries = Tries::new(self.shared.limits);
        Ok(self.answer_of(url, &HeaderMap::new(), &mut tries).await?.status().is_success())
    }

    /// The same for whoever has no credentials.
    ///
    /// # Errors
    ///
    /// Where there is no answer.
    pub(crate) async fn is_open(&self, url: &Url) -> Result<bool, Failure> {
        let machine = Machine { network: self.shared.machine.network.clone(), ..Machine::default() };
        let stranger = Self::new(Vec::new(), &Arc::new(machine), self.shared.limits, self.shared.progress.clone());
        stranger.is_there(url).await
    }
}
