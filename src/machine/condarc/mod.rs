//! `.condarc`: what conda and micromamba are told, as far as it concerns where packages come from.
//!
//! Source of the places and the keys: `conda/base/context.py` of <https://github.com/conda/conda>, and for
//! `mirrored_channels` `libmamba/src/api/configuration.cpp` of <https://github.com/mamba-org/mamba>.

mod said;
#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde_yaml::Value;
use url::Url;

use self::said::{Said, Settings};
use super::{Bundle, ConfiguredProxy, Machine, Mirror, PUBLIC, ProxyScope, Surroundings};
use crate::base::credentials::without_secrets;

/// Variables that stand for proxies, and come before what is configured.
const PROXIES: [&str; 6] = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Takes what the files have; later ones count more.
pub(super) fn read(around: &Surroundings, machine: &mut Machine) {
    let settings = Settings::read(around, &places(around), machine);
    names(&settings, machine);
    mirrors(&settings, machine);
    certificates(&settings, around, machine);
    proxies(&settings, around, machine);
    waits(&settings, machine);
    machine.environments = settings.lists("envs_dirs").iter().map(|text| around.user_path(text)).collect();
    for (channel, handler, at) in settings.handlers() {
        machine.taken.push(format!(
            "{channel} is left as it is: its `auth: {handler}` is a plugin of conda's, which envlock doesn't have ({at})"
        ));
    }
}

/// The note that an order to trust anybody isn't followed.
pub(super) fn unverified(what: &str) -> String {
    format!(
        "{what} is not followed: the hashes in a lock come from the channels, so whoever could stand in for one could put \
         anything into the image; `ssl_verify` in .condarc may name a file of certificates to trust"
    )
}

/// The files, the one that counts most last.
fn places(around: &Surroundings) -> Vec<PathBuf> {
    let system = ["etc/conda", "var/lib/conda"].map(|path| around.root.as_ref().map(|root| root.join(path)));
    let directories = system.into_iter().chain([
        around.path("CONDA_ROOT"),
        around.path("MAMBA_ROOT_PREFIX"),
        around.path("XDG_CONFIG_HOME").map(|config| config.join("conda")),
        around.home(".config/conda"),
        around.home(".conda"),
    ]);
    let mut files: Vec<PathBuf> = directories.flatten().flat_map(|directory| in_directory(&directory)).collect();
    files.extend([around.home(".condarc"), around.home(".mambarc")].into_iter().flatten());
    files.extend(around.path("CONDA_PREFIX").into_iter().flat_map(|prefix| in_directory(&prefix)));
    files.extend(around.path("CONDARC"));
    files.extend(around.path("MAMBARC"));
    // $XDG_CONFIG_HOME is ~/.config as a rule. What is read again later counts as that.
    let last = |(index, file): (usize, &PathBuf)| !files.iter().skip(index + 1).any(|later| later == file);
    files.iter().enumerate().filter(|it| last(*it)).map(|(_, file)| file.clone()).collect()
}

fn in_directory(directory: &Path) -> Vec<PathBuf> {
    let mut files = vec![directory.join(".condarc"), directory.join("condarc")];
    files.extend(Surroundings::listed(&directory.join("condarc.d"), &["yml", "yaml"]));
    files
}

fn names(settings: &Settings, machine: &mut Machine) {
    if let Some(Said { value, at }) = settings.last_text("channel_alias") {
        machine.take(&format!("names of channels are below {}", without_secrets(&value)), &at);
        machine.names.alias = Some(value);
    }
    for (name, Said { value, at }) in settings.map("custom_channels") {
        let Value::String(base) = value else { continue };
        machine.take(&format!("the channel {name} is below {}", without_secrets(&base)), &at);
        machine.names.custom.insert(name, base);
    }
    for (name, Said { value, at }) in settings.map("custom_multichannels") {
        let channels = said::texts(&value);
        machine.take(&format!("the channel {name} stands for {}", without_secrets(&channels.join(", "))), &at);
        machine.names.several.insert(name, channels);
    }
    if let Some(Said { value, at }) = settings.last("default_channels") {
        let channels = said::texts(&value);
        machine.take(&format!("defaults stands for {}", without_secrets(&channels.join(", "))), &at);
        machine.names.several.insert("defaults".to_owned(), channels);
    }
}

