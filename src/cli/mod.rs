//! The command line: what a user may say, and how envlock answers.

pub mod as_of;
mod bake;
pub mod check;
pub mod config;
pub mod convert;
pub mod diff;
pub mod explain;
pub mod files;
mod fleet;
mod given;
pub mod install;
mod job;
pub mod jupyter;
mod keep;
pub mod outcome;
pub mod pip;
pub mod recipe;
pub mod relative;
pub mod render;
mod subjects;
pub mod targets;
pub mod timeout;
pub mod times;
pub mod ui;
pub mod update;

use std::path::PathBuf;

use anstream::ColorChoice;
use as_of::AsOf;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
pub use given::Given;
use recipe::InstallerChoice;
use timeout::Timeout;

/// Turn a conda environment file of any platform into a linux-64 lockfile and a Dockerfile
#[derive(Clone, Debug, Parser)]
#[command(
    name = "envlock",
    version,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    after_help = "Example: envlock convert environment.yml\n\nExit codes: 0 done, 1 stale or different, 2 error, 130 interrupted"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How to talk about it.
    #[command(flatten)]
    pub talk: TalkArgs,
}

impl Cli {
    /// Reads the command line of this process. Where it can't be read, or only asks for help, this ends the process.
    #[must_use]
    pub fn of_process() -> Self {
        let command = Self::command();
        let matches = command.clone().get_matches();
        let mut cli = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        if let Command::Convert(args) = &mut cli.command {
            let options = matches.subcommand().zip(command.find_subcommand("convert"));
            args.given = options.map(|((_, matches), command)| Given::of(command, matches)).unwrap_or_default();
        }
        cli
    }
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "there is one of it in a run")]
pub enum Command {
    /// Find the closest linux-64 environment; write conda-lock.yml and Dockerfile
    #[command(after_help = CONVERT_HELP)]
    Convert(ConvertArgs),
    /// Tell whether environment files, locks and Dockerfiles still belong together, and what changed
    #[command(after_help = CHECK_HELP)]
    Check(CheckArgs),
    /// Tell what differs between two locks, or since a git revision
    #[command(after_help = DIFF_HELP)]
    Diff(DiffArgs),
    /// Tell why a package is in the lock, and why in this version
    #[command(after_help = "Exit codes: 0 done, 2 error")]
    Explain(ExplainArgs),
    /// Install a lock into a prefix on linux-64
    #[command(after_help = INSTALL_HELP)]
    Install(InstallArgs),
    /// Write the Dockerfile of a lock from the lock alone
    #[command(after_help = "Exit codes: 0 done, 2 error, 130 interrupted")]
    Render(RenderArgs),
    /// Move packages of a lock, or the digests of its images, and leave the rest where it is
    #[command(after_help = UPDATE_HELP)]
    Update(UpdateArgs),
}

const CHECK_HELP: &str = "\
Examples:
  envlock check
  envlock check mac.yml docker/conda-lock.yml --format github

Nothing is solved, fetched or written.

Exit codes: 0 fresh, 1 stale, 2 error";

const DIFF_HELP: &str = "\
Examples:
  envlock diff old/conda-lock.yml conda-lock.yml
  envlock diff environment.yml conda-lock.yml
  envlock diff --git main --format markdown

Exit codes: 0 the same, 1 different, 2 error";

/// What `diff` takes.
#[derive(Clone, Debug, Args)]
pub struct DiffArgs {
    /// Two locks or environment files, the old one first; with --git one lock [default: conda-lock.yml]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Compare with the lock as it was in a revision, or between two: REV..REV
    #[arg(long, value_name = "REV")]
    pub git: Option<String>,
    /// How to print it: text, markdown or json
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    pub format: DiffFormat,
}

/// How `diff` prints what differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For a terminal.
    #[default]
    Text,
    /// For the description of a pull request.
    Markdown,
    /// One document.
    Json,
}

/// What `explain` takes.
#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// The package
    #[arg(value_name = "PKG")]
    pub package: String,
    /// The lock [default: conda-lock.yml]
    #[arg(value_name = "LOCK")]
    pub file: Option<PathBuf>,
}

/// What `check` takes.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Environment files, locks, Dockerfiles, directories or an envlock.toml [default: envlock.toml, or else
    /// conda-lock.yml]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How to print what isn't fresh: text, json, or github for annotations
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, hide_possible_values = true)]
    pub format: CheckFormat,
}

/// How `check` prints what isn't fresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// A line each, and the commands that mend it.
    #[default]
    Text,
    /// One document.
    Json,
    /// Annotations of GitHub's workflows.
    Github,
}

const UPDATE_HELP: &str = "\
Examples:
  envlock update numpy pandas
  envlock update --as-of 2026-06-30 --dry-run
  envlock update --base-image --file docker/conda-lock.yml

Exit codes: 0 done, 2 error, 130 interrupted";

/// What `render` takes.
#[derive(Clone, Debug, Args)]
pub struct RenderArgs {
    /// The lock [default: conda-lock.yml]
    #[arg(value_name = "LOCK")]
    pub file: Option<PathBuf>,
    /// Where to write; made if it isn't there [default: beside the lock]
    #[arg(short, long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
    /// Overwrite a Dockerfile or compose.yaml that envlock didn't write
    #[arg(long)]
    pub force: bool,
}

