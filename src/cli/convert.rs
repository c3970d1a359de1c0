//! `envlock convert`: every step of the flow.

use std::{collections::BTreeMap, path::Path};

use jiff::Timestamp;
use miette::{Diagnostic, IntoDiagnostic, WrapErr};
use rattler_conda_types::PackageName;
use tokio::runtime::Runtime;

use super::{
    ConvertArgs, SolveArgs,
    as_of::AsOf,
    files::{self, Output},
    relative::relative,
    ui::Ui,
};
use crate::{
    channel::{self, Channel, ChannelError, FetchOptions, Fetched, Records, Selection},
    dockerfile,
    environment::{Environment, read_environment},
    image::{self, BaseImage, DEFAULT_IMAGE},
    intent::{self, Intent, Kind, Os},
    lockfile::{self, Input, LockInputs},
    report::{CutOff, Facts, Report, notes_for_lock},
    solve::{self, Request, SolveError, infer_as_of},
};

/// The name of the Dockerfile.
const DOCKERFILE: &str = "Dockerfile";

/// Converts an environment file: writes the lock and the Dockerfile, and reports what moved and what went.
///
/// # Errors
///
/// Whatever a step can't do; then no file is written.
pub fn convert(args: &ConvertArgs, ui: &Ui) -> miette::Result<()> {
    let file = files::environment_file(args.file.as_deref())?;
    let environment = read_environment(&file)?;
    let base_image = BaseImage::parse(args.base_image.as_deref().unwrap_or(DEFAULT_IMAGE))?;
    let virtual_packages = image::virtual_packages(&base_image, &args.solve.virtual_packages)?;
    let Selection { channels, notes } = channels(&args.solve, &environment, &file)?;
    let directory = files::output_dir(args.output_dir.as_deref(), &file);
    let paths = files::plan(&directory, &[lockfile::FILE_NAME, DOCKERFILE], args.force)?;

    let intent = intent::understand(&environment);
    let names: Vec<String> = channels.iter().map(|channel| channel.name.clone()).collect();
    let lock_and_report = |records: &Records| -> miette::Result<([String; 2], Report)> {
        let as_of = cut_off(args.solve.as_of, &paths[0], &intent, records);
        let wishes = intent::rank(&intent, records, as_of.as_ref().map(|cut_off| cut_off.at));
        let solution = solve::solve(&Request {
            wishes: &wishes,
            records: &records.into(),
            elsewhere: &elsewhere(&channels, &intent, records),
            virtual_packages: &virtual_packages,
            as_of: as_of.as_ref().map(|cut_off| cut_off.at),
        })
        .map_err(|error| with_line(error, &environment))?;

        let mut input = Input::new(&environment, &intent, &names);
        if args.no_pip {
            input.pip.clear();
        }
        let lock = lockfile::lock(
            &solution,
            &LockInputs {
                input: &input,
                virtual_packages: &virtual_packages,
                as_of: as_of.as_ref().map(|cut_off| cut_off.at),
                base_image: &base_image,
                source: &relative(&file, &directory),
            },
        )?;
        let report = Report::new(&Facts {
            environment: &environment,
            intent: &intent,
            solution: &solution,
            channels: &names,
            notes: &notes,
            virtual_packages: &virtual_packages,
            as_of,
            without_pip: args.no_pip,
        });
        let lock_text = lockfile::to_yaml(&lock, &notes_for_lock(&report));
        let dockerfile_text = dockerfile::render(&lock, &lockfile::sha256_hex(&lock_text))?;
        Ok(([lock_text, dockerfile_text], report))
    };

    let runtime = Runtime::new().into_diagnostic().wrap_err("no threads can be started")?;
    let fetched = runtime.block_on(fetch(&channels, &intent, args.solve.offline, ui))?;
    let from_cache = lock_and_report(fetched.records());
    // The servers were asked meanwhile whether what the cache had is still so.
    let (texts, mut report) = match runtime.block_on(fetched.renewed())? {
        Some(records) => lock_and_report(&records)?,
        None => from_cache?,
    };

    let outputs: Vec<Output> =
        paths.into_iter().zip(texts).map(|(path, text)| Output { path, contents: text }).collect();
    report.written = files::write_all(&outputs)?;
    ui.report(&report).into_diagnostic().wrap_err("the report can't be printed")
}

/// Shows the line of the file that a solve failed for, where there is one.
fn with_line(error: SolveError, environment: &Environment) -> miette::Report {
    let SolveError::NoPython { line, .. } = &error else { return error.into() };
    let help = error.help().map(|help| help.to_string()).unwrap_or_default();
    environment.error_at(*line, &error.to_string(), "wanted here", &help).into()
}

/// The channels of the command line, else those of the file. Relative directories start where they are written.
fn channels(args: &SolveArgs, environment: &Environment, file: &Path) -> miette::Result<Selection> {
    let own: Vec<String> = environment.channels.iter().map(|channel| channel.value.clone()).collect();
    let here = std::env::current_dir().into_diagnostic().wrap_err("there is no current directory")?;
    let base = if args.channels.is_empty() { here.join(file.parent().unwrap_or(file)) } else { here };
    Ok(channel::select(&args.channels, &own, &base)?)
}

async fn fetch(channels: &[Channel], intent: &Intent, offline: bool, ui: &Ui) -> Result<Fetched, ChannelError> {
    let options = FetchOptions { offline, cache_dir: channel::cache_dir(), progress: Some(ui.progress().clone()) };
    let names = intent.pins.iter().filter(|pin| pin.only_for.is_none()).map(|pin| pin.name.clone());
    channel::fetch(channels, names, &options).await
}

/// The cut-off: the one given; for a file written by hand the one of the lock that is there; else inferred.
fn cut_off(given: Option<AsOf>, lock: &Path, intent: &Intent, records: &Records) -> Option<CutOff> {
    let cut_off = |at: Timestamp, inferred| CutOff { date: AsOf::Date(at).to_string(), at, inferred };
    if let Some(given) = given {
        return given.timestamp().map(|at| cut_off(at, false));
    }
    let locked = || {
        let text = std::fs::read_to_string(lock).ok()?;
        lockfile::parse(&lock.to_string_lossy(), &text).ok()?.as_of().ok()?
    };
    let before = if intent.kind == Kind::HandWritten { locked() } else { None };
    before.or_else(|| infer_as_of(intent, records)).map(|at| cut_off(at, true))
}

/// For which other platforms the channels have what they don't have for linux-64.
fn elsewhere(channels: &[Channel], intent: &Intent, records: &Records) -> BTreeMap<PackageName, Vec<Os>> {
    let missing: Vec<PackageName> = intent
        .pins
        .iter()
        .map(|pin| &pin.name)
        .filter(|name| records.get(name.as_normalized()).is_empty())
        .cloned()
        .collect();
    channel::subdirs_elsewhere(channels, &missing, &channel::cache_dir())
        .into_iter()
        .map(|(name, subdirs)| {
            let mut platforms: Vec<Os> = subdirs.iter().filter_map(|subdir| Os::of_subdir(subdir)).collect();
            platforms.sort_unstable();
            platforms.dedup();
            (name, platforms)
        })
        .filter(|(_, platforms)| !platforms.is_empty())
        .collect()
}
