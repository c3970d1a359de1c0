//! The work itself, from a plan to written files: what `convert`, `check`, `render` and `update` do, whoever asks for it.
//!
//! In come [`Plan`]s and locks with their options; out come reports and findings. Nothing here
//! reads a command line or prints: what is to be told meanwhile goes to [`Events`].

mod again;
mod bake;
pub mod check;
mod fleet;
mod job;
mod jupyter;
mod keep;
pub(crate) mod pip;
mod recipe;
mod render;
mod shown;
#[cfg(test)]
mod tests;
mod times;
pub mod update;

use std::sync::Arc;

use miette::{IntoDiagnostic, WrapErr};
use tokio::runtime::Runtime;

pub use self::{
    bake::{BAKE, bake},
    fleet::{Converted, convert_all},
    render::render,
};
use self::{
    job::{Job, Shared, fetch, solve},
    shown::with_its_file,
};
use crate::{progress::Events, project::plan::Plan, report::Report};

/// Converts an environment: writes its lock, its Dockerfile and what belongs to them, and tells what became of every line.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use envlock::{
///     progress::{Events, Silent},
///     project::{Options, plan::Plan},
///     workflow::convert,
/// };
///
/// # fn main() -> miette::Result<()> {
/// let options = Options { channels: vec!["conda-forge".to_owned()], ..Options::default() };
/// let plan = Plan::new("environment.yml".into(), options);
/// let events: Arc<dyn Events> = Arc::new(Silent);
/// let report = convert(&plan, &events)?;
/// println!("{} of {} pins kept", report.counts.kept, report.counts.pins);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Whatever a step can't do; then no file is written but the environment file that the error speaks of, where an installed
/// environment is converted.
pub fn convert(plan: &Plan, events: &Arc<dyn Events>) -> miette::Result<Report> {
    convert_once(plan, events).map_err(|error| with_its_file(plan, error))
}

fn convert_once(plan: &Plan, events: &Arc<dyn Events>) -> miette::Result<Report> {
    let runtime = &started()?;
    let job = Job::prepare(plan, &mut Shared::default(), runtime, events)?;
    let mut fetched = runtime.block_on(fetch(&job.channels, job.asked(), job.options(), &job.machine, events))?;
    let from_cache = solve(&job, fetched.records(), events.as_ref());
    // The servers were asked meanwhile whether what the cache had is still so.
    let renewed = runtime.block_on(fetched.renewed())?;
    let records = renewed.as_ref().unwrap_or(fetched.records());
    let solved = if renewed.is_some() { solve(&job, records, events.as_ref()) } else { from_cache };
    Ok(job.finish(solved, records, runtime, events.as_ref())?.report)
}

fn started() -> miette::Result<Runtime> {
    Runtime::new().into_diagnostic().wrap_err("no threads can be started")
}
