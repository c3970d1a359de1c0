//! `envlock convert`: every step of the flow.

use std::{collections::BTreeMap, path::Path};

use jiff::Unit;
use miette::{Diagnostic, IntoDiagnostic, WrapErr};
use rattler_conda_types::{GenericVirtualPackage, PackageName, RepoDataRecord};
use tokio::runtime::Runtime;

use super::{
    ConvertArgs, SolveArgs,
    files::{self, Output},
    jupyter, pip,
    recipe::{layers, recipe},
    relative::relative,
    render::{COMPOSE, DOCKERFILE, companions},
    times::{Existing, Times, times},
    ui::Ui,
};
use crate::{
    channel::{self, Channel, ChannelError, FetchOptions, Fetched, Records, Selection},
    dockerfile::{self, Weight},
    environment::{Environment, read_environment},
    image::{self, Recipe},
    intent::{self, Intent, Kind, Os, Wish},
    lockfile::{self, Input, LockInputs, Lockfile},
    pypi::{self, PipError, PipLock},
    report::{Facts, Report, notes_for_lock},
    solve::{self, Request, Solution, SolveError},
    words::and,
};

/// Converts an environment file: writes the lock and the Dockerfile, and reports what moved and what went.
///
/// # Errors
///
/// Whatever a step can't do; then no file is written.
pub fn convert(args: &ConvertArgs, ui: &Ui) -> miette::Result<()> {
    let file = files::environment_file(args.file.as_deref())?;
    let mut environment = read_environment(&file)?;
    let pip = pip::lines(&args.pip, &mut environment, &file);
    let pip_options = pip::options(args)?;
    let directory = files::output_dir(args.output_dir.as_deref(), &file);
    files::plan(&directory, &[lockfile::FILE_NAME, DOCKERFILE], args.force)?;
    let existing = Existing::read(&directory.join(lockfile::FILE_NAME));
    let runtime = Runtime::new().into_diagnostic().wrap_err("no threads can be started")?;
    let recipe = recipe(args, &directory, existing.as_ref(), &runtime, ui)?;
    let layers = layers(&args.image, &recipe, existing.as_ref())?;
    let compose = recipe.compose.then_some(COMPOSE);
    let names: Vec<&str> = [lockfile::FILE_NAME, DOCKERFILE].into_iter().chain(compose).collect();
    files::plan(&directory, &names, args.force)?;
    let virtual_packages = image::virtual_packages(&recipe.base, &args.solve.virtual_packages)?;
    let Selection { channels, notes } = channels(&args.solve, &environment, &file)?;

    let intent = intent::understand(&environment);
    let job = Job {
        args,
        source: relative(&file, &directory),
        environment,
        pip,
        pip_options,
        intent,
        recipe,
        layers,
        virtual_packages,
        channels,
        notes,
        existing,
        trees: ui.is_verbose(),
    };
    let mut fetched = runtime.block_on(fetch(&job, ui))?;
    let mut limits = Limits::default();
    let from_cache = solve(&job, fetched.records(), &mut limits);
    // The servers were asked meanwhile whether what the cache had is still so.
    let renewed = runtime.block_on(fetched.renewed())?;
    let records = renewed.as_ref().unwrap_or(fetched.records());
    let mut solved = match renewed {
        Some(_) => {
            limits = Limits::default();
            solve(&job, records, &mut limits)?
        }
        None => from_cache?,
    };
    let locked = loop {
        let locked = runtime.block_on(lock_pip(&job, &solved, ui));
        let Err(error) = &locked else { break locked? };
        if !limits.add(pip::limits_of(error)) {
            break locked?;
        }
        solved = solve(&job, records, &mut limits)?;
    };
    let elsewhere = elsewhere(&job.channels, &job.intent, records);
    let mut made = make(&job, &solved, locked.as_ref(), records, &elsewhere)?;

    let mut outputs = companions(&made.lock, &made.text, &directory)?;
    outputs.insert(0, Output { path: directory.join(lockfile::FILE_NAME), contents: made.text });
    made.report.written = files::write_all(&outputs)?;
    ui.report(&made.report).into_diagnostic().wrap_err("the report can't be printed")
}

