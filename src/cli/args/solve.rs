//! What decides on the solve.

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};

use crate::{
    intent::PythonMinor,
    project::{Options, as_of::AsOf, timeout::Timeout},
    solve::{ChannelPriority, Prefer},
};

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
    #[arg(long, value_name = "PRIORITY", hide_possible_values = true,
        value_parser = PossibleValuesParser::new(ChannelPriority::ALL.map(ChannelPriority::name)).try_map(|it| it.parse::<ChannelPriority>()))]
    pub channel_priority: Option<ChannelPriority>,
    /// Convert to this minor version of Python, such as 3.9, whatever the file has
    #[arg(long, value_name = "MINOR")]
    pub python: Option<PythonMinor>,
    /// What comes first where not everything can be had: packages (that all which people use are there) or versions (that
    /// as many versions as can be are exact, libraries' no less than others) [default: packages]
    #[arg(long, value_name = "WHAT")]
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
    /// Leave the files of conda, micromamba, pixi and curl on this machine unread (.condarc, config.toml, credentials)
    #[arg(long)]
    pub no_config: bool,
    /// How long to search for a closer environment, in seconds; `none` searches until there is no closer one. A server that
    /// sends nothing is given up after as long (4 at least, 60 with `none`) [default: 60]
    #[arg(long, value_name = "SECONDS|none")]
    pub timeout: Option<Timeout>,
}

impl SolveArgs {
    /// The options that are said.
    pub(super) fn options(&self) -> Options {
        Options {
            channels: self.channels.clone(),
            channel_priority: self.channel_priority,
            python: self.python,
            prefer: self.prefer,
            as_of: self.as_of,
            virtual_packages: self.virtual_packages.clone(),
            offline: self.offline.then_some(true),
            no_config: self.no_config.then_some(true),
            timeout: self.timeout,
            ..Options::default()
        }
    }
}
