//! `envlock.toml`: the environments of a directory, each with the options of `convert`.
//!
//! Every key is the name of an option of `convert`; those before the first environment hold for all. `file` is the
//! environment file. Paths start at the directory of `envlock.toml`.
//!
//! ```toml
//! channel = ["conda-forge"]
//!
//! [[environment]]
//! file = "gpu/environment.yml"
//! output-dir = "docker/gpu"
//! virtual-package = ["__cuda=12.4"]
//! ```
//!
//! Where it names no environment, it is about the `environment.yml` beside it. The table `[tool.envlock]` of a
//! `pyproject.toml` has the same form, and counts where there is no `envlock.toml`.

use std::{
    collections::BTreeMap,
    io,
    ops::Range,
    path::{Path, PathBuf},
};

use miette::{Diagnostic, SourceSpan};
use serde::{Deserialize, de::DeserializeOwned};
use thiserror::Error;
use toml::{Spanned, Value};

use super::{
    files::{self, ENVIRONMENT},
    options::{Options, Setting, SettingError},
};
use crate::{
    base::repository::Repository,
    environment::{Excerpt, without_secrets},
    limits::INPUT,
};

/// Its name.
pub const CONFIG: &str = "envlock.toml";
/// Where it may stand as well, as the table `tool.envlock`.
const PYPROJECT: &str = "pyproject.toml";

/// What is wrong with an `envlock.toml`.
#[derive(Debug, Error, Diagnostic)]
pub enum ConfigError {
    /// Something in it.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Form(Box<ConfigFault>),
    /// It can't be read.
    #[error("can't read {}", .path.display())]
    #[diagnostic(code("config-unreadable"))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Something wrong in an `envlock.toml`.
#[derive(Debug, Error, Diagnostic)]
#[error("{}:{line}: {message}", source_code.name())]
#[diagnostic(code("config-form"))]
#[diagnostic(help("{help}"))]
pub struct ConfigFault {
    message: String,
    help: String,
    line: usize,
    #[source_code]
    source_code: Excerpt,
    #[label("here")]
    at: SourceSpan,
}

/// An `envlock.toml`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file.
    pub file: PathBuf,
    /// Its directory, where its paths start.
    directory: PathBuf,
    text: String,
    shared: Table,
    environments: Vec<ConfiguredEnvironment>,
}

/// One environment of it.
#[derive(Clone, Debug)]
struct ConfiguredEnvironment {
    file: String,
    at: Range<usize>,
    options: Table,
}

type Table = BTreeMap<Spanned<String>, Spanned<Value>>;

#[derive(Deserialize)]
struct Environments {
    environment: Vec<Spanned<Table>>,
}

/// What a `pyproject.toml` says.
#[derive(Deserialize)]
struct PyProject<T> {
    tool: Option<Tools<T>>,
}

#[derive(Deserialize)]
struct Tools<T> {
    envlock: Option<T>,
}

