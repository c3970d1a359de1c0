//! What was chosen when a lock was made that the environment file doesn't say. It is kept, so that the command at the
//! head of the lock makes the same files again.

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
    /// How the channels counted against each other.
    pub priority: ChannelPriority,
    /// What came first where not everything could be had.
    pub prefer: Prefer,
    /// The minor version of Python that was asked for instead of the file's, such as `3.9`.
    pub python: Option<String>,
    /// The servers (`host` or `host:port`) of which something is installed, and which gave it for credentials alone.
    pub credentials_for: Vec<String>,
    /// What names of channels meant on the machine that made the lock, where that isn't what they mean everywhere:
    /// `NAME=URL`.
    pub channel_names: Vec<String>,
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
            priority: ChannelPriority::Flexible,
            prefer: Prefer::Versions,
            python: Some("3.9".to_owned()),
            credentials_for: vec!["host".to_owned(), "other:8080".to_owned()],
            channel_names: vec!["team=https://host/conda/team".to_owned()],
        };
        for choices in [all, Choices::default()] {
            let mut lock = small_lock();
            lock.provenance.as_mut().unwrap().choices = choices.clone();
            assert_eq!(parse("conda-lock.yml", &to_yaml(&lock)).unwrap().choices(), choices);
        }
    }
}
