//! What `man` takes.

use std::path::PathBuf;

use clap::Args;

pub(super) const HELP: &str = "\
Example:
  envlock man ~/.local/share/man/man1";

/// What `man` takes.
#[derive(Clone, Debug, Args)]
pub struct ManArgs {
    /// The directory; made if it isn't there
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
}
