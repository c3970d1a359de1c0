//! What `check` takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

pub(super) const HELP: &str = "\
Examples:
  envlock check
  envlock check mac.yml docker/conda-lock.yml --format github

Nothing is solved, fetched or written.

Exit codes: 0 fresh, 1 stale, 2 error";

/// What `check` takes.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Environment files, locks, Dockerfiles, directories or an envlock.toml [default: that of this directory]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How to print what isn't fresh: text, json, or github for annotations
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    pub format: CheckFormat,
}

/// How `check` prints what isn't fresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// A line each, and the commands that mend it.
    #[default]
    Text,
    /// One document.
    Json,
    /// Annotations of GitHub's workflows.
    Github,
}
