//! envlock as its users run it: a module for each command, and for what goes with it.
//!
//! All of them are one program, since linking takes longer than most of the tests.

mod book;
mod check;
mod ci;
mod cli;
mod convert;
mod diff;
mod explain;
mod fixtures;
mod graph;
mod hook;
mod hostile;
mod image;
mod install;
mod killed;
mod many;
mod pip;
mod progress;
mod render;
mod report;
mod snapshot;
mod support;
mod update;
mod wheel;