/// `mirrored_channels` of micromamba. It asks such channels always; here they are mirrors of channels that are asked.
fn mirrors(settings: &Settings, machine: &mut Machine) {
    for (name, Said { value, at }) in settings.map("mirrored_channels") {
        let own = machine.names.custom(&name).or_else(|| machine.names.aliased(&name));
        let own = Url::parse(&own.unwrap_or_else(|| format!("{PUBLIC}{name}")));
        let texts = said::texts(&value);
        let places: Vec<Url> = texts.iter().filter_map(|text| Url::parse(text).ok()).collect();
        if places.len() < texts.len() {
            machine.notes.push(format!("{at}: not every mirror of {name} is a URL, and the others are passed over"));
        }
        let (Ok(own), false) = (own, places.is_empty()) else { continue };
        machine.take(&format!("{name} is fetched from {}", without_secrets(&texts.join(", "))), &at);
        machine.mirrors.push(Mirror::new(&own, places));
    }
}

fn certificates(settings: &Settings, around: &Surroundings, machine: &mut Machine) {
    let Some(Said { value, at }) = settings.last_text("ssl_verify") else { return };
    match value.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "<system>" | "truststore" => {}
        "false" | "no" | "off" | "0" | "<false>" => {
            machine.notes.push(unverified(&format!("`ssl_verify: false` ({at})")));
        }
        _ => {
            let path = around.user_path(&value);
            machine.take(&format!("the certificates in {value} are trusted"), &at);
            machine.network.certificates = Some(Bundle { path, said: at });
        }
    }
}

fn proxies(settings: &Settings, around: &Surroundings, machine: &mut Machine) {
    let by_variable = PROXIES.into_iter().find(|name| around.text(name).is_some());
    let mut proxies = Vec::new();
    for (key, Said { value, at }) in settings.map("proxy_servers") {
        let Value::String(text) = value else { continue };
        if let Some(variable) = by_variable {
            machine.take(&format!("the proxy for {key} is left as it is, since {variable} is set"), &at);
            continue;
        }
        // As curl has it, a proxy without a scheme is asked by http.
        let text = if text.contains("://") { text } else { format!("http://{text}") };
        match Url::parse(&text) {
            Ok(url) => {
                machine.take(&format!("the proxy for {key} is {}", without_secrets(url.as_str())), &at);
                proxies.push(ConfiguredProxy { scope: ProxyScope::of(&key), url });
            }
            Err(_) => machine.notes.push(format!("{at}: the proxy for {key} is passed over, as it is no URL")),
        }
    }
    // The nearer comes first.
    proxies.sort_by_key(|proxy| match proxy.scope {
        ProxyScope::Host { .. } => 0,
        ProxyScope::Scheme(_) => 1,
        ProxyScope::All => 2,
    });
    machine.network.proxies = proxies;
}

fn waits(settings: &Settings, machine: &mut Machine) {
    for (key, what) in [
        ("remote_connect_timeout_secs", "a connection may take"),
        ("remote_read_timeout_secs", "a server may send nothing for"),
    ] {
        let Some(Said { value, at }) = settings.last_text(key) else { continue };
        let wait = value.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let Some(wait) = wait.filter(|wait| !wait.is_zero()) else {
            machine.notes.push(format!("{at}: `{key}` is passed over, as it is no number of seconds"));
            continue;
        };
        machine.take(&format!("{what} {value} s, unless --timeout is given"), &at);
        if key.contains("connect") { machine.network.connect = Some(wait) } else { machine.network.read = Some(wait) }
    }
}
