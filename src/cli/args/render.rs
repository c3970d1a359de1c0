//! What `render` takes.

use std::path::PathBuf;

use clap::Args;

pub(super) const HELP: &str = "\
Examples:
  envlock render
  envlock render docker/conda-lock.yml --output-dir image

Exit codes: 0 done, 2 error, 130 interrupted";

/// What `render` takes.
#[derive(Clone, Debug, Args)]
pub struct RenderArgs {
    /// The lock [default: conda-lock.yml]
    #[arg(value_name = "LOCK")]
    pub file: Option<PathBuf>,
    /// Where to write; made if it isn't there [default: beside the lock]
    #[arg(short, long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
    /// Overwrite a Dockerfile or compose.yaml that envlock didn't write, or that belongs to another lock
    #[arg(long)]
    pub force: bool,
}
