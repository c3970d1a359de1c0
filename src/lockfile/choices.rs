//! What was chosen when a lock was made that the environment file doesn't say. It is kept, so that the command at the
//! head of the lock makes the same files again.

use super::{Lockfile, model::key};
use crate::{
    pypi::Preference,
    solve::{ChannelPriority, Prefer},
};

/// What was chosen when a lock was made that the environment file doesn't say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Choices {
    /// The channels were given, and are not those of the file.
    pub channels_given: bool,
    /// The date was given, and not inferred.
    pub as_of_given: bool,
    /// What the image was said to offer besides or instead of what its name says.
    pub virtual_packages: Vec<String>,
    /// The pip section was left out.
    pub pip_left_out: bool,
    /// Whose version counts where a pip line contradicts what conda provides.
    pub pip_preference: Option<Preference>,
    /// Pip lines that can't be locked were to be left out.
    pub unlockable_skipped: bool,
    /// What conda packages are called on `PyPI`, as it was given: `CONDA=PYPI`.
    pub pypi_names: Vec<String>,
    /// Packages could be built on the machine that made the lock. That is never done again unasked: it runs their code.
    pub build_allowed: bool,
    /// Some packages were moved alone (`update PKG`): the others are where they were, whatever the channels have.
    pub updated: bool,
    /// How the channels counted against each other.
    pub priority: ChannelPriority,
    /// What came first where not everything could be had.
    pub prefer: Prefer,
    /// The minor version of Python that was asked for instead of the file's, such as `3.9`.
    pub python: Option<String>,
}

impl Choices {
    /// Those that a lock says. What is as usual isn't said.
    pub(super) fn of(lock: &Lockfile) -> Self {
        let said = |key| lock.ours(key).ok();
        let is = |key| said(key) == Some(key::YES);
        let words = |key| said(key).into_iter().flat_map(str::split_whitespace).map(str::to_owned).collect();
        Self {
            channels_given: is(key::CHANNELS),
            as_of_given: is(key::AS_OF_GIVEN),
            virtual_packages: words(key::VIRTUAL_PACKAGES_GIVEN),
            pip_left_out: is(key::NO_PIP),
            pip_preference: said(key::PIP_PREFERENCE).and_then(Preference::named),
            unlockable_skipped: is(key::SKIP_UNLOCKABLE),
            pypi_names: words(key::PYPI_NAMES),
            build_allowed: is(key::ALLOW_BUILD),
            updated: is(key::UPDATED),
            priority: said(key::PRIORITY).and_then(ChannelPriority::named).unwrap_or_default(),
            prefer: said(key::PREFER).and_then(Prefer::named).unwrap_or_default(),
            python: said(key::PYTHON).map(str::to_owned),
        }
    }

    /// How they stand in a lock.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let yes = |is: bool| is.then(|| key::YES.to_owned());
        let words =
            |texts: &[String]| (!texts.is_empty()).then(|| texts.iter().map(word).collect::<Vec<_>>().join(" "));
        let entries = [
            (key::CHANNELS, yes(self.channels_given)),
            (key::AS_OF_GIVEN, yes(self.as_of_given)),
            (key::VIRTUAL_PACKAGES_GIVEN, words(&self.virtual_packages)),
            (key::NO_PIP, yes(self.pip_left_out)),
            (key::PIP_PREFERENCE, self.pip_preference.map(|it| it.name().to_owned())),
            (key::SKIP_UNLOCKABLE, yes(self.unlockable_skipped)),
            (key::PYPI_NAMES, words(&self.pypi_names)),
            (key::ALLOW_BUILD, yes(self.build_allowed)),
            (key::UPDATED, yes(self.updated)),
            (key::PRIORITY, (self.priority != ChannelPriority::default()).then(|| self.priority.name().to_owned())),
            (key::PREFER, (self.prefer != Prefer::default()).then(|| self.prefer.name().to_owned())),
            (key::PYTHON, self.python.clone()),
        ];
        entries.into_iter().filter_map(|(key, value)| Some((key, value?)))
    }

    /// What is hashed of them: what decides on the packages and stands nowhere else. The usual choices add nothing.
    pub(super) fn hashed(&self) -> String {
        let priority = (self.priority != ChannelPriority::Strict).then(|| ("channel-priority", self.priority.name()));
        let prefer = (self.prefer != Prefer::Packages).then(|| ("prefer", self.prefer.name()));
        let pip = self.pip_preference.map(|it| ("prefer-in-pip-lines", it.name()));
        let skip = self.unlockable_skipped.then_some(("skip-unlockable", key::YES));
        let names: Vec<String> = self.pypi_names.iter().map(word).collect();
        let names = names.iter().map(|name| ("pypi-name", name.as_str()));
        let all = priority.into_iter().chain(prefer).chain(pip).chain(skip).chain(names);
        all.flat_map(|(what, value)| [what, " ", value, "\n"]).collect()
    }
}

/// An option's value as one word: blanks around a `=` mean nothing.
#[allow(clippy::ptr_arg, reason = "it maps over a list of them")]
fn word(text: &String) -> String {
    text.split_whitespace().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::{parse, testing::small_lock, to_yaml};

    #[test]
    fn choices_are_read_back() {
        let all = Choices {
            channels_given: true,
            as_of_given: true,
            virtual_packages: vec!["__cuda=12.4".to_owned(), "__archspec=1=x86_64_v3".to_owned()],
            pip_left_out: true,
            pip_preference: Some(Preference::Pip),
            unlockable_skipped: true,
            pypi_names: vec!["my-arrays=arrays".to_owned(), "my-tool=".to_owned()],
            build_allowed: true,
            updated: true,
            priority: ChannelPriority::Flexible,
            prefer: Prefer::Versions,
            python: Some("3.9".to_owned()),
        };
        for choices in [all, Choices::default()] {
            let mut lock = small_lock();
            let entries = choices.entries().map(|(key, value)| (key.to_owned(), value));
            lock.metadata.custom_metadata.extend(entries);
            assert_eq!(parse("conda-lock.yml", &to_yaml(&lock)).unwrap().choices(), choices);
        }
    }
}
