//! Which channels want credentials.

use super::{Channel, ChannelError, FetchOptions, Place, SUBDIRS, server::Remote};

/// The channels whose repodata is given for credentials alone, so that whoever installs the packages needs some, too. Those
/// for which there are none were open, or couldn't have been read; what comes from a mirror says nothing of the channel.
///
/// # Errors
///
/// Fails where a server can't be asked.
pub async fn guarded<'c>(channels: &'c [Channel], options: &FetchOptions) -> Result<Vec<&'c Channel>, ChannelError> {
    let client = Remote::new(channels, options).client;
    let mut guarded = Vec::new();
    for channel in channels {
        // Keys for buckets are given in other ways.
        let is_own = matches!(&channel.place, Place::Url(url) if url.scheme() != "s3") && !channel.is_mirrored();
        if !is_own || !client.mirrors(&channel.url).is_empty() || !client.has_credentials(&channel.url).await? {
            continue;
        }
        let files = SUBDIRS.into_iter().flat_map(|subdir| {
            let names = ["repodata.json", "repodata.json.zst"];
            names.map(|name| channel.url.join(&format!("{subdir}/{name}")))
        });
        for file in files.flatten() {
            if client.is_there(&file).await? {
                if !client.is_open(&file).await? {
                    guarded.push(channel);
                }
                break;
            }
        }
    }
    Ok(guarded)
}
