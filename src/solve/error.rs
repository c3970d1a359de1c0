//! When there is no answer.

use miette::Diagnostic;
use thiserror::Error;

/// Why there is no solution. Everything but python's minor version is given up before this.
#[derive(Debug, Error, Diagnostic)]
pub enum SolveError {
    /// No channel has such a python for linux-64.
    #[error("{wanted} doesn't exist for linux-64 in the channels asked")]
    #[diagnostic(help("{}", no_python_help(nearest)))]
    NoPython {
        /// What is wanted: `python 3.6`.
        wanted: String,
        /// The line of the file, counted from 1.
        line: usize,
        /// The nearest minor versions that there are.
        nearest: Vec<String>,
    },
    /// There is such a python, but it can't be installed.
    #[error("{wanted} can't be installed for linux-64 from the channels asked")]
    #[diagnostic(help(
        "{proof}\nOn an older system, say what the image offers with --virtual-package, or add the channel that has what is missing."
    ))]
    PythonConflict {
        /// What is wanted: `python 3.6`.
        wanted: String,
        /// What stands in the way.
        proof: String,
    },
    /// None of the packages is there.
    #[error("none of the conda packages that the file names exists for linux-64 in the channels asked")]
    #[diagnostic(help(
        "name the channels that have them with --channel, for example --channel conda-forge --channel bioconda"
    ))]
    Nothing {
        /// How many packages the file names.
        wanted: usize,
    },
    /// There was no time to find any solution.
    #[error("no environment was found in time")]
    #[diagnostic(help("give the search more time with --timeout, for example --timeout 300"))]
    OutOfTime,
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
