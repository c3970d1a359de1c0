//! What was said when a lock was made counts again where nothing else is said.

use std::path::Path;

use crate::{
    channel,
    lockfile::{Choices, Lockfile},
    project::{
        Options,
        as_of::{AsOf, AskedDate},
        places,
    },
    pypi::Preference,
    solve::{ChannelPriority, Prefer},
    words::shell,
};

/// The options to convert with.
#[derive(Clone, Debug)]
pub(super) struct SettledOptions {
    /// Those that were said, now or when the lock was made.
    pub options: Options,
    /// Which cut-off date is asked for.
    pub as_of: DateAsked,
    /// The note that names what is said again.
    pub note: Option<String>,
}

/// Which cut-off date is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DateAsked {
    /// The one that is given.
    pub given: Option<AskedDate>,
    /// The one that was given when the lock was made.
    pub kept: Option<AsOf>,
    /// Whether somebody chose it, so that the lock keeps it.
    pub is_chosen: bool,
    /// Whether a date that was chosen for the lock doesn't count any more.
    pub is_forgotten: bool,
}

impl SettledOptions {
    /// Those of the plan, which are all that says how to convert. They need no date; then that of the lock stays.
    pub(super) fn said(options: &Options, lock: Option<&Lockfile>, forget: bool) -> Self {
        let given = options.as_of;
        let kept = if given.is_none() { lock.and_then(date) } else { None };
        let as_of = DateAsked { given, kept, is_chosen: given.is_some() || kept.is_some(), is_forgotten: forget };
        Self { options: options.clone(), as_of, note: None }
    }

    /// Those of the plan, and of a lock in this directory where the plan has none. Packages aren't built again unasked:
    /// that runs their code.
    pub(super) fn again(said: &Options, lock: &Lockfile, directory: &Path, forget: bool) -> Self {
        let Self { as_of, .. } = Self::said(said, Some(lock), forget);
        let (channels, kept) = (channels(lock, directory), kept(lock.choices()));
        let is_said = !said.channels.is_empty();
        let names = channels.iter().filter(|_| !is_said).map(|(name, _)| ("--channel", name.clone()));
        let kept_date = as_of.kept.map(AskedDate::Of);
        let words: Vec<_> = names.chain(words(&kept, said, kept_date)).collect();
        let kept = Options { channels: channels.into_iter().map(|(_, option)| option).collect(), ..kept };
        Self { options: said.clone().or(kept), as_of, note: note(&words) }
    }
}

/// The cut-off date that was given when a lock was made.
fn date(lock: &Lockfile) -> Option<AsOf> {
    let date = lock.choices().as_of_given.then(|| lock.as_of().ok()).flatten()?;
    Some(date.map_or(AsOf::Latest, AsOf::Date))
}

/// The channels of a lock that were given: as a person would name each, and as an option.
fn channels(lock: &Lockfile, directory: &Path) -> Vec<(String, String)> {
    if !lock.choices().channels_given {
        return Vec::new();
    }
    let places = places::known(directory);
    let channel = |url: &String| match places.get(url) {
        Some(place) => (place.clone(), place.clone()),
        // By its URL, so that no directory is taken for it that has its name.
        None => (url.clone(), channel::url_of(url)),
    };
    lock.channels.iter().map(channel).collect()
}

/// What else a lock keeps. What is as usual isn't said.
fn kept(choices: Choices) -> Options {
    Options {
        channel_priority: Some(choices.priority).filter(|it| *it != ChannelPriority::default()),
        prefer: Some(choices.prefer).filter(|it| *it != Prefer::default()),
        python: choices.python.and_then(|it| it.parse().ok()),
        virtual_packages: choices.virtual_packages,
        no_pip: choices.pip_left_out.then_some(true),
        preference: choices.pip_preference,
        skip_unlockable: choices.unlockable_skipped.then_some(true),
        pypi_names: choices.pypi_names,
        ..Options::default()
    }
}

/// What of it isn't said otherwise, as options with their values.
pub(super) fn words(
    kept: &Options,
    said: &Options,
    as_of: Option<AskedDate>,
) -> impl Iterator<Item = (&'static str, String)> {
    let one = |option, value: Option<String>, is_said: bool| value.filter(|_| !is_said).map(|value| (option, value));
    let flag = |option, kept: Option<bool>, said: Option<bool>| {
        one(option, kept.filter(|it| *it).map(|_| String::new()), said.is_some())
    };
    let preference = kept.preference.map(|it| match it {
        Preference::Conda => "--prefer-conda",
        Preference::Pip => "--prefer-pip",
    });
    let before = [
        one(
            "--channel-priority",
            kept.channel_priority.map(|it| it.name().to_owned()),
            said.channel_priority.is_some(),
        ),
        one("--prefer", kept.prefer.map(|it| it.name().to_owned()), said.prefer.is_some()),
        one("--python", kept.python.map(|it| it.to_string()), said.python.is_some()),
    ];
    let after = [
        one("--as-of", as_of.map(|it| it.to_string()), false),
        flag("--no-pip", kept.no_pip, said.no_pip),
        preference.filter(|_| said.preference.is_none()).map(|option| (option, String::new())),
        flag("--skip-unlockable", kept.skip_unlockable, said.skip_unlockable),
    ];
    let list = |option, kept: &[String], said: &[String]| {
        let kept = if said.is_empty() { kept.to_vec() } else { Vec::new() };
        kept.into_iter().map(move |value| (option, value))
    };
    let packages = list("--virtual-package", &kept.virtual_packages, &said.virtual_packages);
    let names = list("--pypi-name", &kept.pypi_names, &said.pypi_names);
    before.into_iter().flatten().chain(packages).chain(after.into_iter().flatten()).chain(names)
}

fn note(words: &[(&str, String)]) -> Option<String> {
    let words: Vec<String> =
        words.iter().flat_map(|(option, value)| [*option, value]).filter(|word| !word.is_empty()).map(shell).collect();
    (!words.is_empty()).then(|| format!("as when the lock was made: {}; --forget converts without it", words.join(" ")))
}
