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

use std::{
    collections::BTreeMap,
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
};

use clap::{Args as _, Command, FromArgMatches as _};
use miette::{Diagnostic, NamedSource, SourceSpan};
use serde::Deserialize;
use thiserror::Error;
use toml::{Spanned, Value};

use super::{ConvertArgs, Given};

/// Its name.
pub const CONFIG: &str = "envlock.toml";

/// The keys that are no options, or mean nothing here.
const RESERVED: [&str; 4] = ["bake", "force", "forget", "help"];

/// What is wrong with an `envlock.toml`.
#[derive(Debug, Error, Diagnostic)]
pub enum ConfigError {
    /// Something in it.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Form(Box<Fault>),
    /// It can't be read.
    #[error("can't read {}", .path.display())]
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
#[diagnostic(help("{help}"))]
pub struct Fault {
    message: String,
    help: String,
    line: usize,
    #[source_code]
    source_code: NamedSource<String>,
    #[label("here")]
    at: SourceSpan,
}

/// An `envlock.toml`.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its directory, where its paths start.
    pub directory: PathBuf,
    name: String,
    text: String,
    shared: Options,
    environments: Vec<Entry>,
}

/// One environment of it.
#[derive(Clone, Debug)]
struct Entry {
    file: String,
    at: Range<usize>,
    options: Options,
}

type Options = BTreeMap<Spanned<String>, Spanned<Value>>;

