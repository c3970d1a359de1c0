//! Channels that are directories.

use std::{
    fs::{self, File, Metadata},
    io::{self, Read},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{
    ChannelError, SUBDIRS,
    cache::Cache,
    made::RepodataForm,
    splitter::{Trouble, cut},
    store::Store,
};
use crate::progress::{Progress, Task};

/// A file that was changed so shortly ago may change again without that its time tells: some file systems count in
/// steps of two seconds.
const UNSETTLED: Duration = Duration::from_secs(2);

/// Whether a directory holds a channel.
pub(super) fn is_channel(directory: &Path) -> bool {
    SUBDIRS.iter().any(|subdir| repodata_file(&directory.join(subdir.as_str())).is_some())
}

/// The error that a directory has neither linux-64 nor noarch.
pub(super) fn not_a_channel(directory: &Path) -> ChannelError {
    let is_subdir = repodata_file(directory).is_some();
    let help = if is_subdir {
        "this looks like one subdir of a channel: give the directory above it, which is the channel's root"
    } else {
        "give the directory that holds linux-64 and noarch; `conda index` (of conda-index) writes their repodata"
    };
    ChannelError::NotAChannel { path: directory.display().to_string(), help: help.to_owned() }
}

/// Opens one subdir of a channel. Where it isn't there, it has nothing in it.
///
/// # Errors
///
/// Fails where it can't be read, or is not repodata.
pub(super) fn open_subdir(
    directory: &Path,
    subdir: &str,
    cache: &Cache,
    progress: &Progress,
) -> Result<Store, ChannelError> {
    let subdir_path = directory.join(subdir);
    let Some(path) = repodata_file(&subdir_path) else {
        return Store::missing(&Cache::none(), &subdir_path.display().to_string());
    };
    let unreadable = |reason| ChannelError::Files { what: format!("`{}` can't be read", path.display()), reason };
    let metadata = fs::metadata(&path).map_err(unreadable)?;
    let form = RepodataForm::Local { modified: settled(&metadata), size: metadata.len() };
    let of = path.display().to_string();
    let is_settled = !matches!(form, RepodataForm::Local { modified: None, .. });
    let known = cache.subdir(&of).and_then(Store::new);
    if let Some(known) = known.filter(|known| is_settled && known.made.of == of && known.made.form == form) {
        return Ok(known);
    }
    let read = |cache: &Cache| -> Result<_, ChannelError> {
        let task = progress.begin(Some(metadata.len()));
        let file = CountedRead { file: File::open(&path).map_err(unreadable)?, task };
        let is_compressed = path.extension().is_some_and(|extension| extension == "zst");
        let cut = cut(file, is_compressed, subdir).map_err(|trouble| match trouble {
            // The system's errors have a code; those of a parser have none.
            Trouble::Read(error) if error.raw_os_error().is_some() => unreadable(error),
            trouble => ChannelError::Garbage {
                channel: of.clone(),
                reason: trouble.to_string(),
                help: "write it again with `conda index` (of conda-index), or copy it again",
            },
        })?;
        Ok(cut.keep(cache, &of, form.clone()))
    };
    match read(cache)? {
        Ok(store) => Ok(store),
        // A full disk; memory may have room.
        Err(_) => read(&Cache::none())?.map_err(unreadable),
    }
}

/// When a file was last changed, in nanoseconds since 1970; `None` where it may still be changing.
fn settled(metadata: &Metadata) -> Option<u64> {
    let modified = metadata.modified().ok()?;
    if SystemTime::now().duration_since(modified).is_ok_and(|age| age < UNSETTLED) {
        return None;
    }
    u64::try_from(modified.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}

/// The repodata in the directory of a subdir.
fn repodata_file(subdir: &Path) -> Option<PathBuf> {
    ["repodata.json", "repodata.json.zst"].map(|name| subdir.join(name)).into_iter().find(|file| file.is_file())
}

/// A file that says how much of it was read.
struct CountedRead {
    file: File,
    task: Task,
}

impl Read for CountedRead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.task.add(count);
        Ok(count)
    }
}
