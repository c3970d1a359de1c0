//! One environment on its way from the file to the lock.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use jiff::{Timestamp, Unit};
use miette::{Diagnostic, IntoDiagnostic, WrapErr};
use rattler_conda_types::{GenericVirtualPackage, PackageName, RepoDataRecord};
use tokio::runtime::Runtime;

use super::{
    ConvertArgs,
    files::{self, Output},
    jupyter,
    keep::{self, Keep},
    pip,
    recipe::{layers, recipe},
    relative::relative,
    render::{COMPOSE, DOCKERFILE, companions},
    targets::Target,
    times::{Existing, Times, times},
    ui::Ui,
};
use crate::{
    channel::{self, Channel, ChannelError, FetchOptions, Fetched, Records, Selection},
    dockerfile::{self, Weight},
    environment::{Environment, read_environment},
    image::{self, BaseImage, Recipe},
    intent::{self, Intent, Kind, Os, Wish},
    lockfile::{self, Choices, Input, LockInputs, Lockfile},
    pypi::{self, Held, PipError, PipLock},
    report::{Facts, Report, notes_for_lock},
    solve::{self, Only, Request, Solution, SolveError},
    words::and,
};

/// What is to be done, before anything is known of the channels.
pub(super) struct Job<'a> {
    args: &'a ConvertArgs,
    /// Where the lock will be.
    directory: PathBuf,
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
    pub(super) channels: Vec<Channel>,
    notes: Vec<String>,
    pub(super) existing: Option<Existing>,
    /// What is to stay as it is.
    pub(super) keep: Option<Keep>,
    /// Whether nothing is to be written.
    pub(super) is_dry: bool,
    trees: bool,
}

/// What the conda packages are.
pub(super) struct Solved {
    input: Input,
    times: Times,
    solution: Solution,
    /// Whether packages were kept in place.
    is_kept: bool,
    /// What pip is to keep.
    held: Vec<Held>,
}

/// What was written, or would have been.
pub(super) struct Finished {
    pub report: Report,
    pub lock: Lockfile,
}

/// What comes of it.
struct Made {
    lock: Lockfile,
    /// The lock as it is written.
    text: String,
    report: Report,
}

impl<'a> Job<'a> {
    /// Reads what is to be converted, and settles what can be settled without the channels. `images` are images whose
    /// digests are known; those that are asked for are added.
    ///
    /// # Errors
    ///
    /// Where the file or an option can't be used, or something is in the way of what is to be written.
    pub(super) fn prepare(
        target: &'a Target,
        images: &mut Vec<BaseImage>,
        runtime: &Runtime,
        ui: &Ui,
    ) -> miette::Result<Self> {
        let Target { file, directory, args, .. } = target;
        let mut environment = read_environment(file)?;
        let pip = pip::lines(&args.pip, &mut environment, file);
        let pip_options = pip::options(args)?;
        files::plan(directory, &[lockfile::FILE_NAME, DOCKERFILE], args.force)?;
        let existing = Existing::read(&directory.join(lockfile::FILE_NAME));
        let recipe = recipe(args, directory, existing.as_ref(), images, runtime, ui)?;
        let layers = layers(&args.image, &recipe, existing.as_ref())?;
        if recipe.compose {
            files::plan(directory, &[COMPOSE], args.force)?;
        }
        let virtual_packages = image::virtual_packages(&recipe.base, &args.solve.virtual_packages)?;
        let Selection { channels, notes } = channels(args, &environment, file)?;
        let intent = intent::understand(&environment);
        Ok(Self {
            args,
            directory: directory.clone(),
            source: relative(file, directory),
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
            keep: None,
            is_dry: false,
            trees: ui.is_verbose(),
        })
    }

    /// Locks what the channels have, and writes it.
    ///
    /// # Errors
    ///
    /// Whatever a step can't do; then no file is written.
    pub(super) fn finish(
        &self,
        solved: miette::Result<(Solved, Limits)>,
        records: &Records,
        runtime: &Runtime,
        ui: &Ui,
    ) -> miette::Result<Finished> {
        let (mut solved, mut limits) = solved?;
        let locked = loop {
            let locked = runtime.block_on(lock_pip(self, &solved, ui));
            let Err(error) = &locked else { break locked? };
            if !limits.add(pip::limits_of(error)) {
                break locked?;
            }
            solved = solve_with(self, records, &mut limits)?;
        };
        let elsewhere = elsewhere(&self.channels, &self.intent, records);
        let mut made = make(self, &solved, locked.as_ref(), records, &elsewhere)?;
        let mut outputs = companions(&made.lock, &made.text, &self.directory)?;
        outputs.insert(0, Output { path: self.directory.join(lockfile::FILE_NAME), contents: made.text });
        if !self.is_dry {
            made.report.written = files::write_all(&outputs)?;
        }
        Ok(Finished { report: made.report, lock: made.lock })
    }

    /// What is wished for, the most important first.
    pub(super) fn wishes(&self, records: &Records, as_of: Option<Timestamp>, limits: &[Wish]) -> Vec<Wish> {
        let mut wishes = intent::rank(&self.intent, records, as_of);
        wishes.extend(pip::wishes(&self.pip));
        wishes.extend(jupyter::wishes(&self.recipe, &self.intent));
        wishes.extend_from_slice(limits);
        wishes
    }

