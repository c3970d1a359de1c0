//! Channels that are directories.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rattler_conda_types::Channel as CondaChannel;
use rattler_repodata_gateway::sparse::SparseRepoData;

use super::{Channel, ChannelError, SUBDIRS};

/// Whether a directory holds a channel.
pub(super) fn is_channel(directory: &Path) -> bool {
    SUBDIRS.iter().any(|subdir| repodata_file(&directory.join(subdir.as_str())).is_some())
}

/// Opens linux-64 and noarch of a channel; one of them may be missing.
///
/// # Errors
///
/// Fails where both are missing, and where one is not repodata.
pub(super) fn open(channel: &Channel, directory: &Path) -> Result<Vec<Arc<SparseRepoData>>, ChannelError> {
    // One thread each: decompressing and indexing take most of the time of a warm run.
    let subdirs = std::thread::scope(|scope| {
        SUBDIRS
            .map(|subdir| scope.spawn(move || open_subdir(channel, directory, subdir.as_str())))
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let found = subdirs.into_iter().filter_map(Result::transpose).collect::<Result<Vec<_>, _>>()?;
    if found.is_empty() {
        let is_subdir = repodata_file(directory).is_some();
        let help = if is_subdir {
            "this looks like one subdir of a channel: give the directory above it, which is the channel's root"
        } else {
            "give the directory that holds linux-64 and noarch; `conda index` (of conda-index) writes their repodata"
        };
        return Err(ChannelError::NotAChannel { path: directory.display().to_string(), help: help.to_owned() });
    }
    Ok(found.into_iter().map(Arc::new).collect())
}

/// Opens one subdir of a channel; `None` where it isn't there.
pub(super) fn open_subdir(
    channel: &Channel,
    directory: &Path,
    subdir: &str,
) -> Result<Option<SparseRepoData>, ChannelError> {
    let Some(file) = repodata_file(&directory.join(subdir)) else { return Ok(None) };
    // Package URLs are made from the URL of this channel, so they are canonical for a mirror, too.
    let channel = CondaChannel::from_url(channel.url.clone());
    let opened = if file.extension().is_some_and(|extension| extension == "zst") {
        File::open(&file)
            .and_then(zstd::decode_all)
            .and_then(|json| SparseRepoData::from_bytes(channel, subdir, json.into(), None).map_err(io::Error::from))
    } else {
        SparseRepoData::from_file(channel, subdir, &file, None)
    };
    opened.map(Some).map_err(|error| {
        let path = file.display().to_string();
        // The system's errors have a code; those of a parser have none.
        if error.raw_os_error().is_some() {
            ChannelError::Files { what: format!("`{path}` can't be read"), reason: error }
        } else {
            ChannelError::Garbage {
                channel: path,
                reason: error.to_string(),
                help: "write it again with `conda index` (of conda-index), or copy it again",
            }
        }
    })
}

/// The repodata in the directory of a subdir.
fn repodata_file(subdir: &Path) -> Option<PathBuf> {
    ["repodata.json", "repodata.json.zst"].map(|name| subdir.join(name)).into_iter().find(|file| file.is_file())
}
