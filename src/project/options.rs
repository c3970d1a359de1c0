//! What may be said on how to convert an environment. On the command line, in `envlock.toml` and in a lock anything may be
//! left unsaid, so every option here is partial; [`Options::or`] joins them, and what each means unsaid is known to its
//! reader alone.

use std::{fmt::Display, num::NonZeroUsize, path::PathBuf, str::FromStr};

use super::{InstallerChoice, as_of::AskedDate, timeout::Timeout};
use crate::{
    http::Limits,
    intent::PythonMinor,
    machine::Network,
    pypi::Preference,
    solve::{ChannelPriority, Prefer},
};

/// So many layers can be asked for: images have a limit of 127, and the base image has some already.
const MOST_LAYERS: usize = 50;

/// The options of converting, `None` or empty where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Where to write.
    pub output_dir: Option<PathBuf>,
    /// The channels, the most important first.
    pub channels: Vec<String>,
    /// Where relative channels start; the current directory where there is none.
    pub channel_base: Option<PathBuf>,
    /// How channels count against each other.
    pub channel_priority: Option<ChannelPriority>,
    /// The minor version of Python to convert to.
    pub python: Option<PythonMinor>,
    /// What comes first where not everything can be had.
    pub prefer: Option<Prefer>,
    /// The cut-off date.
    pub as_of: Option<AskedDate>,
    /// What the image offers otherwise than its name says.
    pub virtual_packages: Vec<String>,
    /// Whether to use the cache and this disk alone.
    pub offline: Option<bool>,
    /// Whether files of other programs on this machine are left unread.
    pub no_config: Option<bool>,
    /// How long to search for a closer environment.
    pub timeout: Option<Timeout>,
    /// Whether to leave the pip section out.
    pub no_pip: Option<bool>,
    /// Whose version counts where a pip line contradicts conda.
    pub preference: Option<Preference>,
    /// Whether to leave out pip lines that can't be locked.
    pub skip_unlockable: Option<bool>,
    /// Whether packages may be built here.
    pub allow_build: Option<bool>,
    /// What conda packages are called on PyPI, as `CONDA=PYPI`.
    pub pypi_names: Vec<String>,
    /// The image to build on.
    pub base_image: Option<String>,
    /// What installs the packages.
    pub installer: Option<InstallerChoice>,
    /// The image of the stage that installs them.
    pub installer_image: Option<String>,
    /// How many layers the conda packages are to have.
    pub layers: Option<NonZeroUsize>,
    /// Whether modules stay uncompiled.
    pub no_pyc: Option<bool>,
    /// Whether a Jupyter server is started.
    pub jupyter: Option<bool>,
    /// Whether there is to be a `compose.yaml`.
    pub compose: Option<bool>,
    /// The file of variables that containers are started with.
    pub env_file: Option<PathBuf>,
    /// Registries that are asked by plain HTTP.
    pub insecure_registries: Vec<String>,
}

/// The value of an option in a file, as it is written there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// True or false.
    Flag(bool),
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
}

/// Why an option can't be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingError {
    /// There is none of that name.
    Unknown,
    /// Its value is of another kind; it takes this.
    Kind(&'static str),
    /// Its value can't be one.
    Value(String),
}

impl Options {
    /// The names of all options, as on the command line.
    pub const NAMES: [&str; 28] = [
        "output-dir",
        "base-image",
        "installer",
        "installer-image",
        "layers",
        "no-pyc",
        "pyc",
        "jupyter",
        "no-jupyter",
        "compose",
        "no-compose",
        "env-file",
        "insecure-registry",
        "channel",
        "channel-priority",
        "python",
        "prefer",
        "as-of",
        "virtual-package",
        "offline",
        "no-config",
        "timeout",
        "no-pip",
        "prefer-conda",
        "prefer-pip",
        "skip-unlockable",
        "allow-build",
        "pypi-name",
    ];

