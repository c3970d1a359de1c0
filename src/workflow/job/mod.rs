//! One environment on its way from the file to the lock.

mod channels;
mod conda;
mod cuda;
mod disagreement;
mod guarded;
mod make;
mod shared;
mod wheels;

use std::{collections::BTreeSet, sync::Arc};

use channels::{channels, elsewhere};
use conda::{of, solve_with, with_line};
use jiff::Timestamp;
use make::make;
use rattler_conda_types::GenericVirtualPackage;
use tokio::runtime::Runtime;

pub(super) use self::{
    channels::fetch,
    conda::{PipLimits, Solved, solve},
    shared::Shared,
};
use super::{
    again::{DateAsked, SettledOptions},
    jupyter,
    keep::Keep,
    pip,
    recipe::{layers, recipe},
    render::{self, companions},
    times::{Existing, Times},
};
use crate::{
    channel::{Asked, Channel, Records, Selection},
    dockerfile::{self, COMPOSE},
    environment::{Environment, parse_environment, read_environment},
    image::{self, Recipe},
    intent::{self, Intent, Kind, Wish},
    lockfile::{self, Lockfile},
    machine::Machine,
    page::{self, Conversion},
    progress::Events,
    project::{
        Options,
        files::{self, Output},
        pages, places,
        plan::Plan,
        relative::relative,
    },
    pypi::{self, PipError, PipLock},
    rank::rank,
    report::Report,
    solve::{self, Frozen, Request, Solution},
    words::and,
};

/// What is to be done, before anything is known of the channels.
pub(super) struct Job {
    /// The plan, with what the lock keeps of options that it leaves unsaid.
    plan: Plan,
    /// Which cut-off date is asked for.
    pub(super) as_of: DateAsked,
    /// The environment file, as seen from the lock.
    source: String,
    environment: Environment,
    /// The lines of the pip section, unless it is left out.
    pip: Vec<pypi::Line>,
    pip_options: pypi::PipOptions,
    intent: Intent,
    recipe: Recipe,
    /// How many layers the conda packages are to have.
    layers: usize,
    virtual_packages: Vec<GenericVirtualPackage>,
    pub(super) channels: Vec<Channel>,
    /// What this machine is set up with.
    pub(super) machine: Arc<Machine>,
    notes: Vec<String>,
    pub(super) existing: Option<Existing>,
    /// What is to stay as it is.
    pub(super) keep: Option<Keep>,
    /// Whether nothing is to be written.
    pub(super) is_dry: bool,
    /// The command that does the same for a report of a fault, where that isn't `convert`.
    pub(super) command: Option<String>,
    /// Whether errors tell all there is to tell.
    pub(super) tells_all: bool,
}

/// What was written, or would have been.
pub(super) struct Finished {
    pub report: Report,
    pub lock: Lockfile,
}

impl Job {
    /// Reads what is to be converted, and settles what can be settled without the channels. What other environments
    /// can use as well goes to what they share.
    ///
    /// # Errors
    ///
    /// Where the file or an option can't be used, or something is in the way of what is to be written.
    pub(super) fn prepare(
        plan: &Plan,
        shared: &mut Shared,
        runtime: &Runtime,
        events: &Arc<dyn Events>,
    ) -> miette::Result<Self> {
        let Plan { file, installed, directory, options, config, force, forget, .. } = plan;
        let mut environment = match installed {
            Some(installed) => {
                if !force {
                    files::refuse_other(file, &installed.text)?;
                }
                parse_environment(&file.display().to_string(), installed.text.as_bytes())?
            }
            None => read_environment(file)?,
        };
        let source = relative(file, directory);
        let existing = Existing::read(&directory.join(lockfile::FILE_NAME));
        if let Some(existing) = existing.as_ref().filter(|_| !force) {
            existing.refuse_of_another(file, directory)?;
        }
        // What was said of another file doesn't count.
        let its = existing.as_ref().map(|it| &it.lock).filter(|lock| lock.sources == [source.as_str()] && !forget);
        let SettledOptions { options, as_of, note } = match its.filter(|_| config.is_none()) {
            Some(lock) => SettledOptions::again(options, lock, directory, *forget),
            None => SettledOptions::said(options, its, *forget),
        };
        let pip = pip::lines(&options, &mut environment, file);
        shared.machines.take_over(&plan.machines);
        let machine = Arc::new(machine(&options, its, shared));
        let pip_options = pip::options(&options, &machine, events)?;
        files::plan(directory, &[lockfile::FILE_NAME, dockerfile::DOCKERFILE], *force)?;
        let place = (directory.as_path(), &machine.network);
        let recipe = recipe(&options, place, existing.as_ref(), &mut shared.images, runtime, events.as_ref())?;
        let layers = layers(options.layers, &recipe, existing.as_ref())?;
        if recipe.compose {
            files::plan(directory, &[COMPOSE], *force)?;
        }
        if let Some(page) = &plan.page {
            let variables = recipe.env_file.as_ref().map(|it| directory.join(it));
            let inputs = [Some(file.as_path()), config.as_deref(), variables.as_deref()];
            pages::check(page, &inputs.into_iter().flatten().collect::<Vec<_>>(), *force)?;
        }
        let virtual_packages = image::virtual_packages(&recipe.base, &options.virtual_packages)?;
        let Selection { channels, mut notes } = channels(&options, &environment, file, &machine.names)?;
        let mut intent = intent::understand(&environment);
        if let Some(python) = options.python {
            notes.push(python.note(&intent));
            python.replace(&mut intent);
        }
        notes.extend(installed.iter().flat_map(|it| &it.notes).cloned());
        notes.extend(note);
        notes.extend(machine.notes.iter().cloned());
        Ok(Self {
            plan: Plan { options, ..plan.clone() },
            as_of,
            source,
            environment,
            pip,
            pip_options,
            intent,
            recipe,
            layers,
            virtual_packages,
            channels,
            machine,
            notes,
            existing,
            keep: None,
            is_dry: false,
            command: None,
            tells_all: plan.draws_conflicts,
        })
    }

