//! What decides on the solve.

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};

use crate::{
    intent::PythonMinor,
    project::{Options, as_of::AskedDate, timeout::Timeout},
    solve::{ChannelPriority, Prefer},
};

/// What every command takes that solves.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Solving")]
pub struct SolveArgs {
    /// A channel, the most important first: name, URL or directory
    ///
    /// Replaces the channels of the file. NAME=PLACE takes NAME's repodata from a mirror or directory PLACE.
    #[arg(short, long = "channel", value_name = "CHANNEL")]
    pub channels: Vec<String>,
    /// Which channel's records count: strict, flexible or disabled [default: strict]
    ///
    /// With strict, those of the first channel that has the package; with flexible all, those of a more important channel
    /// first; with disabled all, the version first.
    #[arg(long, value_name = "PRIORITY", hide_short_help = true, hide_possible_values = true,
        value_parser = PossibleValuesParser::new(ChannelPriority::ALL.map(ChannelPriority::name)).try_map(|it| it.parse::<ChannelPriority>()))]
    pub channel_priority: Option<ChannelPriority>,
    /// Convert to another minor version of Python than the file's, such as 3.9
    #[arg(long, value_name = "MINOR")]
    pub python: Option<PythonMinor>,
    /// What comes first where not everything can be had: packages or versions [default: packages]
    ///
    /// With packages, that all are there which people use; with versions, that as many versions as can be are exact, those
    /// of libraries no less than others.
    #[arg(long, value_name = "WHAT", hide_short_help = true)]
    pub prefer: Option<Prefer>,
    /// Prefer packages built by then: a day (2018-12-31), a moment, an age or `latest` [default: inferred]
    ///
    /// An age (7d, 12h, 2w) counts back from the newest package of the channels.
    #[arg(long, value_name = "DATE|AGE|latest")]
    pub as_of: Option<AskedDate>,
    /// What the machine offers that will run the image: __cuda=12.4
    ///
    /// It counts besides or instead of what the image's name says. Nothing after the `=` takes it away.
    #[arg(long = "virtual-package", value_name = "NAME=VERSION[=BUILD]")]
    pub virtual_packages: Vec<String>,
    /// Use only what is cached and what is on this disk
    #[arg(long)]
    pub offline: bool,
    /// Leave the files of conda, micromamba, pixi and curl on this machine unread
    ///
    /// These are .condarc, config.toml and their files of credentials. Nor is the keyring asked.
    #[arg(long, hide_short_help = true)]
    pub no_config: bool,
    /// How long to search for a closer environment, in seconds [default: 60]
    ///
    /// `none` searches until there is no closer one. A server that sends nothing is given up after as long (4 at least, 60
    /// with `none`).
    #[arg(long, value_name = "SECONDS|none", hide_short_help = true)]
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