    /// These, and where they say nothing the others.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        let channel_base = if self.channels.is_empty() { other.channel_base } else { self.channel_base };
        Self {
            output_dir: self.output_dir.or(other.output_dir),
            channels: first(self.channels, other.channels),
            channel_base,
            channel_priority: self.channel_priority.or(other.channel_priority),
            python: self.python.or(other.python),
            prefer: self.prefer.or(other.prefer),
            as_of: self.as_of.or(other.as_of),
            virtual_packages: first(self.virtual_packages, other.virtual_packages),
            offline: self.offline.or(other.offline),
            no_config: self.no_config.or(other.no_config),
            timeout: self.timeout.or(other.timeout),
            no_pip: self.no_pip.or(other.no_pip),
            preference: self.preference.or(other.preference),
            skip_unlockable: self.skip_unlockable.or(other.skip_unlockable),
            allow_build: self.allow_build.or(other.allow_build),
            pypi_names: first(self.pypi_names, other.pypi_names),
            base_image: self.base_image.or(other.base_image),
            installer: self.installer.or(other.installer),
            installer_image: self.installer_image.or(other.installer_image),
            layers: self.layers.or(other.layers),
            no_pyc: self.no_pyc.or(other.no_pyc),
            jupyter: self.jupyter.or(other.jupyter),
            compose: self.compose.or(other.compose),
            env_file: self.env_file.or(other.env_file),
            insecure_registries: first(self.insecure_registries, other.insecure_registries),
        }
    }

    /// Sets an option by its name on the command line.
    ///
    /// # Errors
    ///
    /// Where there is none of that name, or the value can't be one of it.
    pub fn set(&mut self, name: &str, value: &Setting) -> Result<(), SettingError> {
        match name {
            "output-dir" => self.output_dir = Some(parsed(name, value)?),
            "base-image" => self.base_image = Some(parsed(name, value)?),
            "installer" => self.installer = Some(parsed(name, value)?),
            "installer-image" => self.installer_image = Some(parsed(name, value)?),
            "layers" => self.layers = Some(read(name, value, layers)?),
            "no-pyc" => self.no_pyc = flag(value)?,
            "pyc" => self.no_pyc = flag(value)?.map(|it| !it),
            "jupyter" => self.jupyter = flag(value)?,
            "no-jupyter" => self.jupyter = flag(value)?.map(|it| !it),
            "compose" => self.compose = flag(value)?,
            "no-compose" => self.compose = flag(value)?.map(|it| !it),
            "env-file" => self.env_file = Some(parsed(name, value)?),
            "insecure-registry" => self.insecure_registries = texts(value)?,
            "channel" => self.channels = texts(value)?,
            "channel-priority" => self.channel_priority = Some(parsed(name, value)?),
            "python" => self.python = Some(parsed(name, value)?),
            "prefer" => self.prefer = Some(parsed(name, value)?),
            "as-of" => self.as_of = Some(parsed(name, value)?),
            "virtual-package" => self.virtual_packages = texts(value)?,
            "offline" => self.offline = flag(value)?,
            "no-config" => self.no_config = flag(value)?,
            "timeout" => self.timeout = Some(parsed(name, value)?),
            "no-pip" => self.no_pip = flag(value)?,
            "prefer-conda" => self.prefer_of_pip(Preference::Conda, value)?,
            "prefer-pip" => self.prefer_of_pip(Preference::Pip, value)?,
            "skip-unlockable" => self.skip_unlockable = flag(value)?,
            "allow-build" => self.allow_build = flag(value)?,
            "pypi-name" => self.pypi_names = texts(value)?,
            _ => return Err(SettingError::Unknown),
        }
        Ok(())
    }

    fn prefer_of_pip(&mut self, preference: Preference, value: &Setting) -> Result<(), SettingError> {
        if flag(value)? == Some(true) {
            self.preference = Some(preference);
        }
        Ok(())
    }

    /// Whether the cache and this disk alone are to be used.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.offline.unwrap_or_default()
    }

    /// Whether the pip section is to be left out.
    #[must_use]
    pub fn leaves_pip_out(&self) -> bool {
        self.no_pip.unwrap_or_default()
    }

    /// How the channels count against each other.
    #[must_use]
    pub fn priority(&self) -> ChannelPriority {
        self.channel_priority.unwrap_or_default()
    }

    /// What comes first where not everything can be had.
    #[must_use]
    pub fn prefer(&self) -> Prefer {
        self.prefer.unwrap_or_default()
    }

    /// How much patience there is with servers: as it is said, and else as the machine has it.
    #[must_use]
    pub fn limits(&self, network: &Network) -> Limits {
        let limits = self.timeout().limits();
        if self.timeout.is_some() { limits } else { limits.on(network) }
    }

    /// How long to search for a closer environment.
    #[must_use]
    pub fn timeout(&self) -> Timeout {
        self.timeout.unwrap_or_default()
    }
}