    /// Locks what the channels have, and writes it.
    ///
    /// # Errors
    ///
    /// Whatever a step can't do; then no file is written.
    pub(super) fn finish(
        &self,
        solved: miette::Result<(Solved, PipLimits)>,
        records: &Records,
        runtime: &Runtime,
        events: &dyn Events,
    ) -> miette::Result<Finished> {
        let (mut solved, mut limits) = solved?;
        let mut locked = runtime.block_on(lock_pip(self, &solved, events));
        while limits.add(pip::limits_of(&locked)) {
            let other = solve_with(self, records, &mut limits, events)?;
            // Where conda stays as it is, so does what pip can have.
            if locked.is_ok() && other.solution.records == solved.solution.records {
                continue;
            }
            let with_other = runtime.block_on(lock_pip(self, &other, events));
            // Where both give way to each other, what is closer to the file counts.
            if locked.is_ok() && (with_other.is_err() || kept(&other, &with_other) <= kept(&solved, &locked)) {
                break;
            }
            (solved, locked) = (other, with_other);
        }
        if let Err(error @ PipError::Unsolvable { .. }) = locked {
            locked = runtime.block_on(lock_what_goes(self, &mut solved, error, events));
        }
        let mut locked = locked?;
        if let Some(locked) = &mut locked {
            solved.wheels.settle(locked)?;
        }
        let elsewhere = elsewhere(&self.channels, &self.intent, records);
        let guarded = runtime.block_on(guarded::guarded(self, &solved, locked.as_ref()));
        let mut made = make(self, &solved, locked.as_ref(), &guarded, records, &elsewhere)?;
        let mut outputs = companions(&made.lock, &made.text, &self.plan.directory)?;
        made.report.notes.extend(render::kept_out(&outputs, &self.plan.directory));
        made.report.configured = self.machine.all_taken();
        outputs.insert(0, Output { path: self.plan.directory.join(lockfile::FILE_NAME), contents: made.text });
        if !self.is_dry {
            files::plan(&self.plan.directory, &files::names(&outputs), self.plan.force)?;
            if let Some(installed) = &self.plan.installed {
                let environment = Output { path: self.plan.file.clone(), contents: installed.text.clone() };
                outputs.insert(0, environment);
            }
            let page = self.plan.page.as_ref();
            let page =
                page.map(|path| Output { path: path.clone(), contents: told(&made.report, &made.lock, &outputs) });
            outputs.extend(page);
            made.report.written = render::write(&outputs, &self.plan.directory)?;
            if !self.plan.options.channels.is_empty() && self.plan.config.is_none() {
                places::keep(&self.plan.directory, &self.channels);
            }
        }
        Ok(Finished { report: made.report, lock: made.lock })
    }

    /// What is wished for, the most important first.
    pub(super) fn wishes(&self, records: &Records, as_of: Option<Timestamp>, limits: &[Wish]) -> Vec<Wish> {
        let mut wishes = rank(&self.intent, records, as_of);
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
        only: Option<&Frozen>,
    ) -> miette::Result<Solution> {
        let request = Request {
            wishes,
            records,
            channels: of(records, &self.channels),
            priority: self.plan.options.priority(),
            virtual_packages: &self.virtual_packages,
            as_of,
            horizon: None,
            prefer: self.plan.options.prefer(),
            only,
            timeout: self.plan.options.timeout().limit(),
            trees: false,
        };
        solve::solve(&request).map_err(|error| with_line(error, &self.environment, self.plan.options.python))
    }

    /// What the file asks for.
    pub(super) fn intent(&self) -> &Intent {
        &self.intent
    }

    /// The line of the pip section that asks for a package in certain versions: its number and its text.
    pub(super) fn pip_line(&self, name: &str) -> Option<(usize, &str)> {
        let is_it = |line: &&pypi::Line| {
            lockfile::Requested::pip(&line.text).name() == name && lockfile::pip_name(&line.text) != name
        };
        self.pip.iter().find(is_it).map(|line| (line.at.line, line.text.as_str()))
    }

    /// The environment file.
    pub(super) fn file(&self) -> &str {
        &self.environment.file
    }

