//! The command line: what a user may say, and how envlock answers.

mod again;
mod args;
pub mod as_of;
mod bake;
pub mod check;
pub mod config;
pub mod convert;
pub mod diff;
pub mod explain;
pub mod files;
mod fleet;
pub mod install;
mod job;
pub mod jupyter;
mod keep;
pub mod outcome;
pub mod pip;
mod places;
pub mod python;
pub mod recipe;
pub mod relative;
pub mod render;
mod subjects;
pub mod targets;
pub mod timeout;
pub mod times;
pub mod ui;
pub mod update;

pub use args::{
    CheckArgs, CheckFormat, Cli, Command, ConvertArgs, DiffArgs, DiffFormat, ExplainArgs, Given, ImageArgs,
    InstallArgs, PipArgs, RenderArgs, SolveArgs, TalkArgs, UpdateArgs, When,
};
