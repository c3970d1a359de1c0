//! Which servers want credentials.

use reqwest::header::HeaderMap;
use url::Url;

use super::{Client, Failure, Tries};

impl Client {
    /// Whether there are credentials for a URL.
    ///
    /// # Errors
    ///
    /// Where a file of credentials can't be read.
    pub(crate) async fn has_credentials(&self, url: &Url) -> Result<bool, Failure> {
        Ok(self.credentials_for(url).await?.is_some())
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
        let Self { shared } = self;
        let network = shared.machine.network.clone();
        Self::without_credentials(network, shared.limits, shared.progress.clone()).is_there(url).await
    }
}
