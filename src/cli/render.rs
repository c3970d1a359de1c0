//! `envlock render`: what belongs to a lock, written from the lock alone.

use std::path::Path;

use miette::{IntoDiagnostic, WrapErr};
use serde::Serialize;

use super::{
    RenderArgs,
    files::{self, Output},
    ui::Ui,
};
use crate::{
    dockerfile,
    lockfile::{self, Lockfile},
    report::Written,
    words::unix_lines,
};

/// The name of the Dockerfile.
pub(super) const DOCKERFILE: &str = "Dockerfile";
/// The name of the file for `docker compose`.
pub(super) const COMPOSE: &str = "compose.yaml";

/// Writes the Dockerfile of a lock, and what else belongs to it, byte for byte as `convert` writes them.
///
/// # Errors
///
/// Where the lock can't be read or is another program's, or where a file can't be written.
pub fn render(args: &RenderArgs, ui: &Ui) -> miette::Result<()> {
    let file = files::lock_file(args.file.as_deref());
    let text = read(&file)?;
    let lock = lockfile::parse(&file.display().to_string(), &text)?;
    let directory = files::output_dir(args.output_dir.as_deref(), &file);
    let outputs = companions(&lock, &text, &directory)?;
    let names: Vec<&str> = outputs.iter().filter_map(|it| it.path.file_name()?.to_str()).collect();
    files::plan(&directory, &names, args.force)?;
    let written = files::write_all(&outputs)?;
    tell(&Document { written }, ui)
}

/// Reads a lock's text.
pub(super) fn read(file: &Path) -> miette::Result<String> {
    let text = std::fs::read_to_string(file).into_diagnostic();
    text.wrap_err_with(|| format!("can't read {}", file.display())).map(unix_lines)
}

/// What belongs to a lock, whose text this is.
pub(super) fn companions(lock: &Lockfile, text: &str, directory: &Path) -> miette::Result<Vec<Output>> {
    let dockerfile = dockerfile::render(lock, &lockfile::sha256_hex(text))?;
    let compose = dockerfile::compose(lock)?;
    let dockerfile = Output { path: directory.join(DOCKERFILE), contents: dockerfile };
    let compose = compose.map(|contents| Output { path: directory.join(COMPOSE), contents });
    Ok([dockerfile].into_iter().chain(compose).collect())
}

/// What was written.
#[derive(Debug, Serialize)]
struct Document {
    /// The files.
    written: Vec<Written>,
}

fn tell(document: &Document, ui: &Ui) -> miette::Result<()> {
    let line = |it: &Written| {
        let became = if it.changed { "written" } else { "is as it should be" };
        format!("{} {became}\n", it.path)
    };
    let text: String = document.written.iter().map(line).collect();
    ui.tell(document, &text).into_diagnostic().wrap_err("the report can't be printed")
}
