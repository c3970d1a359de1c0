//! What `diff` takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

pub(super) const HELP: &str = "\
Examples:
  envlock diff old/conda-lock.yml conda-lock.yml
  envlock diff environment.yml conda-lock.yml
  envlock diff --git main --format markdown
  envlock diff --git main --format html > changes.html

Exit codes: 0 the same, 1 different, 2 error";

/// What `diff` takes.
#[derive(Clone, Debug, Args)]
pub struct DiffArgs {
    /// Two locks or environment files, the old one first; with --git one lock [default: conda-lock.yml]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Compare with the lock as it was in a revision, or between two: REV..REV, or
    /// REV...REV since the commit that both have in common
    #[arg(long, value_name = "REV")]
    pub git: Option<String>,
    /// How to print it: text, markdown, html or json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    pub format: DiffFormat,
}

/// How `diff` prints what differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For a terminal.
    #[default]
    Text,
    /// For the description of a pull request.
    Markdown,
    /// A page to look at, which asks no server for anything.
    Html,
    /// One document.
    Json,
}