impl Config {
    /// Reads a file: `None` where it is a `pyproject.toml` without `[tool.envlock]`.
    ///
    /// # Errors
    ///
    /// Where it can't be read, isn't TOML, or an environment of it names no file.
    pub fn read(path: &Path) -> Result<Option<Self>, ConfigError> {
        let text = INPUT.read_text(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        let mut config =
            Self { file: path.to_owned(), directory, text, shared: Table::new(), environments: Vec::new() };
        let Some(mut all) = config.tables::<Table>()? else { return Ok(None) };
        let environments = all.keys().find(|key| key.get_ref() == "environment").cloned();
        if let Some(key) = environments {
            all.remove(&key);
            for entry in config.tables::<Environments>()?.into_iter().flat_map(|found| found.environment) {
                let entry = config.entry(entry.span(), entry.into_inner())?;
                config.environments.push(entry);
            }
        }
        config.shared = all;
        Ok(Some(config))
    }

    /// Reads that of a directory, if there is one: `envlock.toml`, else `pyproject.toml`.
    ///
    /// # Errors
    ///
    /// As for [`Config::read`].
    pub fn of(directory: &Path) -> Result<Option<Self>, ConfigError> {
        let found = [CONFIG, PYPROJECT].map(|name| directory.join(name)).into_iter().find(|path| path.exists());
        found.map_or(Ok(None), |path| Self::read(&path))
    }

    /// The `pyproject.toml` of a directory whose `[tool.envlock]` doesn't count, since there is an `envlock.toml`, too.
    #[must_use]
    pub fn overruled(directory: &Path) -> Option<PathBuf> {
        let path = directory.join(PYPROJECT);
        // What is wrong with it does no harm.
        let says_it = || Self::read(&path).is_ok_and(|it| it.is_some());
        (directory.join(CONFIG).exists() && path.exists() && says_it()).then_some(path)
    }

    /// Its tables in a form, with their places; `None` where a `pyproject.toml` has none for envlock.
    fn tables<T: DeserializeOwned>(&self) -> Result<Option<T>, ConfigError> {
        let read = if self.file.file_name().is_none_or(|name| name != PYPROJECT) {
            toml::from_str(&self.text).map(Some)
        } else if self.text.contains("envlock") {
            toml::from_str::<PyProject<T>>(&self.text).map(|it| it.tool.and_then(|tool| tool.envlock))
        } else {
            // That of others, which may be as it likes.
            Ok(None)
        };
        read.map_err(|error| {
            let at = error.span().unwrap_or(0..0);
            self.wrong(at, error.message(), "`envlock schema config` prints the form of this file")
        })
    }

    fn entry(&self, at: Range<usize>, mut options: Table) -> Result<ConfiguredEnvironment, ConfigError> {
        let key = options.keys().find(|key| key.get_ref() == "file").cloned();
        let Some(value) = key.and_then(|key| options.remove(&key)) else {
            return Err(self.wrong(at, "this environment names no file", "add `file = \"environment.yml\"`"));
        };
        match value.get_ref() {
            Value::String(file) => Ok(ConfiguredEnvironment { file: file.clone(), at: value.span(), options }),
            _ => Err(self.wrong(value.span(), "`file` is not a text", "write `file = \"environment.yml\"`")),
        }
    }

    /// Each environment file with its options, in the order of the file; none where it names none and there is no
    /// `environment.yml` beside it. What is said on the command line comes first.
    ///
    /// # Errors
    ///
    /// Where a key is no option of `convert`, or its value can't be one.
    pub fn options(&self, said: &Options) -> Result<Vec<(PathBuf, Options)>, ConfigError> {
        let of_entry = |entry: &ConfiguredEnvironment| {
            let (file, options) = (self.directory.join(&entry.file), self.options_of(entry)?);
            let repository = Repository::of(&self.directory);
            if !repository.holds(&file) {
                let what = format!("{} is outside of {}", entry.file, repository.root().display());
                return Err(self.wrong(entry.at.clone(), &what, "name a file of the repository"));
            }
            if said.output_dir.is_none() {
                let directory = files::output_dir(options.output_dir.as_deref(), &file);
                self.refuse_elsewhere(entry, &directory, &repository)?;
            }
            Ok((file, said.clone().or(options)))
        };
        let only = if self.environments.is_empty() { self.only() } else { None };
        self.environments.iter().chain(&only).map(of_entry).collect()
    }

    /// A configuration comes with a repository, and has nothing to say of what is elsewhere.
    fn refuse_elsewhere(
        &self,
        entry: &ConfiguredEnvironment,
        directory: &Path,
        repository: &Repository,
    ) -> Result<(), ConfigError> {
        if repository.holds(directory) {
            return Ok(());
        }
        Err(self.wrong(
            entry.at.clone(),
            &format!(
                "the lock of {} would be written to {}, outside of {}",
                entry.file,
                directory.display(),
                repository.root().display()
            ),
            "name a directory of the repository with `output-dir`, or say --output-dir",
        ))
    }

    /// Whether it names no environment.
    #[must_use]
    pub fn names_none(&self) -> bool {
        self.environments.is_empty()
    }

    /// The options of an environment that it doesn't name. What is said on the command line comes first.
    ///
    /// # Errors
    ///
    /// As for [`Config::options`].
    pub fn options_beside(&self, said: &Options) -> Result<Options, ConfigError> {
        let entry = ConfiguredEnvironment { file: ENVIRONMENT.to_owned(), at: 0..0, options: Table::new() };
        Ok(said.clone().or(self.options_of(&entry)?))
    }

    /// The environment beside it, which it is about where it names none.
    fn only(&self) -> Option<ConfiguredEnvironment> {
        let file = files::environment_file(&self.directory).ok()?;
        let file = file.file_name()?.to_string_lossy().into_owned();
        let at = self.shared.keys().next().map_or(0..0, Spanned::span);
        Some(ConfiguredEnvironment { file, at, options: Table::new() })
    }

    fn options_of(&self, entry: &ConfiguredEnvironment) -> Result<Options, ConfigError> {
        let mut options = Options { channel_base: Some(self.directory.clone()), ..Options::default() };
        let shared = self.shared.iter().filter(|(key, _)| !entry.options.contains_key(key.get_ref().as_str()));
        for (key, value) in shared.chain(&entry.options) {
            let name = key.get_ref();
            let wrong_kind = |kind: &str| {
                self.wrong(value.span(), &format!("`{name}` has a value of another kind"), &format!("it takes {kind}"))
            };
            let setting = self.setting(value).ok_or_else(|| wrong_kind("true or false, a text, or a list of texts"))?;
            options.set(name, &setting).map_err(|error| match error {
                SettingError::Kind(kind) => wrong_kind(kind),
                SettingError::Unknown => {
                    let help = format!("the keys are `file` and the options of convert: {}", Options::NAMES.join(", "));
                    self.wrong(key.span(), &format!("there is no option `{name}`"), &help)
                }
                SettingError::Value(message) => self.wrong(
                    entry.at.clone(),
                    &format!("the options of {}: {message}", entry.file),
                    "`envlock convert --help` tells what each option takes",
                ),
            })?;
        }
        for path in options.output_dir.iter_mut().chain(&mut options.env_file) {
            *path = self.directory.join(&path);
        }
        Ok(options)
    }

    /// A value as an option takes it; numbers and dates as they are written: 3.10 is another Python than 3.1.
    fn setting(&self, value: &Spanned<Value>) -> Option<Setting> {
        let word = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Integer(_) | Value::Datetime(_) => Some(value.to_string()),
            _ => None,
        };
        match value.get_ref() {
            Value::Boolean(is_set) => Some(Setting::Flag(*is_set)),
            Value::Float(_) => self.text.get(value.span()).map(|text| Setting::Text(text.to_owned())),
            Value::Array(values) => values.iter().map(word).collect::<Option<_>>().map(Setting::Texts),
            value => word(value).map(Setting::Text),
        }
    }

    fn wrong(&self, at: Range<usize>, message: &str, help: &str) -> ConfigError {
        let before = self.text.get(..at.start).unwrap_or_default();
        // An error is drawn on one line.
        let length = self.text.get(at.clone()).map_or(0, |text| text.lines().next().unwrap_or_default().len());
        ConfigError::Form(Box::new(ConfigFault {
            message: without_secrets(message),
            help: help.to_owned(),
            line: before.matches('\n').count() + 1,
            source_code: Excerpt::new(&self.file.display().to_string(), &self.text),
            at: (at.start, length).into(),
        }))
    }
}
