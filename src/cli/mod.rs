//! The command line: what a user may say, and how envlock answers.
//!
//! Each command reads its arguments, has [`workflow`](crate::workflow) do the work, and prints what came of it.

mod args;
pub mod check;
pub mod convert;
pub mod diff;
pub mod explain;
pub mod install;
pub mod outcome;
pub mod render;
mod screen;
pub mod ui;
pub mod update;

pub use args::{
    CheckArgs, CheckFormat, Cli, Command, ConvertArgs, DiffArgs, DiffFormat, ExplainArgs, ImageArgs, InstallArgs,
    OutputArgs, PipArgs, RenderArgs, SolveArgs, UpdateArgs, When,
};
