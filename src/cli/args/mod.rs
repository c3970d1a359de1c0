//! What the user may say on the command line.

mod check;
mod completions;
mod convert;
mod diff;
mod explain;
mod graph;
mod image;
mod install;
mod man;
mod output;
mod pip;
mod render;
mod schema;
mod screen;
mod solve;
mod update;

use std::env;

pub use check::{CheckArgs, CheckFormat};
use clap::{Parser, Subcommand, error::ErrorKind};
pub use completions::CompletionsArgs;
pub use convert::ConvertArgs;
pub use diff::{DiffArgs, DiffFormat};
pub use explain::ExplainArgs;
pub use graph::{GraphArgs, GraphFormat};
pub use image::ImageArgs;
pub use install::InstallArgs;
pub use man::ManArgs;
pub use output::{OutputArgs, When};
pub use pip::PipArgs;
pub use render::RenderArgs;
pub use schema::{SchemaArgs, SchemaName};
pub use solve::SolveArgs;
pub use update::UpdateArgs;

use super::{manual::with_page, ui, version};

/// Turn a conda environment file of any platform into a linux-64 lock and image
#[derive(Clone, Debug, Parser)]
#[command(
    name = "envlock",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    help_template = screen::template(),
    after_help = screen::AFTER
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How to talk about it.
    #[command(flatten)]
    pub talk: OutputArgs,
}

impl Cli {
    /// Reads the command line of this process. Where it can't be read, or only asks for help or the version, this ends the
    /// process.
    #[must_use]
    pub fn of_process() -> Self {
        Self::try_parse().unwrap_or_else(|error| {
            // clap answers `--version` before it has read what follows.
            if error.kind() == ErrorKind::DisplayVersion && env::args_os().any(|it| it == "--json") {
                version::end()
            }
            ui::end(&error)
        })
    }
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one of it in a run")]
pub enum Command {
    /// Find the closest linux-64 environment; write lock and Dockerfile
    #[command(after_help = with_page(convert::HELP, "convert"))]
    Convert(ConvertArgs),
    /// Tell whether environment files, locks and Dockerfiles still match
    #[command(after_help = with_page(check::HELP, "upkeep"))]
    Check(CheckArgs),
    /// Tell what differs between two locks, or since a git revision
    #[command(after_help = with_page(diff::HELP, "upkeep"))]
    Diff(DiffArgs),
    /// Tell why a package is in the lock, and why in this version
    #[command(after_help = with_page(explain::HELP, "upkeep"))]
    Explain(ExplainArgs),
    /// Draw what needs what in a lock: a tree, for Mermaid or Graphviz
    #[command(after_help = with_page(graph::HELP, "report"))]
    Graph(GraphArgs),
    /// Install a lock into a prefix on linux-64
    #[command(after_help = with_page(install::HELP, "hpc"))]
    Install(InstallArgs),
    /// Write the Dockerfile of a lock from the lock alone
    #[command(after_help = with_page(render::HELP, "formats"))]
    Render(RenderArgs),
    /// Move packages of a lock, or the digests of its images
    #[command(after_help = with_page(update::HELP, "upkeep"))]
    Update(UpdateArgs),
    /// Print the script that completes envlock's commands in a shell
    #[command(after_help = with_page(completions::HELP, "install"))]
    Completions(CompletionsArgs),
    /// Print the JSON schema of envlock.toml, or of what --json prints
    #[command(after_help = with_page(schema::HELP, "formats"))]
    Schema(SchemaArgs),
    /// Write the manual pages of envlock and its commands into a directory
    #[command(hide = true, after_help = with_page(man::HELP, "install"))]
    Man(ManArgs),
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use clap::{CommandFactory, error::ErrorKind};

    use super::*;
    use crate::{project::Options, report::text::Detail};

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split(' '))
    }

    fn convert(line: &str) -> (ConvertArgs, OutputArgs) {
        match parse(line).unwrap() {
            Cli { command: Command::Convert(args), talk } => (args, talk),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn convert_needs_nothing() {
        let (args, talk) = convert("envlock convert");
        assert_eq!(args.files, Vec::<PathBuf>::new());
        assert_eq!(args.output_dir, None);
        assert!(!args.force && !args.pip.no_pip && !args.solve.offline);
        assert!(!talk.json && !talk.quiet && talk.verbose == 0);
        assert_eq!(talk.color, When::Auto);
    }

    #[test]
    fn channels_keep_their_order() {
        let (args, _) = convert("envlock convert mac.yml -c pytorch --channel conda-forge=../mirror");
        assert_eq!(args.files, [PathBuf::from("mac.yml")]);
        assert_eq!(args.solve.channels, ["pytorch", "conda-forge=../mirror"]);
    }

    #[test]
    fn output_options_may_stand_before_the_command_or_after_it() {
        assert!(convert("envlock --json convert").1.json);
        assert!(convert("envlock convert --json").1.json);
    }

    #[test]
    fn verbose_may_be_said_twice() {
        let detail = |line| convert(line).1.detail();
        assert_eq!(detail("envlock convert"), Detail::Usual);
        assert_eq!(detail("envlock -v convert"), Detail::All);
        assert_eq!(detail("envlock convert -vv"), Detail::Conflicts);
        assert_eq!(detail("envlock convert --verbose --verbose"), Detail::Conflicts);
    }

    #[test]
    fn quiet_and_verbose_exclude_each_other() {
        let error = parse("envlock convert -q -v").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ArgumentConflict);
        assert_eq!(error.exit_code(), 2);
    }

    #[test]
    fn a_bad_date_is_a_usage_error_that_shows_good_ones() {
        let error = parse("envlock convert --as-of tomorrow").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ValueValidation);
        assert!(error.to_string().contains("2018-12-31"), "{error}");
    }

    #[test]
    fn every_option_of_convert_may_stand_in_a_configuration() {
        let command = Cli::command();
        let convert = command.find_subcommand("convert").unwrap();
        // These aren't kept anywhere: each is meant for one run.
        let elsewhere = ["bake", "force", "forget", "from-env", "report"];
        let names: Vec<&str> =
            convert.get_arguments().filter(|it| !it.is_global_set()).filter_map(clap::Arg::get_long).collect();
        let mut expected: Vec<&str> = Options::NAMES.into_iter().chain(elsewhere).collect();
        let mut found = names;
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected);
    }
}
