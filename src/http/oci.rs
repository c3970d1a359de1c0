//! `oci://registry/…/channel`: conda packages in a registry of images, by rattler's middleware.
//!
//! The middleware asks every registry by https at its usual port. Where a registry has another port, what it asks for is
//! sent there; one of this machine is asked by http, as for images.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use rattler_networking::{
    Authentication, AuthenticationStorage, OciMiddleware, authentication_storage::backends::memory::MemoryStorage,
};
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};
use url::Url;

use super::{body::bounded, is_this_machine, tries::server};
use crate::limits::IMAGE_MANIFEST;

/// The registries that were asked, each with what was learned of how it wants to be asked.
#[derive(Default)]
pub(super) struct Registries(Mutex<HashMap<String, ClientWithMiddleware>>);

impl Registries {
    /// What a registry is asked with.
    pub(super) fn client(
        &self,
        url: &Url,
        client: &reqwest::Client,
        credentials: Option<Authentication>,
    ) -> ClientWithMiddleware {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(server(url)).or_insert_with(|| registry(url, client, credentials)).clone()
    }
}

fn registry(url: &Url, client: &reqwest::Client, credentials: Option<Authentication>) -> ClientWithMiddleware {
    let host = url.host_str().unwrap_or_default().to_owned();
    let mut storage = AuthenticationStorage::empty();
    storage.add_backend(std::sync::Arc::new(MemoryStorage::new()));
    if let Some(credentials) = credentials {
        // It is kept in memory, which can't fail.
        _ = storage.store(&host, &credentials);
    }
    let is_plain = url.port().is_some() && is_this_machine(&host);
    let place = RegistryPlace { host, port: url.port(), is_plain };
    let inner = ClientBuilder::new(client.clone()).with(BoundedAnswers).with(place.clone()).build();
    let oci = OciMiddleware::new(inner).with_authentication_storage(storage);
    ClientBuilder::new(client.clone()).with(oci).with(place).build()
}

/// Where a registry is.
#[derive(Clone)]
struct RegistryPlace {
    host: String,
    port: Option<u16>,
    is_plain: bool,
}

#[async_trait::async_trait]
impl Middleware for RegistryPlace {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut ::http::Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let url = request.url_mut();
        if url.scheme() == "https" && url.host_str() == Some(&self.host) && url.port().is_none() {
            _ = url.set_port(self.port);
            if self.is_plain {
                _ = url.set_scheme("http");
            }
        }
        next.run(request, extensions).await
    }
}

/// Bounds what the middleware reads by itself, which is tokens and manifests: it reads all of them.
struct BoundedAnswers;

#[async_trait::async_trait]
impl Middleware for BoundedAnswers {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut ::http::Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        Ok(bounded(next.run(request, extensions).await?, IMAGE_MANIFEST))
    }
}
