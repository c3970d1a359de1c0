//! Which channels to ask, and in what order.

use std::{
    fs,
    path::{Path, PathBuf},
};

use url::Url;

use super::{
    Channel, ChannelError, Place,
    address::{self, Address, named},
    named::{alias_of, meant},
};
use crate::{base::credentials::stripped, machine::ChannelNames, words::and};

/// The channels to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The channels, the one with the highest priority first.
    pub channels: Vec<Channel>,
    /// What was replaced or left out, each as a sentence without a full stop.
    pub notes: Vec<String>,
}

impl Selection {
    /// Adds a channel, unless it is there already.
    fn add(&mut self, channel: Channel) {
        match self.channels.iter().find(|known| known.url == channel.url) {
            None => self.channels.push(channel),
            Some(known) if known.place != channel.place => {
                self.notes.push(format!("the channel {} is given twice, and the first place is taken", channel.name));
            }
            Some(_) => {}
        }
    }
}

/// Chooses the channels: those of `--channel` alone, in their order, or else conda-forge and then the channels of the
/// environment file other than Anaconda's, which conda-forge replaces.
///
/// An option is a name (`conda-forge`, `conda-forge/label/broken`), a URL (http, https, file), a directory, or
/// `NAME=PLACE`: the repodata comes from the URL or directory `PLACE`, while lock and package URLs speak of the public
/// channel `NAME`. Relative paths start at `base`.
///
/// A channel of the file that means nothing on this machine (a directory of another machine, `local`, `pypi`) is left
/// out with a note. A name means what it means on this machine, and else what it means everywhere.
///
/// # Errors
///
/// Fails where an option names a directory that isn't there, or is no channel at all.
pub fn select(
    options: &[String],
    environment_channels: &[String],
    base: &Path,
    names: &ChannelNames,
) -> Result<Selection, ChannelError> {
    let mut selection = if options.is_empty() {
        by_default(environment_channels, base, names)
    } else {
        by_option(options, base, names)?
    };
    for channel in &mut selection.channels {
        channel.alias = alias_of(&channel.url, names);
    }
    Ok(selection)
}

/// The URL of a channel as a lock names it, which is an option that means it and nothing else.
#[must_use]
pub fn url_of(name: &str) -> String {
    let is_url = name.contains("://");
    let named = || named(name).map(|channel| channel.url.as_str().trim_end_matches('/').to_owned());
    if is_url { name.to_owned() } else { named().unwrap_or_else(|| name.to_owned()) }
}

/// The option that takes a channel's repodata from where it is taken now; `None` where that is the channel itself, or the
/// place has credentials.
#[must_use]
pub fn with_place(channel: &Channel) -> Option<String> {
    let place = match &channel.place {
        Place::Url(url) if stripped(url) == *url => url.to_string(),
        Place::Url(_) => return None,
        Place::Directory(directory) => directory.to_str()?.to_owned(),
    };
    let name = match &channel.alias {
        Some(alias) => alias,
        // Anaconda's channels have a URL for a name.
        None if channel.name.contains("://") => channel.url.path().trim_matches('/'),
        None => &channel.name,
    };
    channel.is_mirrored().then(|| format!("{name}={place}"))
}

fn by_option(options: &[String], base: &Path, names: &ChannelNames) -> Result<Selection, ChannelError> {
    let mut selection = Selection::default();
    for option in options {
        let option = option.trim();
        let channels = match split_mirror(option, names) {
            Some((mut channel, place)) => {
                channel.place = match address::read(place) {
                    Address::Url(url) => at_url(place, &url)?.place,
                    Address::File(path) => Place::Directory(existing(&path, base)?),
                    Address::Path | Address::Name => Place::Directory(existing(Path::new(place), base)?),
                    Address::Other => {
                        return Err(ChannelError::bad(place, "only http, https, s3, oci and file URLs work"));
                    }
                };
                vec![channel]
            }
            None => option_channels(option, base, names, &mut selection.notes)?,
        };
        for channel in channels {
            selection.add(channel);
        }
    }
    Ok(selection)
}

/// Takes `NAME=PLACE` apart; `None` where the part before `=` is no name.
fn split_mirror<'o>(option: &'o str, names: &ChannelNames) -> Option<(Channel, &'o str)> {
    let (name, place) = option.split_once('=')?;
    let is_name = matches!(address::read(name), Address::Name) && !place.is_empty();
    let mut meant = if is_name { meant(name, names) } else { Vec::new() };
    meant.pop().filter(|_| meant.is_empty()).map(|channel| (channel, place))
}

