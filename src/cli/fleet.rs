//! Many environments at once: the channels are fetched once, and the environments are solved side by side.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use miette::{IntoDiagnostic, WrapErr};
use serde::Serialize;
use tokio::runtime::Runtime;

use super::{
    job::{Job, fetch, solve},
    outcome::Outcome,
    targets::Target,
    ui::{ErrorData, Ui},
};
use crate::{
    channel::Records,
    report::{
        Report, SCHEMA_VERSION,
        text::{self, Detail},
    },
    words::count,
};

/// What came of an environment.
type Converted = miette::Result<Report>;

/// Converts environments. One that can't be converted doesn't keep the others from it.
///
/// # Errors
///
/// Where the report can't be printed.
pub(super) fn convert(targets: &[Target], runtime: &Runtime, ui: &Ui) -> miette::Result<Outcome> {
    let mut images = Vec::new();
    let jobs: Vec<miette::Result<Job>> =
        targets.iter().map(|target| Job::prepare(target, &mut images, runtime, ui)).collect();
    let mut converted: Vec<Option<Converted>> = Vec::new();
    let mut ready = Vec::new();
    for (index, job) in jobs.into_iter().enumerate() {
        match job {
            Ok(job) => {
                ready.push((index, job));
                converted.push(None);
            }
            Err(error) => converted.push(Some(Err(error))),
        }
    }
    for group in groups(&ready) {
        for (index, outcome) in convert_group(&group, runtime, ui) {
            converted[index] = Some(outcome);
        }
    }
    let results: Vec<(&Target, Converted)> =
        targets.iter().zip(converted).filter_map(|(target, outcome)| Some((target, outcome?))).collect();
    tell(&results, ui)?;
    let is_done = results.iter().all(|(_, outcome)| outcome.is_ok());
    Ok(if is_done { Outcome::Done } else { Outcome::Failed })
}

/// A job, with its place among the targets.
type Numbered = (usize, Job);

/// Those that ask the same channels in the same way.
fn groups(ready: &[Numbered]) -> Vec<Vec<&Numbered>> {
    let mut groups: Vec<Vec<&Numbered>> = Vec::new();
    let is_alike = |a: &Job, b: &Job| a.channels == b.channels && a.is_offline() == b.is_offline();
    for it in ready {
        match groups.iter_mut().find(|group| is_alike(&group[0].1, &it.1)) {
            Some(group) => group.push(it),
            None => groups.push(vec![it]),
        }
    }
    groups
}

fn convert_group(group: &[&Numbered], runtime: &Runtime, ui: &Ui) -> Vec<(usize, Converted)> {
    let Some((_, first)) = group.first() else { return Vec::new() };
    let names: BTreeSet<_> = group.iter().flat_map(|(_, job)| job.names()).collect();
    // Solving all of them twice would take longer than to wait for the servers.
    let records =
        runtime.block_on(async { fetch(&first.channels, names, first.is_offline(), ui).await?.fresh().await });
    match records {
        Ok(records) => side_by_side(group, &records, runtime, ui),
        Err(error) => {
            // The first tells it, and the others name it.
            let text = error.to_string();
            let others = group.iter().skip(1).map(|(index, _)| (*index, Err(miette::miette!("{text}"))));
            let mut all: Vec<(usize, Converted)> = others.collect();
            all.insert(0, (group[0].0, Err(error.into())));
            all
        }
    }
}

/// Converts on as many threads as there are processors.
fn side_by_side(group: &[&Numbered], records: &Records, runtime: &Runtime, ui: &Ui) -> Vec<(usize, Converted)> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some((index, job)) = group.get(next.fetch_add(1, Ordering::Relaxed)) {
            // What the others need may be newer than anything that this one can reach.
            let own = records.within(job.names());
            let outcome = job.finish(solve(job, &own), &own, runtime, ui).map(|it| it.report);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((*index, outcome));
        }
    };
    let workers = thread::available_parallelism().map_or(1, std::num::NonZero::get).min(group.len());
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// What `--json` prints.
#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    environments: Vec<&'a Report>,
    errors: Vec<Failure>,
}

/// An environment that wasn't converted.
#[derive(Serialize)]
struct Failure {
    file: String,
    error: ErrorData,
}

fn tell(results: &[(&Target, Converted)], ui: &Ui) -> miette::Result<()> {
    let failure = |(target, outcome): &(&Target, Converted)| {
        let error = ErrorData::new(outcome.as_ref().err()?);
        Some(Failure { file: target.file.display().to_string(), error })
    };
    let document = Document {
        schema_version: SCHEMA_VERSION,
        environments: results.iter().filter_map(|(_, outcome)| outcome.as_ref().ok()).collect(),
        errors: results.iter().filter_map(failure).collect(),
    };
    let mut text = String::new();
    for (target, outcome) in results {
        match outcome {
            Ok(report) if ui.detail() > Detail::Usual => text += &ui.text(report),
            Ok(report) => text += &text::line(&line(report), ui.width()),
            Err(_) => text.push_str(&not_converted(target)),
        }
    }
    ui.tell(&document, &text).into_diagnostic().wrap_err("the report can't be printed")?;
    for (target, outcome) in results {
        if let Err(error) = outcome {
            ui.show(&target.file.display().to_string(), error);
        }
    }
    Ok(())
}

fn not_converted(target: &Target) -> String {
    format!("{}: not converted\n", target.file.display())
}

/// A report in a line.
fn line(report: &Report) -> String {
    let counts = &report.counts;
    let changed = if report.written.iter().any(|it| it.changed) { "" } else { ", as it was" };
    format!(
        "{}: {} of {} kept, {} moved, {} gone; {}{changed}",
        report.file,
        counts.kept,
        count(counts.pins, "pin"),
        counts.moved,
        counts.gone,
        count(counts.packages, "package"),
    )
}
