//! `envlock convert`: what came of one environment, or of many.

use std::{path::Path, sync::Arc};

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    ConvertArgs,
    outcome::ExitStatus,
    ui::{ErrorData, Ui},
};
use crate::{
    base::schema_version::SchemaVersion,
    progress::Events,
    project::{
        config::Config,
        files,
        from_env::from_env,
        pages::set_pages,
        plan::{Plan, plans},
    },
    report::{
        Report,
        text::{self, Detail},
    },
    words::count,
    workflow::{self, BAKE, Converted, bake},
};

/// Converts environment files: writes the locks and the Dockerfiles, and reports what moved and what went.
///
/// # Errors
///
/// Whatever a step can't do; then no file of that environment is written.
pub fn convert(args: &ConvertArgs, ui: &Arc<Ui>) -> miette::Result<ExitStatus> {
    let mut plans = match args.from_env.as_deref() {
        Some(named) => vec![from_env(Some(named).filter(|it| !it.is_empty()), &args.options())?],
        None => plans(&args.files, &args.options())?,
    };
    if let Some(file) = Config::overruled(Path::new("")).filter(|_| ui.detail() > Detail::Usual) {
        ui.say(&format!("note: [tool.envlock] of {} doesn't count beside envlock.toml\n", file.display()));
    }
    if let Some(page) = &args.report {
        set_pages(&mut plans, page)?;
    }
    for plan in &mut plans {
        (plan.force, plan.forget) = (args.force, args.forget);
        plan.draws_conflicts = ui.detail() == Detail::Conflicts;
    }
    if args.bake {
        files::plan(Path::new(""), &[BAKE], args.force)?;
    }
    let events: Arc<dyn Events> = ui.clone();
    if let [plan] = plans.as_slice() {
        let mut report = workflow::convert(plan, &events)?;
        if args.bake {
            report.written.extend(bake(&plans)?);
        }
        ui.report(&report)?;
        return Ok(ExitStatus::Done);
    }
    let results: Vec<_> = plans.iter().zip(workflow::convert_all(&plans, &events)?).collect();
    tell(&results, ui)?;
    if results.iter().any(|(_, converted)| converted.is_err()) {
        // One that couldn't be converted may have no Dockerfile.
        return Ok(ExitStatus::Failed);
    }
    if args.bake {
        let written = bake(&plans)?;
        let lines = written.iter().filter(|it| it.changed).map(|it| format!("wrote {}\n", it.path));
        ui.say(&lines.collect::<String>());
    }
    Ok(ExitStatus::Done)
}

/// What `--json` prints.
#[derive(Serialize, JsonSchema)]
pub(super) struct FleetDocument<'a> {
    schema_version: SchemaVersion<1>,
    environments: Vec<&'a Report>,
    errors: Vec<FailedConversion>,
}

/// An environment that wasn't converted.
#[derive(Serialize, JsonSchema)]
struct FailedConversion {
    file: String,
    error: ErrorData,
}

fn tell(results: &[(&Plan, Converted)], ui: &Ui) -> miette::Result<()> {
    let failure = |(plan, outcome): &(&Plan, Converted)| {
        let error = ErrorData::new(outcome.as_ref().err()?);
        Some(FailedConversion { file: plan.file.display().to_string(), error })
    };
    let document = FleetDocument {
        schema_version: SchemaVersion,
        environments: results.iter().filter_map(|(_, outcome)| outcome.as_ref().ok()).collect(),
        errors: results.iter().filter_map(failure).collect(),
    };
    let mut text = String::new();
    for (plan, outcome) in results {
        match outcome {
            Ok(report) if ui.detail() > Detail::Usual => text += &ui.text(report),
            Ok(report) => text += &text::line(&line(report), ui.width()),
            Err(_) => text.push_str(&not_converted(plan)),
        }
    }
    ui.tell(&document, &text)?;
    for (plan, outcome) in results {
        if let Err(error) = outcome {
            ui.show(&plan.file.display().to_string(), error);
        }
    }
    Ok(())
}

fn not_converted(plan: &Plan) -> String {
    format!("{}: not converted\n", plan.file.display())
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