fn option_channels(
    option: &str,
    base: &Path,
    names: &ChannelNames,
    notes: &mut Vec<String>,
) -> Result<Vec<Channel>, ChannelError> {
    let one = match address::read(option) {
        Address::Url(url) => at_url(option, &url),
        Address::File(path) => at_directory(&existing(&path, base)?),
        Address::Path => at_directory(&existing(Path::new(option), base)?),
        Address::Other => Err(ChannelError::bad(option, "only http, https, s3, oci and file URLs work")),
        Address::Name => {
            let directory = base.join(option);
            // A lone word is a directory only if it could be a channel: any folder may be called like one.
            let is_directory =
                if option.contains('/') { directory.is_dir() } else { super::local::is_channel(&directory) };
            if is_directory {
                if !option.contains('/') {
                    notes.push(format!(
                        "`{option}` is the directory of that name; remove or rename it for the channel {option}"
                    ));
                }
                return Ok(vec![at_directory(&existing(Path::new(option), base)?)?]);
            }
            let channels = meant(option, names);
            if !channels.is_empty() {
                return Ok(channels);
            }
            Err(if option.contains('/') {
                ChannelError::NoSuchDirectory { path: directory.display().to_string() }
            } else {
                ChannelError::bad(option, "a channel's name has letters, digits, `.`, `_` and `-`")
            })
        }
    };
    one.map(|channel| vec![channel])
}

fn by_default(own: &[String], base: &Path, names: &ChannelNames) -> Selection {
    let mut selection = Selection::default();
    selection.channels.extend(meant("conda-forge", names));
    let (mut anacondas, mut mirrors) = (Vec::new(), Vec::new());
    for text in own {
        let text = text.trim();
        if let Some(reason) = address::meaningless(text) {
            selection.notes.push(format!("`{text}` among the channels {reason}, and is left out"));
            continue;
        }
        let (channels, is_mirror) = match address::read(text) {
            Address::Url(url) => match address::mirrored(&url) {
                Some(channel) => (vec![channel], true),
                None => (address::at_url(&url).into_iter().collect(), false),
            },
            Address::File(path) => (own_directory(&path, base).into_iter().collect(), false),
            Address::Path => (own_directory(Path::new(text), base).into_iter().collect(), false),
            Address::Name => (meant(text, names), false),
            Address::Other => (Vec::new(), false),
        };
        if channels.is_empty() {
            selection.notes.push(format!("the channel `{text}` can't be reached from this machine, and is left out"));
        }
        for channel in channels {
            if address::is_anacondas(&channel.url) {
                anacondas.push(text.to_owned());
                continue;
            }
            if is_mirror {
                mirrors.push(format!("{text} as {}", channel.name));
            }
            selection.add(channel);
        }
    }
    anacondas.dedup();
    if !anacondas.is_empty() {
        let (are, s) = if anacondas.len() == 1 { ("is", "") } else { ("are", "s") };
        selection.notes.push(format!("Anaconda's channel{s} {} {are} replaced by conda-forge", and(&anacondas)));
    }
    if !mirrors.is_empty() {
        selection.notes.push(format!("mirrors are read as the channels they copy: {}", and(&mirrors)));
    }
    selection
}

fn at_url(text: &str, url: &Url) -> Result<Channel, ChannelError> {
    address::at_url(url).ok_or_else(|| ChannelError::bad(text, "it has no host"))
}

fn own_directory(path: &Path, base: &Path) -> Option<Channel> {
    existing(path, base).ok().and_then(|directory| at_directory(&directory).ok())
}

/// The directory at a path relative to `base`, made absolute.
fn existing(path: &Path, base: &Path) -> Result<PathBuf, ChannelError> {
    let path = match (path.strip_prefix("~"), dirs::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => base.join(path),
    };
    match fs::canonicalize(&path) {
        Ok(directory) if directory.is_dir() => Ok(directory),
        _ => Err(ChannelError::NoSuchDirectory { path: path.display().to_string() }),
    }
}

/// The channel in a directory.
pub(super) fn at_directory(directory: &Path) -> Result<Channel, ChannelError> {
    let url = Url::from_directory_path(directory)
        .map_err(|()| ChannelError::bad(&directory.display().to_string(), "it has no file URL"))?;
    let name = url.as_str().trim_end_matches('/').to_owned();
    Ok(Channel { name, alias: None, url, place: Place::Directory(directory.to_owned()) })
}
