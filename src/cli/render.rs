//! `envlock render`: what was written of a lock.

use schemars::JsonSchema;
use serde::Serialize;

use super::{RenderArgs, ui::Ui};
use crate::{base::schema_version::SchemaVersion, project::files, report::Written, workflow};

/// Writes the Dockerfile of a lock, and what else belongs to it.
///
/// # Errors
///
/// Those of [`workflow::render`].
pub fn render(args: &RenderArgs, ui: &Ui) -> miette::Result<()> {
    let lock = files::lock_file(args.file.as_deref());
    let written = workflow::render(&lock, args.output_dir.as_deref(), args.force)?;
    tell(&RenderDocument { schema_version: SchemaVersion, written }, ui)
}

/// What was written.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RenderDocument {
    schema_version: SchemaVersion<1>,
    /// The files.
    written: Vec<Written>,
}

fn tell(document: &RenderDocument, ui: &Ui) -> miette::Result<()> {
    let line = |it: &Written| {
        let became = match it {
            Written { removed: true, .. } => "removed",
            Written { changed: true, .. } => "written",
            _ => "is as it should be",
        };
        format!("{} {became}\n", it.path)
    };
    let text: String = document.written.iter().map(line).collect();
    ui.tell(document, &text)
}
