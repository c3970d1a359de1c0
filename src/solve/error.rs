//! When there is no answer.

use miette::Diagnostic;
use thiserror::Error;

use crate::words::and;

/// Why there is no solution. Everything but python's minor version is given up before this.
#[derive(Debug, Error, Diagnostic)]
pub enum SolveError {
    /// No channel has such a python for linux-64.
    #[error("{wanted} doesn't exist for linux-64 in the channels asked")]
    #[diagnostic(code("python-not-found"))]
    #[diagnostic(help("{}{}", no_python_help(nearest), also(unread)))]
    NoPython {
        /// What is wanted: `python 3.6`.
        wanted: String,
        /// The line of the file, counted from 1.
        line: usize,
        /// What stands there.
        text: String,
        /// The nearest minor versions that there are.
        nearest: Vec<String>,
        /// What of the channels can't be read, a sentence each.
        unread: Vec<String>,
    },
    /// There is such a python, but it can't be installed.
    #[error("{wanted} can't be installed for linux-64 from the channels asked")]
    #[diagnostic(code("python-conflict"))]
    #[diagnostic(help(
        "{proof}\nOn an older system, say what the image offers with --virtual-package, or add the channel that has what is missing."
    ))]
    PythonConflict {
        /// What is wanted: `python 3.6`.
        wanted: String,
        /// What stands in the way.
        proof: String,
    },
    /// Whether a line counts depends on what else is chosen.
    #[error("whether `{text}` counts can't be told: it depends on {}", and(open))]
    #[diagnostic(code("condition-open"))]
    #[diagnostic(help(
        "a condition of a line may speak of virtual packages, and of python where the file says its version, as in \
         `python=3.12`; write the line without its condition, or leave it out"
    ))]
    OpenCondition {
        /// The line of the file, counted from 1.
        line: usize,
        /// What stands there.
        text: String,
        /// What it depends on.
        open: Vec<String>,
    },
    /// None of the packages is there.
    #[error("{}", nothing(*wanted))]
    #[diagnostic(code("solve-nothing"))]
    #[diagnostic(help("{}{}", nothing_help(*wanted), also(unread)))]
    Nothing {
        /// How many packages the file names for linux-64.
        wanted: usize,
        /// What of the channels can't be read, a sentence each.
        unread: Vec<String>,
    },
    /// There was no time to find any solution.
    #[error("no environment was found in time")]
    #[diagnostic(code("solve-timeout"))]
    #[diagnostic(help("give the search more time with --timeout, for example --timeout 300"))]
    OutOfTime,
}

/// What of the channels can't be read, on lines of their own.
fn also(unread: &[String]) -> String {
    unread.iter().flat_map(|sentence| ["\n", sentence]).collect()
}

fn nothing(wanted: usize) -> &'static str {
    match wanted {
        0 => "the file names no conda package for linux-64",
        _ => "none of the conda packages that the file names exists for linux-64 in the channels asked",
    }
}

fn nothing_help(wanted: usize) -> &'static str {
    match wanted {
        0 => {
            "its lines are for other platforms, or for pip and left out with --no-pip: name what the image is to have, \
             even if that is python alone"
        }
        _ => "name the channels that have them with --channel, for example --channel conda-forge --channel bioconda",
    }
}

fn no_python_help(nearest: &[String]) -> String {
    let there_is = match nearest {
        [] => {
            return "the channels have no python for linux-64 at all; add one that does: --channel conda-forge"
                .to_owned();
        }
        [one] => format!("the nearest is {one}: change the file's python to it"),
        [one, other] => format!("the nearest are {one} and {other}: change the file's python to one of them"),
        many => format!("there are {}: change the file's python to one of them", many.join(", ")),
    };
    format!("{there_is}, or add a channel that has it with --channel")
}
