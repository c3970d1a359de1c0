//! Which environments are to be converted, and how: from the names of files and directories, and from `envlock.toml`.

use std::path::{Path, PathBuf};

use miette::miette;

use super::{
    Options,
    config::{CONFIG, Config, ConfigError},
    files::{self, FileError},
    first_contact::hint,
    machines::Machines,
};
use crate::base::repository::real;

/// An environment file that isn't there yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledFile {
    /// Its text.
    pub text: String,
    /// What there is to say of what it was read from: sentences without a full stop.
    pub notes: Vec<String>,
}

/// An environment to convert.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is said for itself")]
pub struct Plan {
    /// The environment file.
    pub file: PathBuf,
    /// What is written there first, where an installed environment is converted.
    pub installed: Option<InstalledFile>,
    /// What this machine is set up with, as far as it was read to make the plan.
    pub machines: Machines,
    /// Where its lock is, or will be.
    pub directory: PathBuf,
    /// The options to convert it with.
    pub options: Options,
    /// The `envlock.toml` or `pyproject.toml` that has them; then what the lock keeps of them doesn't count.
    pub config: Option<PathBuf>,
    /// Whether a lock or Dockerfile that envlock didn't write, or that is of another environment file, is overwritten.
    pub force: bool,
    /// Whether the options that the lock keeps are forgotten.
    pub forget: bool,
    /// The page that is to tell what was done.
    pub page: Option<PathBuf>,
    /// Whether errors show how the solver came to them.
    pub draws_conflicts: bool,
}

impl Plan {
    /// To convert a file with these options and nothing else.
    #[must_use]
    pub fn new(file: PathBuf, options: Options) -> Self {
        let directory = files::output_dir(options.output_dir.as_deref(), &file);
        Self { file, directory, options, ..Self::default() }
    }

    /// Those of a configuration.
    ///
    /// # Errors
    ///
    /// Where an option of it can't be one.
    pub fn configured(config: &Config, said: &Options) -> Result<Vec<Self>, ConfigError> {
        let plan = |(file, options)| Self { config: Some(config.file.clone()), ..Self::new(file, options) };
        Ok(config.options(said)?.into_iter().map(plan).collect())
    }

    /// Those of the configuration of a directory, if it has one and that is about any.
    ///
    /// # Errors
    ///
    /// Where it can't be read.
    pub fn of_directory(directory: &Path, said: &Options) -> Result<Option<Vec<Self>>, ConfigError> {
        let found = Config::of(directory)?.map(|config| Self::configured(&config, said)).transpose()?;
        Ok(found.filter(|all| !all.is_empty()))
    }
}

/// The environments that files and directories name: those of the configuration where nothing is named and there is such
/// a file. What is said comes before what that says.
///
/// # Errors
///
/// Where a file isn't there, an `envlock.toml` can't be read, or two environments would be written to one directory.
pub fn plans(named: &[PathBuf], said: &Options) -> miette::Result<Vec<Plan>> {
    let here = Plan::of_directory(Path::new(""), said)?;
    let mut found = Vec::new();
    if named.is_empty() {
        found = match here {
            Some(all) => all,
            None => vec![Plan::new(files::environment_file(Path::new(""))?, said.clone())],
        };
    } else {
        for file in named {
            found.extend(plans_of(file, said, here.as_deref().unwrap_or_default())?);
        }
    }
    refuse_shared_directories(&found)?;
    Ok(found)
}

fn plans_of(file: &Path, said: &Options, here: &[Plan]) -> miette::Result<Vec<Plan>> {
    if is_config(file) {
        let config = Config::read(file)?.ok_or_else(|| {
            miette!(
                code = "config-none",
                help = "add the table [tool.envlock], or name an environment file",
                "{} says nothing of envlock",
                file.display()
            )
        })?;
        let all = Plan::configured(&config, said)?;
        return if all.is_empty() {
            Err(FileError::NoEnvironment(files::beside(file).to_owned(), hint()).into())
        } else {
            Ok(all)
        };
    }
    if file.is_dir() {
        return match Plan::of_directory(file, said)? {
            Some(all) => Ok(all),
            None => Ok(vec![Plan::new(files::environment_file(file)?, said.clone())]),
        };
    }
    let configured = here.iter().find(|it| is_same(&it.file, file)).cloned();
    Ok(vec![configured.unwrap_or_else(|| Plan::new(file.to_owned(), said.clone()))])
}

/// Whether it is a configuration, whatever it is called.
#[must_use]
pub fn is_config(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == CONFIG) || file.extension().is_some_and(|it| it == "toml")
}

/// Whether two paths are of the same file, which needn't be there yet.
#[must_use]
pub fn is_same(a: &Path, b: &Path) -> bool {
    a == b || real(a).is_some_and(|a| real(b) == Some(a))
}

fn refuse_shared_directories(plans: &[Plan]) -> miette::Result<()> {
    for (index, plan) in plans.iter().enumerate() {
        let twin =
            plans.iter().take(index).find(|it| is_same(files::or_here(&it.directory), files::or_here(&plan.directory)));
        if let Some(twin) = twin {
            return Err(miette!(
                code = "output-shared",
                help = "give each a directory of its own: with `output-dir` in envlock.toml, or by converting one at a time with --output-dir",
                "{} and {} would both be written to {}",
                twin.file.display(),
                plan.file.display(),
                shown(&plan.directory)
            ));
        }
    }
    Ok(())
}

/// A directory as a person reads it.
fn shown(directory: &Path) -> String {
    if directory.as_os_str().is_empty() { "this directory".to_owned() } else { directory.display().to_string() }
}