#[derive(Deserialize)]
struct Environments {
    environment: Vec<Spanned<Options>>,
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Where it can't be read, isn't TOML, or an environment of it names no file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        let directory = path.parent().unwrap_or(Path::new("")).to_owned();
        let name = path.display().to_string();
        let mut config = Self { directory, name, text, shared: Options::new(), environments: Vec::new() };
        let wrong = |config: &Self, error: &toml::de::Error| {
            let at = error.span().unwrap_or(0..0);
            config.wrong(at, error.message(), "see the README for the form of this file")
        };
        let mut all: Options = toml::from_str(&config.text).map_err(|error| wrong(&config, &error))?;
        let environments = all.iter().find(|(key, _)| key.get_ref() == "environment").map(|(key, _)| key.clone());
        if let Some(key) = environments {
            all.remove(&key);
            let found: Environments = toml::from_str(&config.text).map_err(|error| wrong(&config, &error))?;
            for entry in found.environment {
                let entry = config.entry(entry.span(), entry.into_inner())?;
                config.environments.push(entry);
            }
        }
        config.shared = all;
        Ok(config)
    }

    /// Reads that of a directory, if there is one.
    ///
    /// # Errors
    ///
    /// As for [`Config::read`].
    pub fn of(directory: &Path) -> Result<Option<Self>, ConfigError> {
        let path = directory.join(CONFIG);
        if path.exists() { Self::read(&path).map(Some) } else { Ok(None) }
    }

    fn entry(&self, at: Range<usize>, mut options: Options) -> Result<Entry, ConfigError> {
        let key = options.keys().find(|key| key.get_ref() == "file").cloned();
        let Some(value) = key.and_then(|key| options.remove(&key)) else {
            return Err(self.wrong(at, "this environment names no file", "add `file = \"environment.yml\"`"));
        };
        match value.get_ref() {
            Value::String(file) => Ok(Entry { file: file.clone(), at: value.span(), options }),
            _ => Err(self.wrong(value.span(), "`file` is not a text", "write `file = \"environment.yml\"`")),
        }
    }

    /// The environment files, and where each stands.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.environments.iter().map(|entry| self.directory.join(&entry.file))
    }

    /// The options of each environment, in the order of the file. What is said on the command line comes first.
    ///
    /// # Errors
    ///
    /// Where a key is no option of `convert`, or its value can't be one.
    pub fn arguments(&self, given: &Given) -> Result<Vec<ConvertArgs>, ConfigError> {
        self.environments.iter().map(|entry| self.arguments_of(entry, given)).collect()
    }

    fn arguments_of(&self, entry: &Entry, given: &Given) -> Result<ConvertArgs, ConfigError> {
        let command = ConvertArgs::augment_args(Command::new(CONFIG)).no_binary_name(true);
        let mut words = Vec::new();
        let shared = self.shared.iter().filter(|(key, _)| !entry.options.contains_key(key.get_ref().as_str()));
        for (key, value) in shared.chain(&entry.options) {
            let name = key.get_ref();
            let is_option = |arg: &&clap::Arg| arg.get_long() == Some(name) && !RESERVED.contains(&name.as_str());
            let Some(option) = command.get_arguments().find(is_option) else {
                let help = format!("the keys are `file` and the options of convert: {}", names(&command));
                return Err(self.wrong(key.span(), &format!("there is no option `{name}`"), &help));
            };
            let is_overridden = given.0.iter().any(|(id, _)| *id == option.get_id().as_str());
            if !is_overridden {
                words.extend(self.words(option, value)?);
            }
        }
        words.extend(given.0.iter().flat_map(|(_, words)| words.clone()));
        words.push(self.directory.join(&entry.file).into_os_string());
        let parsed = command.try_get_matches_from(words).and_then(|matches| ConvertArgs::from_arg_matches(&matches));
        let mut args = parsed.map_err(|error| {
            let message = error.to_string();
            let message = message.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            self.wrong(
                entry.at.clone(),
                &format!("the options of {}: {message}", entry.file),
                "`envlock convert --help` tells what each option takes",
            )
        })?;
        let is_given = |id: &str| given.0.iter().any(|(it, _)| it == id);
        let here = |path: &mut Option<PathBuf>, id: &str| {
            if let Some(path) = path.as_mut().filter(|_| !is_given(id)) {
                *path = self.directory.join(&path);
            }
        };
        here(&mut args.output_dir, "output_dir");
        here(&mut args.image.env_file, "env_file");
        args.base = (!is_given("channels")).then(|| self.directory.clone());
        Ok(args)
    }

    /// An option as words of a command line.
    fn words(&self, option: &clap::Arg, value: &Spanned<Value>) -> Result<Vec<std::ffi::OsString>, ConfigError> {
        let name = option.get_long().unwrap_or_default();
        let word = |value: &Value| match value {
            Value::String(text) => Some(format!("--{name}={text}").into()),
            Value::Integer(_) | Value::Datetime(_) => Some(format!("--{name}={value}").into()),
            _ => None,
        };
        let takes_value = option.get_action().takes_values();
        let words = match value.get_ref() {
            Value::Boolean(is_set) if !takes_value => {
                Some(is_set.then(|| format!("--{name}").into()).into_iter().collect())
            }
            // As it is written: 3.10 is another Python than 3.1.
            Value::Float(_) if takes_value => Some(vec![format!("--{name}={}", &self.text[value.span()]).into()]),
            Value::Array(values) if takes_value => values.iter().map(word).collect(),
            value if takes_value => word(value).map(|word| vec![word]),
            _ => None,
        };
        words.ok_or_else(|| {
            let form = if takes_value { "a text, or a list of texts" } else { "true or false" };
            self.wrong(value.span(), &format!("`{name}` has a value of another kind"), &format!("it takes {form}"))
        })
    }

    fn wrong(&self, at: Range<usize>, message: &str, help: &str) -> ConfigError {
        let before = self.text.get(..at.start).unwrap_or_default();
        // An error is drawn on one line.
        let length = self.text.get(at.clone()).map_or(0, |text| text.lines().next().unwrap_or_default().len());
        ConfigError::Form(Box::new(Fault {
            message: message.to_owned(),
            help: help.to_owned(),
            line: before.matches('\n').count() + 1,
            source_code: NamedSource::new(&self.name, self.text.clone()),
            at: (at.start, length).into(),
        }))
    }
}

fn names(command: &Command) -> String {
    let longs = command.get_arguments().filter_map(clap::Arg::get_long).filter(|name| !RESERVED.contains(name));
    longs.collect::<Vec<_>>().join(", ")
}
