//! What `graph` takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

pub(super) const HELP: &str = "\
Examples:
  envlock graph
  envlock graph --format mermaid
  envlock graph --all --format dot | dot -Tsvg > packages.svg

Exit codes: 0 done, 2 error";

/// What `graph` takes.
#[derive(Clone, Debug, Args)]
pub struct GraphArgs {
    /// The lock [default: conda-lock.yml]
    #[arg(value_name = "LOCK", conflicts_with = "lock")]
    pub file: Option<PathBuf>,
    /// The same
    #[arg(long, value_name = "LOCK", hide = true)]
    pub lock: Option<PathBuf>,
    /// How to draw it: text, mermaid, dot or json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    pub format: GraphFormat,
    /// Draw all packages, not only those that people use
    #[arg(long)]
    pub all: bool,
}

/// How `graph` draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// A tree for a terminal.
    #[default]
    Text,
    /// A flowchart of Mermaid.
    Mermaid,
    /// The language of Graphviz.
    Dot,
    /// One document.
    Json,
}
