//! What decides on the image.

use std::path::PathBuf;

use clap::Args;

use crate::cli::recipe::InstallerChoice;

/// What every command takes that decides on the image. What isn't said is as in the lock.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Image (kept in the lock)")]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct ImageArgs {
    /// The image to build on: micromamba, miniforge, jupyter, debian, ubuntu, cuda, or the name of any other. Without a
    /// digest, that of the lock is taken, or else its registry is asked [default: mambaorg/micromamba:2.6.1]
    #[arg(long, value_name = "IMAGE")]
    pub base_image: Option<String>,
    /// What installs the packages: own (what the base image has), or micromamba or envlock in a stage of its own, from
    /// which the environment is copied [default: own, or micromamba where the base image has neither]
    #[arg(long, value_name = "TOOL", value_enum, hide_possible_values = true)]
    pub installer: Option<InstallerChoice>,
    /// The image of that stage [default: mambaorg/micromamba:2.6.1]
    #[arg(long, value_name = "IMAGE")]
    pub installer_image: Option<String>,
    /// Install the conda packages in this many layers, those first that change seldom, so that an update fetches less
    #[arg(long, value_name = "N", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=50))]
    pub layers: Option<usize>,
    /// Leave the modules of packages uncompiled: a smaller image that starts programs more slowly
    #[arg(long)]
    pub no_pyc: bool,
    /// Compile them again
    #[arg(long, conflicts_with = "no_pyc")]
    pub pyc: bool,
    /// Start a Jupyter server, which asks for its token
    #[arg(long)]
    pub jupyter: bool,
    /// Start none any more
    #[arg(long, conflicts_with = "jupyter")]
    pub no_jupyter: bool,
    /// Write a compose.yaml, too; with an env.list beside it, containers get its variables
    #[arg(long)]
    pub compose: bool,
    /// Write no compose.yaml any more
    #[arg(long, conflicts_with = "compose")]
    pub no_compose: bool,
    /// The file of variables that containers are started with; none of them gets into the image
    #[arg(long, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
    /// A registry that is asked by plain HTTP, such as registry.local:5000; those of this machine always are
    #[arg(long = "insecure-registry", value_name = "HOST[:PORT]")]
    pub insecure_registries: Vec<String>,
}