    /// Solves for other wishes than those of the file, as of another date, with nothing kept.
    ///
    /// # Errors
    ///
    /// Those of [`solve::solve`].
    pub(super) fn solve_for(
        &self,
        wishes: &[Wish],
        records: &Records,
        as_of: Option<Timestamp>,
        only: Option<&Only>,
    ) -> miette::Result<Solution> {
        let request = Request {
            wishes,
            records,
            channels: &self.channels,
            virtual_packages: &self.virtual_packages,
            as_of,
            horizon: None,
            only,
            timeout: self.args.solve.timeout.limit(),
            trees: false,
        };
        solve::solve(&request).map_err(|error| with_line(error, &self.environment))
    }

    /// What the file asks for.
    pub(super) fn intent(&self) -> &Intent {
        &self.intent
    }

    /// The line of the pip section that asks for a package in certain versions: its number and its text.
    pub(super) fn pip_line(&self, name: &str) -> Option<(usize, &str)> {
        let is_it = |line: &&pypi::Line| {
            lockfile::Asked::pip(&line.text).name == name && lockfile::pip_name(&line.text) != name
        };
        self.pip.iter().find(is_it).map(|line| (line.at.line, line.text.as_str()))
    }

    /// The environment file.
    pub(super) fn file(&self) -> &str {
        &self.environment.file
    }

    /// The packages that the channels are asked for to begin with.
    pub(super) fn names(&self) -> BTreeSet<PackageName> {
        let own = self.intent.pins.iter().filter(|pin| pin.only_for.is_none()).map(|pin| pin.name.clone());
        let besides = pip::wishes(&self.pip).into_iter().chain(jupyter::wishes(&self.recipe, &self.intent));
        own.chain(besides.map(|wish| wish.pin.name)).collect()
    }

    /// Whether the channels may not be asked.
    pub(super) fn is_offline(&self) -> bool {
        self.args.solve.offline
    }

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
            as_of: match self.keep.as_ref().and_then(|keep| keep.pip_as_of) {
                Some(as_of) => as_of.timestamp(),
                None => solved.times.as_of.as_ref().map(|cut_off| cut_off.at),
            },
            held: &solved.held,
            options: &self.pip_options,
        }
    }
}

/// What the pip section asks of the conda packages that no line of the file asks for.
#[derive(Default)]
pub(super) struct Limits(Vec<Wish>);

impl Limits {
    /// Adds those of packages that none is known of yet. Tells whether there were any.
    fn add(&mut self, mut more: Vec<Wish>) -> bool {
        more.retain(|wish| !self.0.iter().any(|known| known.pin.name == wish.pin.name));
        let has_more = !more.is_empty();
        self.0.append(&mut more);
        has_more
    }
}

/// Solves for the conda packages.
pub(super) fn solve(job: &Job, records: &Records) -> miette::Result<(Solved, Limits)> {
    let mut limits = Limits::default();
    Ok((solve_with(job, records, &mut limits)?, limits))
}

/// Solves for the conda packages, until what they bring in unasked agrees with the pip section, as far as it can.
fn solve_with(job: &Job, records: &Records, limits: &mut Limits) -> miette::Result<Solved> {
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
    let existing = job.existing.as_ref().filter(|_| times.same);
    let keep = job.keep.clone().or_else(|| existing.and_then(Keep::of_updated));
    let wishes = job.wishes(records, as_of, limits);
    let mut solution = solve::solve(&Request {
        wishes: &wishes,
        records,
        channels,
        virtual_packages,
        as_of,
        // What was moved alone may be newer.
        horizon: times.horizon.filter(|_| job.keep.is_none()),
        only: keep.as_ref().map(|keep| &keep.only),
        timeout: args.solve.timeout.limit(),
        trees: job.trees,
    })
    .map_err(|error| with_line(error, environment))?;
    // The file says nothing of what was wished for besides.
    solution.outcomes.retain(|outcome| !pip::is_besides(&outcome.pin));
    if let Some(keep) = &keep {
        keep.explain(&mut solution.outcomes);
    }
    let is_kept = keep.is_some();
    // An index knows of no moment that it could be asked as of where the newest was locked.
    let held = keep
        .map(|keep| keep.pip)
        .or_else(|| existing.filter(|existing| existing.is_as_written()).map(|existing| keep::of_pip(&existing.lock)));
    Ok(Solved { input, times, solution, is_kept, held: held.unwrap_or_default() })
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
            choices: Choices {
                channels_given: !args.solve.channels.is_empty(),
                pip_left_out: args.pip.no_pip,
                updated: solved.is_kept,
            },
            recipe: &job.recipe,
            source: &job.source,
            pip: pip.map_or(&[], |pip| &pip.packages),
        },
    )?;
    // Where nothing came of moving some alone, all can be found again as before.
    if let Some(existing) = job.existing.as_ref().filter(|it| times.same && it.lock.package == lock.package) {
        lock.find_again_like(&existing.lock);
    }
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

/// The channels of the options, else those of the file. Relative directories start where they are written.
fn channels(args: &ConvertArgs, environment: &Environment, file: &Path) -> miette::Result<Selection> {
    let own: Vec<String> = environment.channels.iter().map(|channel| channel.value.clone()).collect();
    let here = std::env::current_dir().into_diagnostic().wrap_err("there is no current directory")?;
    let options = &args.solve.channels;
    let written = if options.is_empty() { file.parent() } else { args.base.as_deref() };
    Ok(channel::select(options, &own, &here.join(written.unwrap_or(Path::new(""))))?)
}

/// Fetches what the channels have of these packages, and of all that they need.
pub(super) async fn fetch(
    channels: &[Channel],
    names: BTreeSet<PackageName>,
    offline: bool,
    ui: &Ui,
) -> Result<Fetched, ChannelError> {
    let options = FetchOptions { offline, cache_dir: channel::cache_dir(), progress: Some(ui.progress().clone()) };
    channel::fetch(channels, names, &options).await
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
