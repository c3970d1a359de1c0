//! Gets the records of names, and of everything that they can depend on.

use std::{env, path::PathBuf};

use indicatif::MultiProgress;
use rattler_conda_types::{Channel as CondaChannel, PackageName, RepoDataRecord, Subdir};
use rattler_redaction::strip_url_for_serialization;
use rattler_repodata_gateway::{
    ChannelRelationsMode, Gateway, GatewayError, RepoData, RepoDataQueryOutput, Source, sparse::PackageFormatSelection,
};
use url::Url;

use super::{
    Channel, ChannelError, Place, Records,
    explain::{clean, explain, has_alternative, is_garbage, url_of},
    local,
    progress::Progress,
    remote,
};

/// The subdirs that a linux-64 environment is made from.
pub const SUBDIRS: [Subdir; 2] = [Subdir::Linux64, Subdir::NoArch];

/// How to fetch.
#[derive(Clone, Debug)]
pub struct FetchOptions {
    /// Use the cache alone, however old it is.
    pub offline: bool,
    /// Where repodata is kept; see [`cache_dir`].
    pub cache_dir: PathBuf,
    /// Where to show progress; `None` shows none.
    pub progress: Option<MultiProgress>,
}

/// The directory of the cache: `ENVLOCK_CACHE_DIR`, else `envlock` in the user's own, else in the one for temporary
/// files.
#[must_use]
pub fn cache_dir() -> PathBuf {
    match env::var_os("ENVLOCK_CACHE_DIR").filter(|directory| !directory.is_empty()) {
        Some(directory) => directory.into(),
        None => dirs::cache_dir().unwrap_or_else(env::temp_dir).join("envlock"),
    }
}

/// Gets the records for linux-64 and noarch of these names, and of every name that they can depend on, in any channel.
///
/// Where a build exists as `.conda` and as `.tar.bz2`, the `.conda` is taken. The URLs of the records are those of
/// [`Channel::url`] even where the repodata came from a mirror. Must be called in a tokio runtime.
///
/// # Errors
///
/// Fails where a channel can't be read; [`ChannelError`] says why. What isn't repodata is removed from the cache and
/// fetched once more before that.
pub async fn fetch(
    channels: &[Channel],
    names: impl IntoIterator<Item = PackageName>,
    options: &FetchOptions,
) -> Result<Records, ChannelError> {
    let names: Vec<PackageName> = names.into_iter().collect();
    let sources = open(channels).await?;
    // A server that answers nonsense to the request for shards may still have the one big file.
    let mut unsharded: Vec<Url> = Vec::new();
    loop {
        let gateway = remote::gateway(channels, &unsharded, options)?;
        let error = match ask(&gateway, &sources, &names, options).await {
            Ok(found) => return Ok(records(channels, &found)),
            Err(error) => error,
        };
        let culprit = culprit(&gateway, channels, &sources, &names, options, &error).await;
        let place = culprit.and_then(remote::place);
        if let Some(place) = place.clone().filter(|_| is_garbage(&error)) {
            remote::forget(&gateway, place, options);
        }
        match place {
            Some(place) if has_alternative(&error) && !options.offline && !unsharded.contains(&place) => {
                unsharded.push(place);
            }
            _ => return Err(explain(&error, culprit)),
        }
    }
}

/// Opens the directories, and names the others to the gateway.
async fn open(channels: &[Channel]) -> Result<Vec<Source>, ChannelError> {
    let mut sources = Vec::with_capacity(channels.len());
    for channel in channels {
        sources.push(match &channel.place {
            Place::Directory(directory) => {
                let (channel, directory) = (channel.clone(), directory.clone());
                tokio::task::spawn_blocking(move || local::open(&channel, &directory))
                    .await
                    .unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()))?
                    .into()
            }
            // The client adds the credentials; see `remote::place`.
            Place::Url(place) => CondaChannel::from_url(strip_url_for_serialization(place)).into(),
        });
    }
    Ok(sources)
}

/// Asks for names in all sources at once, since what one of them needs may be in another.
async fn ask(
    gateway: &Gateway,
    sources: &[Source],
    names: &[PackageName],
    options: &FetchOptions,
) -> Result<RepoDataQueryOutput, GatewayError> {
    let query = gateway
        .query(sources.iter().cloned(), SUBDIRS, names.iter().cloned())
        .recursive(true)
        .package_format_selection(PackageFormatSelection::PreferConda)
        .channel_relations(ChannelRelationsMode::Disabled);
    match &options.progress {
        Some(bars) => query.with_reporter(Progress::new(bars)).execute().await,
        None => query.execute().await,
    }
}

/// The channel that an error comes from. Where the error doesn't tell, each channel is asked alone.
async fn culprit<'a>(
    gateway: &Gateway,
    channels: &'a [Channel],
    sources: &[Source],
    names: &[PackageName],
    options: &FetchOptions,
    error: &GatewayError,
) -> Option<&'a Channel> {
    if let [only] = channels {
        return Some(only);
    }
    if let Some(url) = url_of(error) {
        let holds = |place: Url| clean(url).starts_with(place.as_str());
        return channels.iter().find(|channel| remote::place(channel).is_some_and(holds));
    }
    if is_garbage(error) {
        for (channel, source) in channels.iter().zip(sources) {
            if ask(gateway, std::slice::from_ref(source), names, options).await.is_err() {
                return Some(channel);
            }
        }
    }
    None
}

/// The answer as records of this project: one list for each channel, with canonical URLs.
fn records(channels: &[Channel], found: &[RepoData]) -> Records {
    // The answer has one part for each channel and subdir, in that order.
    Records::of(channels.iter().zip(found.chunks(SUBDIRS.len())).map(|(channel, parts)| {
        let parts = SUBDIRS.into_iter().zip(parts);
        parts
            .flat_map(|(subdir, part)| part.iter().filter_map(move |record| canonical(channel, subdir, record)))
            .collect()
    }))
}

/// The record with its canonical URL; `None` where it isn't for linux-64 after all.
fn canonical(channel: &Channel, subdir: Subdir, record: &RepoDataRecord) -> Option<RepoDataRecord> {
    if !SUBDIRS.iter().any(|subdir| subdir.as_str() == record.package_record.subdir) {
        return None;
    }
    let mut record = record.clone();
    if channel.is_mirrored() {
        let file = record.identifier.to_file_name();
        // A mirror's `base_url` leads to the mirror.
        record.url = channel.url.join(&format!("{subdir}/{file}")).ok()?;
        record.channel = Some(channel.url.to_string());
    }
    Some(record)
}
