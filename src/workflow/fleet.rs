//! Many environments at once: the channels are fetched once, and the environments are solved side by side.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use miette::{Diagnostic as _, MietteDiagnostic};
use tokio::runtime::Runtime;

use super::{
    job::{Job, Shared, fetch, solve},
    started,
};
use crate::{channel::Records, progress::Events, project::plan::Plan, report::Report};

/// What came of an environment.
pub type Converted = miette::Result<Report>;

/// Converts environments: fetches what they ask of the same channels once, and solves them side by side. One that can't be
/// converted doesn't keep the others from it.
///
/// # Errors
///
/// Where no threads can be started. What came of each plan stands in its place.
pub fn convert_all(plans: &[Plan], events: &Arc<dyn Events>) -> miette::Result<Vec<Converted>> {
    let runtime = &started()?;
    let mut shared = Shared::default();
    let mut converted: Vec<(usize, Converted)> = Vec::new();
    let mut ready = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        match Job::prepare(plan, &mut shared, runtime, events) {
            Ok(job) => ready.push((index, job)),
            Err(error) => converted.push((index, Err(error))),
        }
    }
    for group in groups(&ready) {
        converted.extend(convert_group(&group, runtime, events));
    }
    converted.sort_by_key(|(index, _)| *index);
    Ok(converted.into_iter().map(|(_, converted)| converted).collect())
}

/// A job, with its place among the plans.
type Numbered = (usize, Job);

/// Those that ask the same channels in the same way.
fn groups(ready: &[Numbered]) -> Vec<Vec<&Numbered>> {
    let mut groups: Vec<Vec<&Numbered>> = Vec::new();
    let how = |job: &Job| (job.options().is_offline(), job.options().no_config, job.options().timeout);
    let is_alike = |a: &Job, b: &Job| a.channels == b.channels && how(a) == how(b);
    for it in ready {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| is_alike(&first.1, &it.1))) {
            Some(group) => group.push(it),
            None => groups.push(vec![it]),
        }
    }
    groups
}

fn convert_group(group: &[&Numbered], runtime: &Runtime, events: &Arc<dyn Events>) -> Vec<(usize, Converted)> {
    let Some((number, first)) = group.first() else { return Vec::new() };
    let asked: BTreeSet<_> = group.iter().flat_map(|(_, job)| job.asked()).collect();
    // Solving all of them twice would take longer than to wait for the servers.
    let records = runtime.block_on(async {
        fetch(&first.channels, asked, first.options(), &first.machine, events).await?.fresh().await
    });
    match records {
        Ok(records) => side_by_side(group, &records, runtime, events),
        Err(error) => {
            // The first tells it, and the others name it.
            let brief = MietteDiagnostic {
                code: error.code().map(|code| code.to_string()),
                ..MietteDiagnostic::new(error.to_string())
            };
            let others = group.iter().skip(1).map(|(index, _)| (*index, Err(brief.clone().into())));
            let mut all: Vec<(usize, Converted)> = others.collect();
            all.insert(0, (*number, Err(error.into())));
            all
        }
    }
}

/// Converts on as many threads as there are processors.
fn side_by_side(
    group: &[&Numbered],
    records: &Records,
    runtime: &Runtime,
    events: &Arc<dyn Events>,
) -> Vec<(usize, Converted)> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some((index, job)) = group.get(next.fetch_add(1, Ordering::Relaxed)) {
            // What the others need may be newer than anything that this one can reach.
            let own = records.within(job.asked());
            let outcome =
                job.finish(solve(job, &own, events.as_ref()), &own, runtime, events.as_ref()).map(|it| it.report);
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
