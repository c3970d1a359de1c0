//! `envlock check`: what isn't fresh, in words, as JSON or as annotations.

use std::fmt::Write as _;

use miette::{IntoDiagnostic, WrapErr};
use schemars::JsonSchema;
use serde::Serialize;

use super::{CheckArgs, CheckFormat, outcome::ExitStatus, screen, ui::Ui};
use crate::{
    base::schema_version::SchemaVersion,
    project::locks::{ProjectLock, ProjectLocks},
    workflow::check::Checked,
};

/// Checks what the files belong to, and tells what isn't fresh and what mends it.
///
/// # Errors
///
/// Where a file that is named isn't there, or an `envlock.toml` can't be read. Whatever else is wrong is told as a
/// finding.
pub fn check(args: &CheckArgs, ui: &Ui) -> miette::Result<ExitStatus> {
    let ProjectLocks { found, skipped } = ProjectLocks::of(&args.files)?;
    let environments: Vec<Checked> = found.iter().map(ProjectLock::check).collect();
    let is_fresh = environments.iter().all(|it| it.fresh);
    let document = CheckDocument { schema_version: SchemaVersion, fresh: is_fresh, environments, skipped };
    let text = match args.format {
        _ if ui.is_json() => document.json()?,
        CheckFormat::Json => document.json()?,
        CheckFormat::Github => document.annotations(),
        CheckFormat::Text => document.text(),
    };
    ui.answer(&text).into_diagnostic().wrap_err("the answer can't be printed")?;
    if is_fresh && args.format == CheckFormat::Text && !ui.is_json() {
        ui.say(&document.summary());
    }
    Ok(if is_fresh { ExitStatus::Done } else { ExitStatus::Different })
}

/// What `--json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct CheckDocument {
    schema_version: SchemaVersion<1>,
    fresh: bool,
    environments: Vec<Checked>,
    /// Files beside which there is no lock.
    skipped: Vec<String>,
}

impl CheckDocument {
    fn json(&self) -> miette::Result<String> {
        screen::json(self)
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for it in self.environments.iter().filter(|it| !it.fresh) {
            for finding in &it.findings {
                _ = writeln!(text, "{} {}", finding.place(), finding.message);
            }
            for command in &it.commands {
                _ = writeln!(text, "  to mend it, run: {command}");
            }
        }
        text
    }

    /// Source of the form: GitHub's documentation of workflow commands, and `@actions/core` for what is escaped.
    fn annotations(&self) -> String {
        let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
        let mut text = String::new();
        for it in &self.environments {
            let mend: Vec<String> = it.commands.iter().map(|command| format!("\nTo mend it, run: {command}")).collect();
            let mend = mend.concat();
            for finding in &it.findings {
                let line = finding.line.map(|line| format!(",line={line}")).unwrap_or_default();
                let message = data(&format!("{} {}{mend}", finding.file, finding.message));
                _ = writeln!(text, "::error file={}{line},title=envlock::{message}", property(&finding.file));
            }
        }
        text
    }

    fn summary(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        for it in &self.environments {
            let names: Vec<&str> = it.file.iter().map(String::as_str).chain([it.lock.as_str()]).collect();
            lines.push(format!("{} and what is rendered of it are fresh\n", names.join(", ")));
        }
        lines.extend(self.skipped.iter().map(|file| format!("{file} is not checked: there is no lock beside it\n")));
        lines.concat()
    }
}
