//! What `install` takes.

use std::path::PathBuf;

use clap::Args;

use crate::project::timeout::Timeout;

pub(super) const HELP: &str = "\
Examples:
  envlock install --prefix ./env
  envlock install --prefix /opt/conda docker/conda-lock.yml --offline

Exit codes: 0 done, 2 error, 130 interrupted";

/// What `install` takes.
#[derive(Clone, Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is said for itself")]
pub struct InstallArgs {
    /// The lock, or an explicit list (`@EXPLICIT`) [default: conda-lock.yml]
    ///
    /// The environment will be exactly the lock; from a list it gains packages.
    #[arg(value_name = "LOCK")]
    pub file: Option<PathBuf>,
    /// The directory of the environment; made if it isn't there
    #[arg(short, long, value_name = "DIR")]
    pub prefix: PathBuf,
    /// Use only packages that are cached or on this disk
    #[arg(long)]
    pub offline: bool,
    /// Leave the files of conda, micromamba, pixi and curl on this machine unread (.condarc, config.toml, credentials)
    #[arg(long)]
    pub no_config: bool,
    /// Let packages run their scripts (post-link, pre-unlink) as you, once they are linked and before they go
    #[arg(long, hide_short_help = true)]
    pub run_link_scripts: bool,
    /// Build what the lock has as source for pip; it runs code of these packages as you
    #[arg(long, hide_short_help = true)]
    pub allow_build: bool,
    /// How long a server may send nothing, in seconds [default: 60]
    #[arg(long, value_name = "SECONDS|none", hide_short_help = true)]
    pub timeout: Option<Timeout>,
}
