//! What `update` takes.

use std::path::PathBuf;

use clap::Args;

use super::{PipArgs, SolveArgs};
use crate::project::Options;

pub(super) const HELP: &str = "\
Examples:
  envlock update numpy pandas
  envlock update --as-of 2026-06-30 --dry-run
  envlock update --base-image --file docker/conda-lock.yml
  envlock update --base-image-from-dockerfile

Exit codes: 0 done, 2 error, 130 interrupted";

/// What `update` takes.
#[derive(Clone, Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option")]
pub struct UpdateArgs {
    /// The packages to move to the newest that the environment file allows [default: all]
    ///
    /// What must follow moves with them, and everything else stays.
    #[arg(value_name = "PKG", conflicts_with = "base_image")]
    pub packages: Vec<String>,
    /// A lock, its environment file, its directory, or an envlock.toml [default: as for check]
    #[arg(short, long = "file", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Ask the registries again for the digests of the images; no package moves
    #[arg(long)]
    pub base_image: bool,
    /// Take the base image that a bot has put into the Dockerfile into the lock, once its registry has it; no package moves
    #[arg(long, conflicts_with_all = ["packages", "base_image"])]
    pub base_image_from_dockerfile: bool,
    /// Tell what would change, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Overwrite a Dockerfile or compose.yaml that envlock didn't write
    #[arg(long)]
    pub force: bool,
    /// A registry that is asked by plain HTTP, such as registry.local:5000; those of this machine always are
    #[arg(long = "insecure-registry", value_name = "HOST[:PORT]", hide_short_help = true)]
    pub insecure_registries: Vec<String>,
    /// What to solve with.
    #[command(flatten)]
    pub solve: SolveArgs,
    /// What to do with the pip section.
    #[command(flatten)]
    pub pip: PipArgs,
}

impl UpdateArgs {
    /// The options that are said.
    #[must_use]
    pub fn options(&self) -> Options {
        let insecure_registries = self.insecure_registries.clone();
        Options { insecure_registries, ..self.pip.options().or(self.solve.options()) }
    }
}
