//! What decides on the solve.

use clap::Args;

use crate::cli::{as_of::AsOf, python::PythonMinor, timeout::Timeout};

/// What every command takes that solves.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Solving")]
pub struct SolveArgs {
    /// A channel, the most important first: name, URL or directory. NAME=PLACE takes NAME's repodata from a mirror or
    /// directory PLACE. Replaces the channels of the file
    #[arg(short, long = "channel", value_name = "CHANNEL")]
    pub channels: Vec<String>,
    /// Convert to this minor version of Python, such as 3.9, whatever the file has
    #[arg(long, value_name = "MINOR")]
    pub python: Option<PythonMinor>,
    /// Prefer packages built by then: a day (2018-12-31), a moment, or `latest` [default: inferred]
    #[arg(long, value_name = "DATE|latest")]
    pub as_of: Option<AsOf>,
    /// What the image offers besides or instead of what its name says, such as a GPU driver: __cuda=12.4. Nothing
    /// after the `=` takes it away
    #[arg(long = "virtual-package", value_name = "NAME=VERSION[=BUILD]")]
    pub virtual_packages: Vec<String>,
    /// Use only what is cached and what is on this disk
    #[arg(long)]
    pub offline: bool,
    /// How long to search for a closer environment, in seconds; `none` searches until there is no closer one
    #[arg(long, value_name = "SECONDS|none", default_value_t)]
    pub timeout: Timeout,
}
