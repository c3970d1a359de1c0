//! `envlock convert`: every step of the flow, for one environment or for many.

use std::path::Path;

use miette::{IntoDiagnostic, WrapErr};
use tokio::runtime::Runtime;

use super::{
    ConvertArgs,
    bake::{BAKE, bake},
    files, fleet,
    job::{Job, fetch, solve},
    outcome::Outcome,
    targets::{Target, targets},
    ui::Ui,
};
use crate::report::Report;

/// Converts environment files: writes the locks and the Dockerfiles, and reports what moved and what went.
///
/// # Errors
///
/// Whatever a step can't do; then no file of that environment is written.
pub fn convert(args: &ConvertArgs, ui: &Ui) -> miette::Result<Outcome> {
    let targets = targets(args)?;
    let runtime = Runtime::new().into_diagnostic().wrap_err("no threads can be started")?;
    if args.bake {
        files::plan(Path::new(""), &[BAKE], args.force)?;
    }
    if let [target] = targets.as_slice() {
        let mut report = convert_one(target, &runtime, ui)?;
        if args.bake {
            report.written.extend(bake(&targets)?);
        }
        ui.report(&report).into_diagnostic().wrap_err("the report can't be printed")?;
        return Ok(Outcome::Done);
    }
    let outcome = fleet::convert(&targets, &runtime, ui)?;
    // One that couldn't be converted may have no Dockerfile.
    if args.bake && outcome == Outcome::Done {
        let written = bake(&targets)?;
        let lines = written.iter().filter(|it| it.changed).map(|it| format!("wrote {}\n", it.path));
        ui.say(&lines.collect::<String>());
    }
    Ok(outcome)
}

fn convert_one(target: &Target, runtime: &Runtime, ui: &Ui) -> miette::Result<Report> {
    let job = Job::prepare(target, &mut Vec::new(), runtime, ui)?;
    let mut fetched = runtime.block_on(fetch(&job.channels, job.names(), job.is_offline(), ui))?;
    let from_cache = solve(&job, fetched.records());
    // The servers were asked meanwhile whether what the cache had is still so.
    let renewed = runtime.block_on(fetched.renewed())?;
    let records = renewed.as_ref().unwrap_or(fetched.records());
    let solved = if renewed.is_some() { solve(&job, records) } else { from_cache };
    Ok(job.finish(solved, records, runtime, ui)?.report)
}
