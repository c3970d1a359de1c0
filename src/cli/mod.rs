//! The command line: what a user may say, and how envlock answers.
//!
//! Each command reads its arguments, has [`workflow`](crate::workflow) do the work, and prints what came of it.

mod args;
mod bar;
pub mod check;
pub mod completions;
pub mod convert;
pub mod diff;
pub mod explain;
pub mod graph;
pub mod install;
pub mod man;
mod manual;
mod margin;
pub mod outcome;
pub mod render;
pub mod schema;
mod screen;
pub mod ui;
pub mod update;
mod version;
mod watch;

pub use args::{
    CheckArgs, CheckFormat, Cli, Command, CompletionsArgs, ConvertArgs, DiffArgs, DiffFormat, ExplainArgs, GraphArgs,
    GraphFormat, ImageArgs, InstallArgs, ManArgs, OutputArgs, PipArgs, RenderArgs, SchemaArgs, SchemaName, SolveArgs,
    UpdateArgs, When,
};
