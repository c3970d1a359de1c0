//! An installed environment in the place of an environment file: which one is meant, and the plan to convert it.

use std::path::{Path, PathBuf};

use miette::miette;

use super::{
    Options,
    config::Config,
    files::ENVIRONMENT,
    machines::Machines,
    plan::{InstalledFile, Plan, is_same},
};
use crate::{
    machine::{Active, Found, Machine, NoSuchEnvironment, Surroundings},
    prefix::{self, environment_file},
    words::{and, one_line, path_in_words},
};

/// The plan to convert an installed environment: the one of a name or in a directory, or else the one that is active. Its
/// environment file is written beside the lock.
///
/// # Errors
///
/// Where there is no such environment, or it can't be read.
pub fn from_env(named: Option<&str>, said: &Options) -> miette::Result<Plan> {
    let around = Surroundings::of_process();
    let mut machines = Machines::default();
    let machine = machines.get(said.no_config.unwrap_or_default());
    let found = match named {
        Some(named) => machine.environment(named, &around).map_err(|why| no_such(named, &why))?,
        None => active(machine, &around)?,
    };
    let mut installed = prefix::read(&found.prefix, &found.name)?;
    if let Some(directory) = Active::on_top(&around).filter(|_| named.is_none()) {
        installed
            .notes
            .push(format!("{} is active, too, and what pip installed there isn't read", path_in_words(&directory)));
    }
    let text = environment_file(&installed);
    let plan = plan(said)?;
    Ok(Plan { installed: Some(InstalledFile { text, notes: installed.notes }), machines, ..plan })
}

fn no_such(named: &str, why: &NoSuchEnvironment) -> miette::Report {
    miette!(
        code = "from-env-unknown",
        help = choices(&why.others),
        "there is no conda environment called {}",
        one_line(named)
    )
}

fn active(machine: &Machine, around: &Surroundings) -> miette::Result<Found> {
    match Active::of(around) {
        Active::Conda(found) => Ok(found),
        Active::Virtual(directory) => Err(prefix::PrefixError::Virtual { prefix: path_in_words(&directory) }.into()),
        Active::Nothing => Err(miette!(
            code = "from-env-none",
            help = choices(&machine.environment_names(around)),
            "no conda environment is active"
        )),
    }
}

/// What to name instead.
fn choices(names: &[String]) -> String {
    /// More of them would fill the screen.
    const SHOWN: usize = 20;
    let name = |name: &String| one_line(name);
    let more = names.len().saturating_sub(SHOWN);
    let mut shown: Vec<String> = names.iter().take(SHOWN).map(name).collect();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    let verb = if names.len() == 1 { "is" } else { "are" };
    let there = if names.is_empty() { String::new() } else { format!("there {verb} {}; ", and(&shown)) };
    format!("{there}name one, or its directory: envlock convert --from-env NAME")
}

/// The plan for the environment file that is written: that of the configuration of this directory, if it is in that.
fn plan(said: &Options) -> miette::Result<Plan> {
    let file = said.output_dir.as_deref().unwrap_or(Path::new("")).join(ENVIRONMENT);
    let Some(config) = Config::of(Path::new(""))? else { return Ok(Plan::new(file, said.clone())) };
    let configured = config.options(said)?.into_iter().find(|(it, _)| *it == file || is_same(it, &file));
    let plan =
        |(file, options): (PathBuf, Options)| Plan { config: Some(config.file.clone()), ..Plan::new(file, options) };
    if let Some(found) = configured {
        return Ok(plan(found));
    }
    // It is about the file beside it, which isn't there yet.
    if said.output_dir.is_none() && config.names_none() {
        return Ok(plan((file, config.options_beside(said)?)));
    }
    Ok(Plan::new(file, said.clone()))
}
