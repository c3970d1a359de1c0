//! The envlock command: reads the command line, runs the command, and turns an error into words and an exit code.

use std::process::ExitCode;

use clap::Parser;
use envlock::cli::{Cli, Command, convert::convert, ui::Ui};

/// What a command line that can't be read exits with as well.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let Cli { command, talk } = Cli::parse();
    let ui = Ui::new(talk);
    let done = match command {
        Command::Convert(args) => convert(&args, &ui),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ui.explain(&error);
            ExitCode::from(FAILED)
        }
    }
}