/// What is to be done, before anything is known of the channels.
struct Job<'a> {
    args: &'a ConvertArgs,
    /// The environment file, as seen from the lock.
    source: String,
    environment: Environment,
    /// The lines of the pip section, unless it is left out.
    pip: Vec<pypi::Line>,
    pip_options: pypi::Options,
    intent: Intent,
    recipe: Recipe,
    /// How many layers the conda packages are to have.
    layers: usize,
    virtual_packages: Vec<GenericVirtualPackage>,
    channels: Vec<Channel>,
    notes: Vec<String>,
    existing: Option<Existing>,
    trees: bool,
}

/// What the conda packages are.
struct Solved {
    input: Input,
    times: Times,
    solution: Solution,
}

/// What comes of it.
struct Made {
    lock: Lockfile,
    /// The lock as it is written.
    text: String,
    report: Report,
}

impl Job<'_> {
    /// The names of the channels.
    fn channel_names(&self) -> Vec<String> {
        self.channels.iter().map(|channel| channel.name.clone()).collect()
    }

    /// What is to be locked of the pip section, against these conda packages.
    fn pip_request<'s>(&'s self, solved: &'s Solved) -> pypi::Request<'s> {
        pypi::Request {
            environment: &self.environment,
            lines: &self.pip,
            records: &solved.solution.records,
            virtual_packages: &self.virtual_packages,
            is_export: self.intent.kind == Kind::Export,
            as_of: solved.times.as_of.as_ref().map(|cut_off| cut_off.at),
            options: &self.pip_options,
        }
    }
}

/// What the pip section asks of the conda packages that no line of the file asks for.
#[derive(Default)]
struct Limits(Vec<Wish>);

impl Limits {
    /// Adds those of packages that none is known of yet. Tells whether there were any.
    fn add(&mut self, mut more: Vec<Wish>) -> bool {
        more.retain(|wish| !self.0.iter().any(|known| known.pin.name == wish.pin.name));
        let has_more = !more.is_empty();
        self.0.append(&mut more);
        has_more
    }
}

/// Solves for the conda packages, until what they bring in unasked agrees with the pip section, as far as it can.
fn solve(job: &Job, records: &Records, limits: &mut Limits) -> miette::Result<Solved> {
    loop {
        let solved = solve_within(job, records, &limits.0)?;
        if !limits.add(pip::limits(&job.pip_request(&solved), &job.intent)) {
            return Ok(solved);
        }
    }
}

/// Solves for the conda packages, with limits on what no line of the file asks for.
fn solve_within(job: &Job, records: &Records, limits: &[Wish]) -> miette::Result<Solved> {
    let Job { args, environment, intent, channels, virtual_packages, .. } = job;
    let mut input = Input::new(environment, intent, &job.channel_names());
    if args.pip.no_pip {
        input.pip.clear();
    }
    let offered = image::describe(virtual_packages);
    let times = times(args.solve.as_of, job.existing.as_ref(), &input, &offered, intent, records);
    let as_of = times.as_of.as_ref().map(|cut_off| cut_off.at);
    let mut wishes = intent::rank(intent, records, as_of);
    wishes.extend(pip::wishes(&job.pip));
    wishes.extend(jupyter::wishes(&job.recipe, intent));
    wishes.extend_from_slice(limits);
    let mut solution = solve::solve(&Request {
        wishes: &wishes,
        records,
        channels,
        virtual_packages,
        as_of,
        horizon: times.horizon,
        timeout: args.solve.timeout.limit(),
        trees: job.trees,
    })
    .map_err(|error| with_line(error, environment))?;
    // The file says nothing of what was wished for besides.
    solution.outcomes.retain(|outcome| !pip::is_besides(&outcome.pin));
    Ok(Solved { input, times, solution })
}

/// Locks the pip section, if there is one to be locked.
async fn lock_pip(job: &Job<'_>, solved: &Solved, ui: &Ui) -> Result<Option<PipLock>, PipError> {
    if job.pip.is_empty() {
        return Ok(None);
    }
    let spinner = ui.spinner("locking the pip section");
    let mut locked = pypi::lock(&job.pip_request(solved)).await;
    spinner.finish_and_clear();
    if let Ok(locked) = &mut locked {
        locked.notes.extend(pip::added(&job.intent, &job.pip, &solved.solution.records));
    }
    locked.map(Some)
}

