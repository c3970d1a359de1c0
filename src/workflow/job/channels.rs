//! The channels of one environment.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use miette::{IntoDiagnostic, WrapErr};
use rattler_conda_types::PackageName;

use crate::{
    channel::{self, Asked, Channel, ChannelError, FetchOptions, Fetched, Records, Selection},
    environment::Environment,
    intent::{Intent, Os},
    machine::{ChannelNames, Machine},
    progress::Events,
    project::Options,
};

/// The channels of the options, else those of the file, of which lines may name some. Relative directories start where they
/// are written.
pub(super) fn channels(
    options: &Options,
    environment: &Environment,
    file: &Path,
    names: &ChannelNames,
) -> miette::Result<Selection> {
    let here = std::env::current_dir().into_diagnostic().wrap_err("there is no current directory")?;
    let said = &options.channels;
    let written = if said.is_empty() { file.parent() } else { options.channel_base.as_deref() };
    let base = here.join(written.unwrap_or(Path::new("")));
    let mut selection = channel::select(said, &environment.channels_to_ask(), &base, names)?;
    if !said.is_empty() {
        let is_asked = |named: &&str| selection.channels.iter().any(|channel| channel.is(named));
        let unasked: Vec<&str> = environment.channels_of_lines().into_iter().filter(|named| !is_asked(named)).collect();
        selection.notes.extend(unasked.into_iter().map(|named| {
            format!("lines name the channel {named}, which isn't asked: their packages come from others, where these have them")
        }));
    }
    Ok(selection)
}

/// Fetches what the channels have of these packages, and of all that they need.
pub(in crate::workflow) async fn fetch(
    channels: &[Channel],
    asked: BTreeSet<Asked>,
    options: &Options,
    machine: &Arc<Machine>,
    events: &Arc<dyn Events>,
) -> Result<Fetched, ChannelError> {
    channel::fetch(channels, asked, &fetch_options(options, machine, events)).await
}

/// How the channels are asked.
pub(super) fn fetch_options(options: &Options, machine: &Arc<Machine>, events: &Arc<dyn Events>) -> FetchOptions {
    FetchOptions {
        offline: options.is_offline(),
        cache_dir: channel::cache_dir(),
        limits: options.limits(&machine.network),
        machine: Arc::clone(machine),
        events: Arc::clone(events),
    }
}

/// For which other platforms the channels have what they don't have for linux-64.
pub(super) fn elsewhere(channels: &[Channel], intent: &Intent, records: &Records) -> BTreeMap<PackageName, Vec<Os>> {
    let missing: Vec<PackageName> = intent
        .pins
        .iter()
        .map(|pin| &pin.name)
        .filter(|name| records.get(name.as_normalized()).is_empty())
        .cloned()
        .collect();
    channel::subdirs_elsewhere(channels, &missing, &channel::cache_dir())
        .into_iter()
        .map(|(name, subdirs)| {
            let mut platforms: Vec<Os> = subdirs.iter().filter_map(|subdir| Os::of_subdir(subdir)).collect();
            platforms.sort_unstable();
            platforms.dedup();
            (name, platforms)
        })
        .filter(|(_, platforms)| !platforms.is_empty())
        .collect()
}
