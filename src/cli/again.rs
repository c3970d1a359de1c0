//! What was said on the command line when a lock was made is said again where nothing else is.

use std::{collections::BTreeMap, path::Path};

use super::{ConvertArgs, as_of::AsOf, places, times};
use crate::{
    channel,
    lockfile::{Choices, Lockfile},
    pypi::Preference,
    solve::{ChannelPriority, Prefer},
    words::shell,
};

/// The options to convert with.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// Those that were said, now or when the lock was made.
    pub args: ConvertArgs,
    /// Which cut-off date is asked for.
    pub as_of: times::Said,
    /// The note that names what is said again.
    pub note: Option<String>,
}

impl Options {
    /// Those of the command line, or of `envlock.toml`, which is all that says how to convert. It needs no date; then that
    /// of the lock stays.
    pub(super) fn said(args: &ConvertArgs, lock: Option<&Lockfile>) -> Self {
        let given = args.solve.as_of;
        let kept = if given.is_none() { lock.and_then(as_of) } else { None };
        let as_of = times::Said { given, kept, is_chosen: given.or(kept).is_some(), is_forgotten: args.forget };
        Self { args: args.clone(), as_of, note: None }
    }

    /// Those of the command line, and of a lock in this directory where the command line has none. Packages aren't built
    /// again unasked: that runs their code.
    pub(super) fn again(said: &ConvertArgs, lock: &Lockfile, directory: &Path) -> Self {
        let Self { as_of, .. } = Self::said(said, Some(lock));
        let mut again = Again { args: said.clone(), words: Vec::new() };
        let choices = lock.choices();
        if choices.channels_given {
            again.channels(lock, &places::known(directory));
        }
        again.solve(&choices);
        if let Some(date) = as_of.kept {
            again.say("--as-of", &date.to_string());
        }
        again.pip(choices);
        Self { args: again.args, as_of, note: note(&again.words) }
    }
}

/// The cut-off date that was given when a lock was made.
fn as_of(lock: &Lockfile) -> Option<AsOf> {
    let date = lock.choices().as_of_given.then(|| lock.as_of().ok()).flatten()?;
    Some(date.map_or(AsOf::Latest, AsOf::Date))
}

fn note(words: &[String]) -> Option<String> {
    let words: Vec<String> = words.iter().map(|word| shell(word)).collect();
    (!words.is_empty()).then(|| format!("as when the lock was made: {}; --forget converts without it", words.join(" ")))
}

struct Again {
    args: ConvertArgs,
    /// What is said again.
    words: Vec<String>,
}

impl Again {
    fn say(&mut self, option: &str, value: &str) {
        self.words.extend([option, value].into_iter().filter(|word| !word.is_empty()).map(str::to_owned));
    }

    fn channels(&mut self, lock: &Lockfile, places: &BTreeMap<String, String>) {
        if !self.args.solve.channels.is_empty() {
            return;
        }
        for channel in &lock.metadata.channels {
            let place = places.get(&channel.url);
            // By its URL, so that no directory is taken for it that has its name.
            let option = place.cloned().unwrap_or_else(|| channel::url_of(&channel.url));
            self.say("--channel", place.unwrap_or(&channel.url));
            self.args.solve.channels.push(option);
        }
        self.args.base = None;
    }

    fn solve(&mut self, choices: &Choices) {
        let args = &mut self.args.solve;
        let mut words = Vec::new();
        if args.channel_priority.is_none() && choices.priority != ChannelPriority::default() {
            args.channel_priority = Some(choices.priority.into());
            words.push(("--channel-priority", choices.priority.name().to_owned()));
        }
        if args.prefer.is_none() && choices.prefer != Prefer::default() {
            args.prefer = Some(choices.prefer);
            words.push(("--prefer", choices.prefer.name().to_owned()));
        }
        if let (None, Some(python)) = (args.python, &choices.python) {
            args.python = python.parse().ok();
            words.push(("--python", python.clone()));
        }
        if args.virtual_packages.is_empty() {
            args.virtual_packages.clone_from(&choices.virtual_packages);
            words.extend(choices.virtual_packages.iter().map(|it| ("--virtual-package", it.clone())));
        }
        for (option, value) in &words {
            self.say(option, value);
        }
    }

    fn pip(&mut self, choices: Choices) {
        let args = &mut self.args.pip;
        let mut words = Vec::new();
        if choices.pip_left_out && !args.no_pip {
            args.no_pip = true;
            words.push(("--no-pip", String::new()));
        }
        match choices.pip_preference.filter(|_| !args.prefer_conda && !args.prefer_pip) {
            Some(Preference::Conda) => {
                args.prefer_conda = true;
                words.push(("--prefer-conda", String::new()));
            }
            Some(Preference::Pip) => {
                args.prefer_pip = true;
                words.push(("--prefer-pip", String::new()));
            }
            None => {}
        }
        if choices.unlockable_skipped && !args.skip_unlockable {
            args.skip_unlockable = true;
            words.push(("--skip-unlockable", String::new()));
        }
        if args.pypi_names.is_empty() {
            words.extend(choices.pypi_names.iter().map(|it| ("--pypi-name", it.clone())));
            args.pypi_names = choices.pypi_names;
        }
        for (option, value) in &words {
            self.say(option, value);
        }
    }
}