/// Makes the lock, and tells what it came to.
fn make(
    job: &Job,
    solved: &Solved,
    pip: Option<&PipLock>,
    records: &Records,
    elsewhere: &BTreeMap<PackageName, Vec<Os>>,
) -> miette::Result<Made> {
    let Job { args, environment, intent, virtual_packages, .. } = job;
    let Solved { input, times, solution, .. } = solved;
    let mut notes = job.notes.clone();
    notes.extend(secrets(&input.variables));
    notes.extend(jupyter::added(&job.recipe, intent, &solution.records)?);
    let mut lock = lockfile::lock(
        solution,
        &LockInputs {
            input,
            virtual_packages,
            as_of: times.as_of.as_ref().map(|cut_off| cut_off.at),
            recipe: &job.recipe,
            source: &job.source,
            pip: pip.map_or(&[], |pip| &pip.packages),
        },
    )?;
    let before = job.existing.as_ref().map(|existing| existing.lock.layers()).unwrap_or_default();
    let weight = |name: &str| weight(name, &solution.records, records);
    let layers = dockerfile::assign(lock.conda_packages(), weight, job.layers, &before);
    lock.set_layers(&layers);
    let facts = Facts {
        environment,
        intent,
        solution,
        elsewhere: &BTreeMap::new(),
        channels: &job.channel_names(),
        notes: &notes,
        virtual_packages,
        as_of: times.as_of.clone(),
        timeout: args.solve.timeout.limit(),
        pip,
    };
    let text = match &job.existing {
        // The comments at its head may say the same in other words; that is no reason to write it anew.
        Some(existing) if existing.lock == lock => existing.text.clone(),
        // What is elsewhere is known of channels on this disk only, and the lock is the same wherever they are.
        _ => lockfile::to_yaml(&lock, &notes_for_lock(&Report::new(&facts))),
    };
    let report = Report::new(&Facts { elsewhere, ..facts });
    Ok(Made { lock, text, report })
}

/// The note on variables that don't get into the image.
fn secrets(variables: &BTreeMap<String, String>) -> Option<String> {
    let names: Vec<&str> = variables.keys().map(String::as_str).filter(|name| dockerfile::is_secret(name)).collect();
    let verb = if names.len() == 1 { "looks like a secret and stays" } else { "look like secrets and stay" };
    (!names.is_empty()).then(|| format!("{} {verb} out of the image; give containers an --env-file", and(&names)))
}

/// What a package weighs: its size, and how often the channels had another version or build of it in a year.
fn weight(name: &str, chosen: &[RepoDataRecord], records: &Records) -> Weight {
    /// What is assumed of a package that doesn't say, in bytes.
    const SIZE: u64 = 1 << 20;
    let record = chosen.iter().find(|it| it.package_record.name.as_normalized() == name);
    let size = record.and_then(|it| it.package_record.size).unwrap_or(SIZE);
    let rows = records.get(name).iter().flat_map(|found| found.block.rows().iter());
    let mut builds: Vec<_> = rows.map(|row| (row.version(), row.build_number(), row.timestamp())).collect();
    let times = || builds.iter().filter_map(|(_, _, time)| *time);
    let years =
        times().min().zip(times().max()).map_or(0.0, |(first, last)| (last - first).total(Unit::Hour).unwrap_or(0.0))
            / (24.0 * 365.25);
    builds.sort_unstable();
    builds.dedup_by_key(|(version, number, _)| (*version, *number));
    #[allow(clippy::cast_precision_loss, reason = "neither has that many digits")]
    let (size, builds) = (size as f64, builds.len() as f64);
    Weight { size, changes: builds / years.max(1.0) }
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

async fn fetch(job: &Job<'_>, ui: &Ui) -> Result<Fetched, ChannelError> {
    let offline = job.args.solve.offline;
    let options = FetchOptions { offline, cache_dir: channel::cache_dir(), progress: Some(ui.progress().clone()) };
    let own = job.intent.pins.iter().filter(|pin| pin.only_for.is_none()).map(|pin| pin.name.clone());
    let besides = pip::wishes(&job.pip).into_iter().chain(jupyter::wishes(&job.recipe, &job.intent));
    channel::fetch(&job.channels, own.chain(besides.map(|wish| wish.pin.name)), &options).await
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