    /// The packages that the channels are asked for to begin with.
    pub(super) fn asked(&self) -> BTreeSet<Asked> {
        // A run-time library of another platform is never installed for its line, but tells what is there for it alone.
        let runtimes = self.intent.elsewhere.iter().filter(|it| it.counterparts().is_some()).map(|it| &it.pin);
        let own = self
            .intent
            .pins
            .iter()
            .chain(runtimes)
            .map(|pin| Asked { name: pin.name.clone(), extras: pin.refinement.extras.clone() });
        let besides = pip::wishes(&self.pip).into_iter().chain(jupyter::wishes(&self.recipe, &self.intent));
        own.chain(besides.map(|wish| wish.pin.name.into())).collect()
    }

    /// The options, those that the lock keeps among them.
    pub(super) fn options(&self) -> &Options {
        &self.plan.options
    }

    /// The names of the channels.
    fn channel_names(&self) -> Vec<String> {
        self.channels.iter().map(|channel| channel.name.clone()).collect()
    }

    /// What is to be locked of the pip section, against these conda packages.
    fn pip_request<'s>(&'s self, solved: &'s Solved) -> pypi::PipRequest<'s> {
        pypi::PipRequest {
            environment: &self.environment,
            lines: &solved.lines,
            records: &solved.solution.records,
            virtual_packages: &self.virtual_packages,
            is_export: self.intent.kind == Kind::Export,
            settled: &solved.settled,
            as_of: self.pip_as_of(&solved.times),
            held: &solved.held,
            options: &self.pip_options,
        }
    }

    /// From when on files are too new for pip's packages.
    fn pip_as_of(&self, times: &Times) -> Option<Timestamp> {
        match self.keep.as_ref().and_then(|keep| keep.pip_as_of) {
            Some(as_of) => as_of.timestamp(),
            None => times.as_of.as_ref().map(|cut_off| cut_off.at),
        }
    }
}

/// The page that tells of a conversion with these outputs.
fn told(report: &Report, lock: &Lockfile, outputs: &[Output]) -> String {
    let names = files::names(outputs);
    let dockerfile = outputs.iter().zip(&names).find(|(_, name)| **name == dockerfile::DOCKERFILE);
    page::conversion(&Conversion {
        report,
        lock,
        dockerfile: dockerfile.map_or("", |(output, _)| &output.contents),
        files: &names.iter().copied().filter(|name| *name != lockfile::FILE_NAME).collect::<Vec<_>>(),
    })
}

/// What this machine is set up with. A name of which it says nothing means what it meant when the lock was made.
fn machine(options: &Options, lock: Option<&Lockfile>, shared: &mut Shared) -> Machine {
    let mut machine = shared.machines.get(options.no_config.unwrap_or_default()).clone();
    let known = machine.names.add_known(&lock.map(|lock| lock.choices().channel_names).unwrap_or_default());
    if !known.is_empty() {
        machine.notes.push(format!("{}, as when the lock was made; --forget converts without it", and(&known)));
    }
    machine
}

/// How many lines of the file have what they ask for.
fn kept(solved: &Solved, pip: &Result<Option<PipLock>, PipError>) -> usize {
    let is_kept = |outcome: &&solve::Outcome| matches!(outcome.fate, solve::Fate::Kept { .. });
    let of_pip = pip.as_ref().ok().and_then(Option::as_ref).map_or(0, PipLock::kept);
    solved.solution.outcomes.iter().filter(is_kept).count() + of_pip
}

/// Locks the pip section and the wheels of channels, if there is something to be locked.
async fn lock_pip(job: &Job, solved: &Solved, events: &dyn Events) -> Result<Option<PipLock>, PipError> {
    if solved.lines.is_empty() {
        return Ok(None);
    }
    let locking = events.begin("Locking the pip section");
    let mut locked = pypi::lock(&job.pip_request(solved)).await;
    drop(locking);
    if let Ok(locked) = &mut locked {
        locked.notes.extend(pip::added(&job.intent, &job.pip, &solved.lines, &solved.solution.records));
    }
    locked.map(Some)
}

/// Locks the pip section where it doesn't go with all of the wheels: those that do are added one by one. `error` is why all
/// together don't go.
async fn lock_what_goes(
    job: &Job,
    solved: &mut Solved,
    error: PipError,
    events: &dyn Events,
) -> Result<Option<PipLock>, PipError> {
    let mut wheels = std::mem::take(&mut solved.wheels.granted);
    // What others need comes first, the deepest before all.
    wheels.reverse();
    wheels.sort_by_key(|granted| granted.is_asked);
    solved.lines.clone_from(&job.pip);
    let Ok(mut locked) = lock_pip(job, solved, events).await else { return Err(error) };
    for granted in wheels {
        if solved.wheels.lacking(&granted).is_some() {
            solved.wheels.refuse(granted);
            continue;
        }
        solved.lines.push(granted.line.clone());
        match lock_pip(job, solved, events).await {
            Ok(with_it) => {
                locked = with_it;
                solved.wheels.granted.push(granted);
            }
            Err(PipError::Unsolvable { .. }) => {
                solved.lines.pop();
                solved.wheels.refuse(granted);
            }
            Err(other) => return Err(other),
        }
    }
    Ok(locked)
}
