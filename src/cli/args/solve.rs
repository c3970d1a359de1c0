//! What decides on the solve.

use clap::{Args, ValueEnum};

use crate::cli::{as_of::AsOf, python::PythonMinor, timeout::Timeout};
use crate::solve::{ChannelPriority, Prefer};

/// What every command takes that solves.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Solving")]
pub struct SolveArgs {
    /// A channel, the most important first: name, URL or directory. NAME=PLACE takes NAME's repodata from a mirror or
    /// directory PLACE. Replaces the channels of the file
    #[arg(short, long = "channel", value_name = "CHANNEL")]
    pub channels: Vec<String>,
    /// Which channel's records count: strict (those of the first that has the package), flexible (all; those of a more
    /// important channel come first) or disabled (all; the version comes first) [default: strict]
    #[arg(long, value_name = "PRIORITY", value_enum, hide_possible_values = true)]
    pub channel_priority: Option<Priority>,
    /// Convert to this minor version of Python, such as 3.9, whatever the file has
    #[arg(long, value_name = "MINOR")]
    pub python: Option<PythonMinor>,
    /// What comes first where not everything can be had: packages (that all which people use are there) or versions (that
    /// as many versions as can be are exact, libraries' no less than others) [default: packages]
    #[arg(long, value_name = "WHAT", value_parser = prefer)]
    pub prefer: Option<Prefer>,
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

fn prefer(text: &str) -> Result<Prefer, String> {
    Prefer::named(text).ok_or_else(|| "it is `packages` or `versions`".to_owned())
}

impl SolveArgs {
    /// What comes first where not everything can be had.
    #[must_use]
    pub fn prefer(&self) -> Prefer {
        self.prefer.unwrap_or_default()
    }

    /// How the channels count against each other.
    #[must_use]
    pub fn priority(&self) -> ChannelPriority {
        self.channel_priority.map_or_else(ChannelPriority::default, ChannelPriority::from)
    }
}

/// How channels count against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Priority {
    /// Those of the first channel that has the package.
    Strict,
    /// Those of all channels, the more important one first.
    Flexible,
    /// Those of all channels, the version first.
    Disabled,
}

impl From<Priority> for ChannelPriority {
    fn from(priority: Priority) -> Self {
        match priority {
            Priority::Strict => Self::Strict,
            Priority::Flexible => Self::Flexible,
            Priority::Disabled => Self::Disabled,
        }
    }
}

impl From<ChannelPriority> for Priority {
    fn from(priority: ChannelPriority) -> Self {
        match priority {
            ChannelPriority::Strict => Self::Strict,
            ChannelPriority::Flexible => Self::Flexible,
            ChannelPriority::Disabled => Self::Disabled,
        }
    }
}
