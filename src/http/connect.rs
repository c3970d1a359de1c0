//! How servers are reached: by which proxies, and trusting which certificates.

use std::{fs, io};

use reqwest::{Certificate, NoProxy, Proxy, redirect::Policy};
use url::Url;

use super::{
    USER_AGENT,
    failure::{Failure, innermost},
    limits::Limits,
};
use crate::{
    limits::INPUT,
    machine::{Bundle, ConfiguredProxy, Network, ProxyScope},
};

/// A client that follows nothing by itself, and tells nobody where it comes from.
pub(super) fn client(limits: Limits, is_plain: bool, network: &Network) -> Result<reqwest::Client, Failure> {
    // The program has installed one already; a test or another caller of the library may not have.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(limits.connect())
        .redirect(Policy::none())
        .referer(false);
    // The first that fits counts.
    for configured in &network.proxies {
        builder = builder.proxy(proxy(configured).map_err(|error| Failure::Setup(innermost(&error)))?);
    }
    builder = match &network.certificates {
        _ if is_plain => builder.tls_certs_only([]),
        Some(bundle) => builder.tls_certs_only(certificates(bundle)?),
        None => builder,
    };
    builder.build().map_err(|error| Failure::Setup(innermost(&error)))
}

/// What requests are sent by. Hosts of `NO_PROXY` have none, unless one is configured for them alone.
fn proxy(configured: &ConfiguredProxy) -> reqwest::Result<Proxy> {
    let (scope, url) = (configured.scope.clone(), configured.url.clone());
    let proxy = match &scope {
        ProxyScope::All => Proxy::all(url)?,
        ProxyScope::Scheme(scheme) if scheme == "https" => Proxy::https(url)?,
        ProxyScope::Scheme(scheme) if scheme == "http" => Proxy::http(url)?,
        // reqwest asks a function for each host, whatever `NO_PROXY` says.
        _ => Proxy::custom(move |of: &Url| scope.is_for(of).then(|| url.clone())),
    };
    Ok(proxy.no_proxy(NoProxy::from_env()))
}

/// The certificates of a file, or of the files of a directory.
fn certificates(bundle: &Bundle) -> Result<Vec<Certificate>, Failure> {
    let Bundle { path, said } = bundle;
    let fail =
        |why: String| Failure::Setup(format!("the certificates in {} ({said}) can't be used: {why}", path.display()));
    let unread = |error: io::Error| fail(error.to_string());
    let read = |text: Vec<u8>| Certificate::from_pem_bundle(&text).map_err(|error| fail(innermost(&error)));
    let found = if path.is_dir() {
        let mut found = Vec::new();
        for entry in fs::read_dir(path).map_err(unread)? {
            let file = entry.map_err(unread)?.path();
            if file.is_file() {
                // Others may lie there, too.
                found.extend(INPUT.read(&file).ok().and_then(|text| read(text).ok()).unwrap_or_default());
            }
        }
        found
    } else {
        read(INPUT.read(path).map_err(unread)?)?
    };
    if found.is_empty() { Err(fail("there are none in it".to_owned())) } else { Ok(found) }
}
