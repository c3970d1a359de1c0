//! `envlock completions`: the script for a shell.

use clap::CommandFactory as _;
use miette::{IntoDiagnostic as _, WrapErr as _};

use super::{Cli, CompletionsArgs, ui::Ui};

/// Prints the script that completes envlock's commands and options.
///
/// # Errors
///
/// Where it can't be printed.
pub fn completions(args: CompletionsArgs, ui: &Ui) -> miette::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "envlock", &mut script);
    ui.answer(&String::from_utf8_lossy(&script)).into_diagnostic().wrap_err("the script can't be printed")
}
