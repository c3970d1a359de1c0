//! `envlock man`: the manual pages.

use std::fs;

use clap::CommandFactory as _;
use miette::{IntoDiagnostic as _, WrapErr as _};

use super::{Cli, ManArgs};

/// Writes a manual page of envlock, and one of each command, in roff.
///
/// # Errors
///
/// Where they can't be written.
pub fn man(args: &ManArgs) -> miette::Result<()> {
    let written =
        fs::create_dir_all(&args.directory).and_then(|()| clap_mangen::generate_to(Cli::command(), &args.directory));
    written.into_diagnostic().wrap_err_with(|| format!("can't write the manual into {}", args.directory.display()))
}
