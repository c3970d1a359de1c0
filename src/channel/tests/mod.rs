//! Tests of channels as a whole, with directories and a server made here.

mod alike;
mod answers;
mod directories;
mod freshness;
mod gateway;
mod keeping;
mod named;
mod related;
mod selection;
mod servers;
mod shards;
mod site;

use std::{fs, path::Path, sync::Arc};

use rattler_conda_types::{PackageName, RepoDataRecord};

use super::{Channel, ChannelError, FetchOptions, Records, fetch, select};
use crate::{machine::ChannelNames, progress::Silent};

/// Repodata of one subdir. Each package is `(file name, dependencies)`.
fn repodata(subdir: &str, packages: &[(&str, &[&str])]) -> String {
    let section = |extension: &str| -> serde_json::Map<String, serde_json::Value> {
        let files = packages.iter().filter(|(file, _)| file.ends_with(extension));
        files
            .map(|(file, depends)| {
                let mut parts = file.trim_end_matches(extension).rsplitn(3, '-');
                let (build, version, name) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
                let record = serde_json::json!({
                    "name": name, "version": version, "build": build, "build_number": 0,
                    "depends": depends, "subdir": subdir, "md5": "d41d8cd98f00b204e9800998ecf8427e",
                });
                ((*file).to_owned(), record)
            })
            .collect()
    };
    serde_json::json!({
        "info": {"subdir": subdir}, "packages": section(".tar.bz2"), "packages.conda": section(".conda"),
        "repodata_version": 1,
    })
    .to_string()
}

/// Writes `repodata.json` of a subdir.
fn write_json(channel: &Path, subdir: &str, json: &str) {
    fs::create_dir_all(channel.join(subdir)).unwrap();
    fs::write(channel.join(subdir).join("repodata.json"), json).unwrap();
}

/// Writes `repodata.json.zst` of a subdir.
fn write_zst(channel: &Path, subdir: &str, json: &str) {
    fs::create_dir_all(channel.join(subdir)).unwrap();
    fs::write(channel.join(subdir).join("repodata.json.zst"), zstd::encode_all(json.as_bytes(), 3).unwrap()).unwrap();
}

/// The channels that options choose, seen from a directory.
fn chosen(options: &[&str], base: &Path) -> Vec<Channel> {
    let options: Vec<String> = options.iter().map(ToString::to_string).collect();
    select(&options, &[], base, &ChannelNames::default()).unwrap().channels
}

fn names(names: &[&str]) -> Vec<PackageName> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

/// The records as the servers have them in the end.
async fn fetch_into(
    cache: &Path,
    channels: &[Channel],
    wanted: &[&str],
    offline: bool,
) -> Result<Records, ChannelError> {
    let mut fetched = fetch(channels, names(wanted), &options(cache, offline)).await?;
    let records = fetched.records().clone();
    Ok(fetched.renewed().await?.unwrap_or(records))
}

fn options(cache: &Path, offline: bool) -> FetchOptions {
    FetchOptions {
        offline,
        cache_dir: cache.to_owned(),
        limits: crate::http::Limits::default(),
        machine: Arc::default(),
        events: Arc::new(Silent),
    }
}

/// Runs a test in a runtime.
fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(test)
}

/// All records.
fn whole(records: &Records) -> Vec<RepoDataRecord> {
    records.iter().flat_map(|(name, _)| records.whole(name)).collect()
}

/// The URLs of all records.
fn urls(records: &Records) -> Vec<String> {
    whole(records).iter().map(|record| record.url.to_string()).collect()
}

/// An error as a person sees it, with its help.
fn shown(error: &ChannelError) -> String {
    let help = miette::Diagnostic::help(error).map(|help| help.to_string()).unwrap_or_default();
    format!("{error}\n{help}")
}
