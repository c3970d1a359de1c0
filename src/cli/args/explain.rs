//! What `explain` takes.

use std::path::PathBuf;

use clap::Args;

pub(super) const HELP: &str = "\
Examples:
  envlock explain libopenblas
  envlock explain numpy docker/conda-lock.yml --json

Exit codes: 0 done, 2 error";

/// What `explain` takes.
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// The package
    #[arg(value_name = "PKG")]
    pub package: String,
    /// The lock [default: conda-lock.yml]
    #[arg(value_name = "LOCK")]
    pub file: Option<PathBuf>,
}