/// What `update` takes.
#[derive(Clone, Debug, Args)]
pub struct UpdateArgs {
    /// The packages to move to the newest that the environment file allows; what must follow moves with them, and
    /// everything else stays [default: all]
    #[arg(value_name = "PKG", conflicts_with = "base_image")]
    pub packages: Vec<String>,
    /// A lock, its environment file, its directory, or an envlock.toml [default: envlock.toml, or else conda-lock.yml]
    #[arg(short, long = "file", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Ask the registries again for the digests of the base image and of that which installs; no package moves
    #[arg(long)]
    pub base_image: bool,
    /// Tell what would change, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Overwrite a Dockerfile or compose.yaml that envlock didn't write
    #[arg(long)]
    pub force: bool,
    /// A registry that is asked by plain HTTP, such as registry.local:5000; those of this machine always are
    #[arg(long = "insecure-registry", value_name = "HOST[:PORT]")]
    pub insecure_registries: Vec<String>,
    /// What to solve with.
    #[command(flatten)]
    pub solve: SolveArgs,
    /// What to do with the pip section.
    #[command(flatten)]
    pub pip: PipArgs,
}

const INSTALL_HELP: &str = "\
Examples:
  envlock install --prefix ./env
  envlock install --prefix /opt/conda docker/conda-lock.yml --offline

Exit codes: 0 done, 2 error, 130 interrupted";

/// What `install` takes.
#[derive(Clone, Debug, Args)]
pub struct InstallArgs {
    /// The lock, which the environment will be exactly, or an explicit list (`@EXPLICIT`), whose packages it gains
    /// [default: conda-lock.yml]
    #[arg(value_name = "LOCK")]
    pub file: Option<PathBuf>,
    /// The directory of the environment; made if it isn't there
    #[arg(short, long, value_name = "DIR")]
    pub prefix: PathBuf,
    /// Use only packages that are cached or on this disk
    #[arg(long)]
    pub offline: bool,
}

const CONVERT_HELP: &str = "\
Examples:
  envlock convert
  envlock convert mac.yml --output-dir docker --base-image registry.local:5000/team/micromamba:2
  envlock convert gpu.yml -c pytorch -c conda-forge --virtual-package __cuda=12.4

Exit codes: 0 done, 2 error, 130 interrupted";

/// What `convert` takes.
#[derive(Clone, Debug, Default, Args)]
pub struct ConvertArgs {
    /// Environment files, directories of one, or an envlock.toml [default: envlock.toml, environment.yml, or
    /// environment.yaml]
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Where to write; made if it isn't there [default: beside the environment file]
    #[arg(short, long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
    /// Overwrite a lock or Dockerfile that envlock didn't write
    #[arg(long)]
    pub force: bool,
    /// Write a docker-bake.json, too, with which `docker buildx bake` builds all images
    #[arg(long)]
    pub bake: bool,
    /// How to make the image. These stand last, as their headings would hold for what follows.
    #[command(flatten)]
    pub image: ImageArgs,
    /// What to solve with.
    #[command(flatten)]
    pub solve: SolveArgs,
    /// What to do with the pip section.
    #[command(flatten)]
    pub pip: PipArgs,
    /// Where relative channels start; the current directory where there is none.
    #[arg(skip)]
    pub base: Option<PathBuf>,
    /// The options that stood on the command line.
    #[arg(skip)]
    pub given: Given,
}

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

/// What every command takes that locks a pip section.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Pip section (locked by uv)")]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct PipArgs {
    /// Leave the pip section out
    #[arg(long)]
    pub no_pip: bool,
    /// Where a pip line contradicts what conda provides, drop the pip line
    #[arg(long, conflicts_with = "prefer_pip")]
    pub prefer_conda: bool,
    /// Where a pip line contradicts what conda provides, let pip install its version over conda's
    #[arg(long)]
    pub prefer_pip: bool,
    /// Leave out pip lines that can't be locked, such as `-e .`; the report names them
    #[arg(long)]
    pub skip_unlockable: bool,
    /// Build packages here where only that tells what they need; it runs their code
    #[arg(long)]
    pub allow_build: bool,
    /// What a conda package is called on PyPI, where that is another name: pytorch=torch. Nothing after the `=` says
    /// that it is no Python package
    #[arg(long = "pypi-name", value_name = "CONDA=PYPI")]
    pub pypi_names: Vec<String>,
}

/// What every command takes that solves.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Solving")]
pub struct SolveArgs {
    /// A channel, the most important first: name, URL or directory. NAME=PLACE takes NAME's repodata from a mirror or
    /// directory PLACE. Replaces the channels of the file
    #[arg(short, long = "channel", value_name = "CHANNEL")]
    pub channels: Vec<String>,
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

/// How to talk to the user.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct TalkArgs {
    /// Print the report as JSON on stdout
    #[arg(long, global = true)]
    pub json: bool,
    /// Print errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also list what was kept and what was added
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// When to use colours: auto, always or never
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t, hide_possible_values = true)]
    pub color: When,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl From<When> for ColorChoice {
    fn from(when: When) -> Self {
        match when {
            When::Auto => ColorChoice::Auto,
            When::Always => ColorChoice::Always,
            When::Never => ColorChoice::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split(' '))
    }

    fn convert(line: &str) -> (ConvertArgs, TalkArgs) {
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
        assert!(!talk.json && !talk.quiet && !talk.verbose);
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
}
