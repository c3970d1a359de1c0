//! The conda packages of one environment.

use std::collections::BTreeSet;

use miette::{Diagnostic, miette};
use rattler_conda_types::PackageName;

use super::{Job, disagreement::NotConfirmed, wheels::Wheels};
use crate::{
    channel::{Channel, Records},
    environment::Environment,
    image,
    intent::{PythonMinor, Want, Wish},
    lockfile::{Input, Manager},
    progress::Events,
    pypi::{Line, Preferred},
    solve::{self, Fate, Outcome, Request, Solution, SolveError, second_opinion},
    words::and,
    workflow::{
        keep::{self, Keep},
        pip,
        times::{AskedFor, Times, times},
    },
};

/// What the conda packages are.
pub(in crate::workflow) struct Solved {
    pub(super) input: Input,
    pub(super) times: Times,
    pub(super) solution: Solution,
    /// The packages that are as a line of the file has them.
    pub(super) settled: BTreeSet<PackageName>,
    /// Whether packages were kept in place.
    pub(super) is_kept: bool,
    /// What pip is to keep.
    pub(super) held: Vec<Preferred>,
    /// The wheels of channels that pip is to install.
    pub(super) wheels: Wheels,
    /// The lines of the pip section, and one for each wheel.
    pub(super) lines: Vec<Line>,
}

/// What the pip section and the wheels of channels ask of the conda packages that no line of the file asks for.
#[derive(Default)]
pub(in crate::workflow) struct PipLimits(Vec<Wish>);

impl PipLimits {
    /// Adds those of packages that none is known of yet. Tells whether there were any.
    pub(super) fn add(&mut self, mut more: Vec<Wish>) -> bool {
        more.retain(|wish| !self.0.iter().any(|known| known.pin.name == wish.pin.name));
        let has_more = !more.is_empty();
        self.0.append(&mut more);
        has_more
    }
}

/// Solves for the conda packages.
pub(in crate::workflow) fn solve(
    job: &Job,
    records: &Records,
    events: &dyn Events,
) -> miette::Result<(Solved, PipLimits)> {
    let mut limits = PipLimits::default();
    Ok((solve_with(job, records, &mut limits, events)?, limits))
}

/// Solves for the conda packages, until what they bring in unasked agrees with the pip section, as far as it can.
pub(super) fn solve_with(
    job: &Job,
    records: &Records,
    limits: &mut PipLimits,
    events: &dyn Events,
) -> miette::Result<Solved> {
    let _solving = events.begin("Solving");
    loop {
        let solved = solve_within(job, records, &limits.0)?;
        let mut more = pip::limits(&job.pip_request(&solved));
        more.extend(solved.wheels.needs());
        if !limits.add(more) {
            return Ok(solved);
        }
    }
}

/// Solves for the conda packages, with limits on what no line of the file asks for, and has a second solver confirm it.
fn solve_within(job: &Job, records: &Records, limits: &[Wish]) -> miette::Result<Solved> {
    let Job { plan, environment, intent, channels, virtual_packages, .. } = job;
    let options = &plan.options;
    let mut input = Input::new(environment, intent, &job.channel_names());
    if options.leaves_pip_out() {
        input.requests.retain(|it| it.manager() != Manager::Pip);
    }
    let offered = image::describe(virtual_packages);
    let (priority, prefer) = (options.priority(), options.prefer());
    let asked = AskedFor { input: &input, virtual_packages: &offered, priority, prefer };
    let times = times(job.as_of, job.existing.as_ref(), &asked, intent, records);
    let as_of = times.as_of.as_ref().map(|cut_off| cut_off.at);
    let existing = job.existing.as_ref().filter(|_| times.same);
    let keep = job.keep.clone().or_else(|| existing.and_then(Keep::of_updated));
    let wishes = job.wishes(records, as_of, limits);
    let mut solution = solve::solve(&Request {
        wishes: &wishes,
        records,
        channels: of(records, channels),
        priority,
        virtual_packages,
        as_of,
        // What was moved alone may be newer.
        horizon: times.horizon.filter(|_| job.keep.is_none()),
        prefer,
        only: keep.as_ref().map(|keep| &keep.only),
        timeout: options.timeout().limit(),
        trees: plan.draws_conflicts,
    })
    .map_err(|error| with_line(error, environment, options.python))?;
    // Whatever is locked has come through here.
    second_opinion::confirm(&solution, virtual_packages).map_err(|why| NotConfirmed::new(job, &solution, why))?;
    // The file says nothing of what was wished for besides.
    solution.outcomes.retain(|outcome| !outcome.pin.is_besides());
    if let Some(keep) = &keep {
        keep.explain(&mut solution.outcomes);
    }
    let is_kept = keep.is_some();
    // An index knows of no moment that it could be asked as of where the newest was locked.
    let held = keep
        .map(|keep| keep.pip)
        .or_else(|| existing.filter(|existing| existing.is_as_written()).map(|existing| keep::of_pip(&existing.lock)));
    let settled = settled(&solution.outcomes);
    let (held, lines) = (held.unwrap_or_default(), job.pip.clone());
    let mut solved = Solved { input, times, solution, settled, is_kept, held, wheels: Wheels::default(), lines };
    solved.wheels = Wheels::of(job, records, &solved);
    solved.lines.extend(solved.wheels.granted.iter().map(|it| it.line.clone()));
    Ok(solved)
}

/// The channels that records are from: more than those that were asked where channels say that others belong to them.
pub(super) fn of<'c>(records: &'c Records, asked: &'c [Channel]) -> &'c [Channel] {
    if records.channels().is_empty() { asked } else { records.channels() }
}

/// The packages that are as a line of the file has them. What it names without a version may be any other.
fn settled(outcomes: &[Outcome]) -> BTreeSet<PackageName> {
    let name = |outcome: &Outcome| match &outcome.fate {
        Fate::Kept { record } if outcome.pin.want != Want::Any => Some(record.package_record.name.clone()),
        _ => None,
    };
    outcomes.iter().filter_map(name).collect()
}

/// Shows the line of the file that a solve failed for, where there is one. `python` is what was asked for instead of
/// the file's.
pub(super) fn with_line(error: SolveError, environment: &Environment, python: Option<PythonMinor>) -> miette::Report {
    if let SolveError::OpenCondition { line, text, .. } = &error {
        let help = error.help().map(|help| help.to_string()).unwrap_or_default();
        return environment.error_at((*line, text), &error, "asked here", &help).into();
    }
    let SolveError::NoPython { line, text, nearest, .. } = &error else { return error.into() };
    if let Some(python) = python {
        let there_is = match &nearest[..] {
            [] => "there is none".to_owned(),
            [one] => format!("the nearest is {one}: choose it"),
            several => format!("the nearest are {}: choose one", and(several)),
        };
        let help = format!("{there_is}, or add a channel that has it with --channel");
        let code = error.code().map(|code| code.to_string()).unwrap_or_default();
        return miette!(code = code, help = help, "--python {python}: {error}");
    }
    let mut help = error.help().map(|help| help.to_string()).unwrap_or_default();
    if let Some(newest) = nearest.last() {
        help = format!("{help}\nTo leave the file as it is: --python {newest}");
    }
    environment.error_at((*line, text), &error, "wanted here", &help).into()
}
