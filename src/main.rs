//! The envlock command: reads the command line, runs the command, and turns an error into words and an exit code.

#![warn(clippy::expect_used, clippy::unwrap_used)]

use std::{process::ExitCode, sync::Arc};

use envlock::{
    cli::{
        Cli, Command, check::check, completions::completions, convert::convert, diff::diff, explain::explain,
        graph::graph, install::install, man::man, outcome::ExitStatus, render::render, schema::schema, ui::Ui,
        update::update,
    },
    temporary,
};

/// What a command line that can't be read exits with as well.
const FAILED: u8 = 2;
/// What shells have for a program that was interrupted: 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;

fn main() -> ExitCode {
    let Cli { command, talk } = Cli::of_process();
    let ui = Arc::new(Ui::new(talk));
    stop_when_interrupted(&ui);
    let done = match command {
        Command::Check(args) => check(&args, &ui),
        Command::Convert(args) => convert(&args, &ui),
        Command::Diff(args) => diff(&args, &ui),
        Command::Explain(args) => explain(&args, &ui).map(|()| ExitStatus::Done),
        Command::Graph(args) => graph(&args, &ui).map(|()| ExitStatus::Done),
        Command::Install(args) => install(&args, &ui).map(|()| ExitStatus::Done),
        Command::Render(args) => render(&args, &ui).map(|()| ExitStatus::Done),
        Command::Update(args) => update(&args, &ui),
        Command::Completions(args) => completions(args, &ui).map(|()| ExitStatus::Done),
        Command::Schema(args) => schema(args, &ui).map(|()| ExitStatus::Done),
        Command::Man(args) => man(&args).map(|()| ExitStatus::Done),
    };
    // What was broken off may not have come to its end yet.
    ui.clear();
    match done {
        Ok(outcome) => outcome.code().into(),
        Err(error) => {
            ui.explain(&error);
            ExitCode::from(FAILED)
        }
    }
}

/// Ctrl-C, and the signal that asks a program to end, leave no unfinished file behind.
fn stop_when_interrupted(ui: &Ui) {
    let ui = ui.clone();
    let stop = move || {
        ui.clear();
        temporary::abandon(INTERRUPTED)
    };
    // Where there is no such signal, or it is taken, the system ends the program in its own way.
    _ = ctrlc::set_handler(stop);
    // A file that becomes larger than this process may write is an error to be told, not its end.
    #[cfg(unix)]
    {
        _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, std::sync::Arc::default());
    }
}
