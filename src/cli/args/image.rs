//! What decides on the image.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};

use crate::project::{InstallerChoice, Options, options::layers};

/// What every command takes that decides on the image. What isn't said is as in the lock.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Image (kept in the lock)")]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct ImageArgs {
    /// The image to build on: micromamba, miniforge, jupyter, debian, ubuntu, cuda, or any other
    ///
    /// Without a digest, that of the lock is taken, or else its registry is asked [default: mambaorg/micromamba:2.6.1].
    #[arg(long, value_name = "IMAGE")]
    pub base_image: Option<String>,
    /// What installs the packages
    ///
    /// own (what the base image has), or micromamba or envlock in a stage of its own, from which the environment is copied
    /// [default: own, or micromamba where the base image has neither].
    #[arg(long, value_name = "TOOL", hide_short_help = true, hide_possible_values = true,
        value_parser = PossibleValuesParser::new(InstallerChoice::NAMES).try_map(|name| name.parse::<InstallerChoice>()))]
    pub installer: Option<InstallerChoice>,
    /// The image of the stage that installs the packages [default: mambaorg/micromamba:2.6.1]
    #[arg(long, value_name = "IMAGE", hide_short_help = true)]
    pub installer_image: Option<String>,
    /// Install the conda packages in up to N layers, so that an update fetches less
    ///
    /// Those come first that are large and change seldom.
    #[arg(long, value_name = "N", value_parser = layers)]
    pub layers: Option<NonZeroUsize>,
    /// Leave the modules of packages uncompiled: a smaller image that starts programs more slowly
    #[arg(long, hide_short_help = true)]
    pub no_pyc: bool,
    /// Compile the modules of packages again
    #[arg(long, hide_short_help = true, conflicts_with = "no_pyc")]
    pub pyc: bool,
    /// Start a Jupyter server, which asks for its token
    #[arg(long)]
    pub jupyter: bool,
    /// Start no Jupyter server any more
    #[arg(long, hide_short_help = true, conflicts_with = "jupyter")]
    pub no_jupyter: bool,
    /// Write a compose.yaml, too, so that `docker compose up` builds and starts it
    ///
    /// With an env.list beside it, containers get its variables.
    #[arg(long)]
    pub compose: bool,
    /// Write no compose.yaml any more
    #[arg(long, hide_short_help = true, conflicts_with = "compose")]
    pub no_compose: bool,
    /// The file of variables that containers are started with; none of them gets into the image
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub env_file: Option<PathBuf>,
    /// A registry that is asked by plain HTTP, such as registry.local:5000; those of this machine always are
    #[arg(long = "insecure-registry", value_name = "HOST[:PORT]", hide_short_help = true)]
    pub insecure_registries: Vec<String>,
}

impl ImageArgs {
    /// The options that are said.
    pub(super) fn options(&self) -> Options {
        let either = |yes: bool, no: bool| if yes { Some(true) } else { no.then_some(false) };
        Options {
            base_image: self.base_image.clone(),
            installer: self.installer,
            installer_image: self.installer_image.clone(),
            layers: self.layers,
            no_pyc: either(self.no_pyc, self.pyc),
            jupyter: either(self.jupyter, self.no_jupyter),
            compose: either(self.compose, self.no_compose),
            env_file: self.env_file.clone(),
            insecure_registries: self.insecure_registries.clone(),
            ..Options::default()
        }
    }
}