fn first<T>(these: Vec<T>, others: Vec<T>) -> Vec<T> {
    if these.is_empty() { others } else { these }
}

/// Reads how many layers there are to be.
///
/// # Errors
///
/// Where it is no number of layers.
pub fn layers(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse().ok().filter(|number: &NonZeroUsize| number.get() <= MOST_LAYERS);
    number.ok_or_else(|| format!("it is a number from 1 to {MOST_LAYERS}"))
}

fn flag(value: &Setting) -> Result<Option<bool>, SettingError> {
    match value {
        Setting::Flag(is_set) => Ok(Some(*is_set)),
        _ => Err(SettingError::Kind("true or false")),
    }
}

fn texts(value: &Setting) -> Result<Vec<String>, SettingError> {
    match value {
        Setting::Flag(_) => Err(SettingError::Kind("a text, or a list of texts")),
        Setting::Text(text) => Ok(vec![text.clone()]),
        Setting::Texts(texts) => Ok(texts.clone()),
    }
}

fn parsed<T: FromStr<Err: Display>>(name: &str, value: &Setting) -> Result<T, SettingError> {
    read(name, value, |text| text.parse().map_err(|error: T::Err| error.to_string()))
}

fn read<T>(name: &str, value: &Setting, of: impl Fn(&str) -> Result<T, String>) -> Result<T, SettingError> {
    let Setting::Text(text) = value else { return Err(SettingError::Kind("a text")) };
    of(text).map_err(|why| SettingError::Value(format!("invalid value '{text}' for '{name}': {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_first_counts() {
        let base = |directory: &str| Some(PathBuf::from(directory));
        let config = Options {
            channels: vec!["mirror".to_owned()],
            channel_base: base("docker"),
            jupyter: Some(true),
            layers: Some(layers("3").unwrap()),
            ..Options::default()
        };
        let said = Options { jupyter: Some(false), ..Options::default() };
        assert_eq!(said.clone().or(config.clone()), Options { jupyter: Some(false), ..config.clone() });
        // Where a channel starts goes with the channel.
        let said = Options { channels: vec!["here".to_owned()], ..said };
        let joined = said.clone().or(config);
        assert_eq!((joined.channels, joined.channel_base), (said.channels, None));
    }

    #[test]
    fn an_option_and_its_opposite_are_one() {
        let mut options = Options::default();
        for (name, is_set) in [("jupyter", true), ("no-jupyter", true), ("pyc", true), ("no-compose", false)] {
            options.set(name, &Setting::Flag(is_set)).unwrap();
        }
        let expected = Options { jupyter: Some(false), no_pyc: Some(false), compose: Some(true), ..Options::default() };
        assert_eq!(options, expected);
    }

    #[test]
    fn every_name_is_that_of_an_option() {
        let values = [Setting::Flag(true), Setting::Text("2018-12-31".to_owned())];
        for name in Options::NAMES {
            let is_known = |value| Options::default().set(name, value) != Err(SettingError::Unknown);
            assert!(values.iter().all(is_known), "{name}");
        }
        assert_eq!(Options::default().set("force", &values[0]), Err(SettingError::Unknown));
    }

    #[test]
    fn what_can_not_be_a_value_is_told() {
        let mut options = Options::default();
        let value = |text: &str| Setting::Text(text.to_owned());
        let error = options.set("layers", &value("99")).unwrap_err();
        let expected = "invalid value '99' for 'layers': it is a number from 1 to 50";
        assert_eq!(error, SettingError::Value(expected.to_owned()));
        assert_eq!(options.set("no-pip", &value("yes")), Err(SettingError::Kind("true or false")));
        assert_eq!(options, Options::default());
    }
}
