//! What `convert` takes.

use std::path::PathBuf;

use clap::Args;

use super::{ImageArgs, PipArgs, SolveArgs};
use crate::project::Options;

pub(super) const HELP: &str = "\
Examples:
  envlock convert environment.yml
  envlock convert mac.yml --output-dir docker --base-image debian
  envlock convert --from-env myenv
  envlock convert environment.yml --report report.html
  envlock convert gpu.yml -c pytorch -c conda-forge --virtual-package __cuda=12.4

What is said is kept in the lock, and counts again where nothing else is said, except
--offline, --timeout and --allow-build.

Exit codes: 0 done, 2 error, 130 interrupted";

/// What `convert` takes.
#[derive(Clone, Debug, Default, Args)]
pub struct ConvertArgs {
    /// Environment files, directories of one, or an envlock.toml [default: that of this directory]
    ///
    /// Where nothing is named, it is envlock.toml, a pyproject.toml with [tool.envlock], environment.yml, or
    /// environment.yaml.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Convert an installed environment: of a name or directory, or the active one
    ///
    /// Its packages are read from conda-meta and site-packages, and which were asked for from its history. What was read is
    /// written as environment.yml beside the lock; another file of that name is overwritten with --force only.
    #[arg(
        long,
        value_name = "NAME",
        num_args = 0..=1,
        default_missing_value = "",
        conflicts_with = "files"
    )]
    pub from_env: Option<String>,
    /// Where to write; made if it isn't there [default: beside the environment file]
    #[arg(short, long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
    /// Overwrite a lock or Dockerfile that envlock didn't write, or a lock of another environment file
    #[arg(long)]
    pub force: bool,
    /// Forget the options that the lock keeps, such as the channels; how the image is made stays
    #[arg(long, hide_short_help = true)]
    pub forget: bool,
    /// Write a docker-bake.json, too, with which `docker buildx bake` builds all images
    #[arg(long, hide_short_help = true)]
    pub bake: bool,
    /// Write a page that shows what was done, too: changes, graph, sizes and Dockerfile
    ///
    /// A name alone, such as report.html, is beside the lock. The page asks no server for anything.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// How to make the image. These stand last, as their headings would hold for what follows.
    #[command(flatten)]
    pub image: ImageArgs,
    /// What to solve with.
    #[command(flatten)]
    pub solve: SolveArgs,
    /// What to do with the pip section.
    #[command(flatten)]
    pub pip: PipArgs,
}

impl ConvertArgs {
    /// The options that are said.
    #[must_use]
    pub fn options(&self) -> Options {
        let of_pip = self.pip.options().or(self.solve.options());
        Options { output_dir: self.output_dir.clone(), ..self.image.options().or(of_pip) }
    }
}
