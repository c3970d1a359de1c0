//! What decides on the pip section.

use clap::Args;

use crate::{project::Options, pypi::Preference};

/// What every command takes that locks a pip section.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Pip section (locked by uv)")]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct PipArgs {
    /// Leave the pip section out
    #[arg(long)]
    pub no_pip: bool,
    /// Where a pip line contradicts conda, drop the pip line
    #[arg(long, conflicts_with = "prefer_pip")]
    pub prefer_conda: bool,
    /// Where a pip line contradicts conda, let pip install its version over conda's
    #[arg(long)]
    pub prefer_pip: bool,
    /// Leave out pip lines that can't be locked, such as `-e .`
    ///
    /// The report names them. Those of an export always are left out.
    #[arg(long, hide_short_help = true)]
    pub skip_unlockable: bool,
    /// Build packages here where only that tells what they need; it runs their code
    #[arg(long, hide_short_help = true)]
    pub allow_build: bool,
    /// What a conda package is called on PyPI, where that is another name: pytorch=torch
    ///
    /// Nothing after the `=` says that it is no Python package.
    #[arg(long = "pypi-name", value_name = "CONDA=PYPI", hide_short_help = true)]
    pub pypi_names: Vec<String>,
}

impl PipArgs {
    /// The options that are said.
    pub(super) fn options(&self) -> Options {
        let conda = self.prefer_conda.then_some(Preference::Conda);
        Options {
            no_pip: self.no_pip.then_some(true),
            preference: conda.or(self.prefer_pip.then_some(Preference::Pip)),
            skip_unlockable: self.skip_unlockable.then_some(true),
            allow_build: self.allow_build.then_some(true),
            pypi_names: self.pypi_names.clone(),
            ..Options::default()
        }
    }
}
