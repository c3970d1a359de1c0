//! `envlock diff`: what differs between two locks, between an export and a lock, or between two revisions of a lock.

mod git;
mod side;
pub(in crate::cli) mod text;

use std::path::PathBuf;

use miette::{IntoDiagnostic, WrapErr, miette};
use schemars::JsonSchema;
use serde::Serialize;

use super::{DiffArgs, DiffFormat, outcome::ExitStatus, screen, ui::Ui};
use crate::{
    base::schema_version::SchemaVersion,
    lockfile::diff::{Change, ChangeKind, diff as changes},
    page::{self, Comparison},
    project::files,
};

use side::Side;

/// Tells what differs.
///
/// # Errors
///
/// Where a side can't be read.
pub fn diff(args: &DiffArgs, ui: &Ui) -> miette::Result<ExitStatus> {
    let (before, after) = sides(args)?;
    let document = DiffDocument::new(&before, &after);
    let text = match args.format {
        _ if ui.is_json() => document.json()?,
        DiffFormat::Json => document.json()?,
        DiffFormat::Markdown => text::markdown(&document),
        DiffFormat::Html => page(&before, &after, &document),
        DiffFormat::Text => text::plain(&document),
    };
    ui.answer(&text).into_diagnostic().wrap_err("the answer can't be printed")?;
    let is_same = document.changes.is_empty() && document.other.is_empty();
    Ok(if is_same { ExitStatus::Done } else { ExitStatus::Different })
}

fn page(before: &Side, after: &Side, document: &DiffDocument) -> String {
    let other: Vec<(&str, &str, &str)> = document
        .other
        .iter()
        .map(|it| (it.what, it.before.as_deref().unwrap_or_default(), it.after.as_deref().unwrap_or_default()))
        .collect();
    page::comparison(&Comparison {
        before: before.compared(),
        after: after.compared(),
        changes: &document.changes,
        other: &other,
        download: document.size.download,
    })
}

fn sides(args: &DiffArgs) -> miette::Result<(Side, Side)> {
    match (args.git.as_deref(), args.files.as_slice()) {
        (Some(revisions), [] | [_]) => {
            let lock: PathBuf = files::lock_file(args.files.first().map(PathBuf::as_path));
            match git::range(revisions, &lock)? {
                Some((before, after)) => Ok((Side::of_revision(&before, &lock)?, Side::of_revision(&after, &lock)?)),
                None => Ok((Side::of_revision(revisions, &lock)?, Side::of_file(&lock)?)),
            }
        }
        (None, [before, after]) => Ok((Side::of_file(before)?, Side::of_file(after)?)),
        (Some(_), _) => Err(miette!(
            code = "diff-one-lock",
            help = "name one lock: envlock diff --git REV LOCK",
            "--git compares revisions of one lock"
        )),
        (None, _) => Err(miette!(
            code = "diff-two-things",
            help = "envlock diff OLD NEW, each a lock or an environment file; or envlock diff --git REV [LOCK]",
            "two things are to be compared"
        )),
    }
}

/// What `--json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::cli) struct DiffDocument {
    schema_version: SchemaVersion<1>,
    before: String,
    after: String,
    counts: ChangeCounts,
    changes: Vec<Change>,
    /// What else differs: the base image, the date, the channels.
    other: Vec<Other>,
    size: SizeChange,
}

/// How many of each.
#[derive(Debug, Default, Serialize, JsonSchema)]
struct ChangeCounts {
    added: usize,
    removed: usize,
    up: usize,
    down: usize,
    rebuilt: usize,
}

/// Something else that differs.
#[derive(Debug, Serialize, JsonSchema)]
struct Other {
    what: &'static str,
    before: Option<String>,
    after: Option<String>,
}

/// Sizes, in bytes.
#[derive(Debug, Serialize, JsonSchema)]
struct SizeChange {
    /// Of all before, and after.
    before: u64,
    after: u64,
    /// Of what is to be downloaded that wasn't there before.
    download: u64,
    /// Of how many packages of the two sides no size is known.
    unknown: usize,
}

impl DiffDocument {
    fn new(before: &Side, after: &Side) -> Self {
        let changes = changes(&before.entries, &after.entries);
        let count = |kind| changes.iter().filter(|it| it.kind == kind).count();
        let counts = ChangeCounts {
            added: count(ChangeKind::Added),
            removed: count(ChangeKind::Removed),
            up: count(ChangeKind::Up),
            down: count(ChangeKind::Down),
            rebuilt: count(ChangeKind::Rebuilt),
        };
        let sum = |side: &Side| side.entries.iter().filter_map(|it| it.size).sum();
        let is_unknown = |side: &&Side| !side.is_export;
        let unknown = [before, after].into_iter().filter(is_unknown);
        let size = SizeChange {
            before: sum(before),
            after: sum(after),
            download: changes.iter().filter_map(|it| it.size).sum(),
            unknown: unknown.flat_map(|it| &it.entries).filter(|it| it.size.is_none()).count(),
        };
        let other = if before.is_export || after.is_export { Vec::new() } else { others(before, after) };
        Self {
            schema_version: SchemaVersion,
            before: before.title.clone(),
            after: after.title.clone(),
            counts,
            changes,
            other,
            size,
        }
    }

    fn json(&self) -> miette::Result<String> {
        screen::json(self)
    }
}

/// Where one side isn't there at all, or isn't envlock's, it has nothing else to be compared.
fn others(before: &Side, after: &Side) -> Vec<Other> {
    let pairs = [
        ("base image", &before.base_image, &after.base_image),
        ("as of", &before.as_of, &after.as_of),
        ("channels", &before.channels, &after.channels),
    ];
    let differs = pairs.into_iter().filter(|(_, before, after)| before.is_some() && after.is_some() && before != after);
    differs.map(|(what, before, after)| Other { what, before: before.clone(), after: after.clone() }).collect()
}
