//! What `schema` takes.

use clap::{Args, ValueEnum};

pub(super) const HELP: &str = "\
Examples:
  envlock schema config > envlock.schema.json
  envlock schema convert";

/// What `schema` takes.
#[derive(Clone, Copy, Debug, Args)]
pub struct SchemaArgs {
    /// config for envlock.toml and [tool.envlock], or the command whose document it is
    #[arg(value_name = "NAME")]
    pub name: SchemaName,
}

/// What there is a schema of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaName {
    /// `envlock.toml`, and `[tool.envlock]` of a `pyproject.toml`.
    Config,
    /// What `check --json` prints.
    Check,
    /// What `convert --json` prints.
    Convert,
    /// What `diff --json` prints.
    Diff,
    /// What `explain --json` prints.
    Explain,
    /// What `graph --json` prints.
    Graph,
    /// What `install --json` prints.
    Install,
    /// What `render --json` prints.
    Render,
    /// What `update --json` prints, once for each lock.
    Update,
    /// What `--version --json` prints.
    Version,
}
