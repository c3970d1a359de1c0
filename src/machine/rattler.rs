//! `config.toml` of pixi and of other programs that are made with rattler.
//!
//! Read by hand, not with `rattler_config`: that brings a solver along and pins the versions of all of rattler, for the few
//! keys that matter here. Source of the places and the keys: that crate.

use std::{collections::BTreeMap, path::PathBuf};

use serde::Deserialize;
use url::Url;

use super::{ConfiguredProxy, Machine, Mirror, ProxyScope, S3Bucket, Surroundings};
use crate::base::credentials::without_secrets;

/// The keys that matter.
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Config {
    authentication_override_file: Option<PathBuf>,
    tls_no_verify: Option<bool>,
    mirrors: BTreeMap<Url, Vec<Url>>,
    #[serde(rename = "proxy-config")]
    proxies: ConfigProxies,
    s3_options: BTreeMap<String, S3Options>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct S3Options {
    endpoint_url: Option<Url>,
    region: Option<String>,
    addressing_style: Option<AddressingStyle>,
    force_path_style: Option<bool>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum AddressingStyle {
    Path,
    VirtualHost,
}

impl From<S3Options> for S3Bucket {
    fn from(options: S3Options) -> Self {
        let style = options.addressing_style.map(|style| style == AddressingStyle::Path);
        let is_path_style = style.or(options.force_path_style);
        Self { endpoint: options.endpoint_url, region: options.region, is_path_style }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ConfigProxies {
    https: Option<Url>,
    http: Option<Url>,
}

/// Takes what the files have; later ones count more.
pub(super) fn read(around: &Surroundings, machine: &mut Machine) {
    let mut mirrors = BTreeMap::new();
    let mut proxies = BTreeMap::new();
    let mut auth_file = None;
    for path in places(around) {
        let Some(text) = around.read(&path, machine) else { continue };
        let shown = around.shown(&path);
        let config: Config = match toml::from_str(&text) {
            Ok(config) => config,
            Err(error) => {
                let start = error.span().map_or(0, |span| span.start);
                let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
                machine.notes.push(format!("{shown}:{line} is passed over: {}", without_secrets(error.message())));
                continue;
            }
        };
        for (of, places) in config.mirrors {
            machine.take(&format!("{} is fetched from {}", clean(&of), all(&places)), &shown);
            mirrors.insert(of, places);
        }
        for (scheme, proxy) in [("https", config.proxies.https), ("http", config.proxies.http)] {
            if let Some(proxy) = proxy {
                machine.take(&format!("the proxy for {scheme} is {}", clean(&proxy)), &shown);
                proxies.insert(scheme, proxy);
            }
        }
        for (bucket, options) in config.s3_options {
            machine.take(&format!("the server of the bucket {bucket}"), &shown);
            machine.buckets.insert(bucket, options.into());
        }
        if let Some(file) = config.authentication_override_file {
            machine.take(&format!("credentials are in {}", around.shown(&file)), &shown);
            auth_file = Some(file);
        }
        if config.tls_no_verify == Some(true) {
            machine.notes.push(super::condarc::unverified(&format!("`tls-no-verify` of {shown}")));
        }
    }
    machine.mirrors.extend(mirrors.into_iter().map(|(of, places)| Mirror::new(&of, places)));
    machine.auth_files.extend(auth_file);
    if machine.network.proxies.is_empty() {
        let proxy = |(scheme, url): (&str, Url)| ConfiguredProxy { scope: ProxyScope::of(scheme), url };
        machine.network.proxies.extend(proxies.into_iter().map(proxy));
    }
}

/// Where the files may be, the one that counts most last.
fn places(around: &Surroundings) -> Vec<PathBuf> {
    let etc = around.root.as_ref().map(|root| root.join("etc"));
    let mut directories = Vec::new();
    directories.extend(etc.iter().flat_map(|etc| [etc.join("rattler"), etc.join("pixi")]));
    directories.extend(around.config.as_ref().map(|config| config.join("rattler")));
    directories.extend(around.path("RATTLER_HOME"));
    directories.extend(around.config.as_ref().map(|config| config.join("pixi")));
    directories.extend(around.path("PIXI_HOME").or_else(|| around.home(".pixi")));
    directories.into_iter().map(|directory| directory.join("config.toml")).collect()
}

fn clean(url: &Url) -> String {
    without_secrets(url.as_str())
}

fn all(urls: &[Url]) -> String {
    urls.iter().map(clean).collect::<Vec<_>>().join(", ")
}
