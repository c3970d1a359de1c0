//! What can be wrong with a pip section, with the line and the way out.

use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan};
use rattler_conda_types::PackageName as CondaName;
use thiserror::Error;

use super::refuse::PipRefusal;
use crate::{
    environment::{Environment, Excerpt, Location, without_secrets},
    lockfile::LockError,
    words::count,
};

/// A pip section that can't be locked.
#[derive(Debug, Error, Diagnostic)]
pub enum PipError {
    /// Some of its lines can't be.
    #[error("{file}:{line}: {message}")]
    #[diagnostic(code("pip-line"))]
    Lines {
        /// The environment file.
        file: String,
        /// The first of the lines.
        line: usize,
        /// What is wrong, a sentence for each line.
        message: String,
        /// The text of the file. Credentials in it are masked.
        #[source_code]
        src: Arc<Excerpt>,
        /// The lines.
        #[label(collection)]
        at: Vec<LabeledSpan>,
        /// What to do.
        #[help]
        help: String,
    },
    /// What the section asks for contradicts itself, or what conda provides.
    #[error("the pip section can't be resolved for Python {python}")]
    #[diagnostic(code("pip-conflict"))]
    Unsolvable {
        /// The version of Python.
        python: String,
        /// What uv found.
        #[source]
        why: Explained,
        /// What to do.
        #[help]
        help: String,
        /// The versions that it could be resolved with of conda packages that are free to move: `==1.2`.
        limits: Vec<(CondaName, String)>,
    },
    /// uv isn't there, or nothing that it needs to run.
    #[error("{message}")]
    #[diagnostic(code("pip-tool-missing"))]
    #[diagnostic(help("{help}"))]
    Missing {
        /// What is missing, and for what.
        message: String,
        /// How to get it.
        help: String,
    },
    /// An index says something of a package that can't stand in a lock.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Unlockable(#[from] LockError),
    /// uv, or an index, failed.
    #[error("{message}")]
    #[diagnostic(code("pip-unresolved"))]
    Failed {
        /// What failed.
        message: String,
        /// How.
        #[source]
        why: Explained,
        /// What to do.
        #[help]
        help: String,
    },
}

/// The words of another program, without credentials.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct Explained(pub String);

/// So many of the lines are shown.
const SHOWN: usize = 10;

/// The error for all lines that can't be locked.
pub(super) fn refused(environment: &Environment, refusals: &[PipRefusal]) -> PipError {
    let label =
        |at: &Location, text: &str| LabeledSpan::new_with_span(Some(text.to_owned()), at.first_line(&environment.text));
    let mut at: Vec<LabeledSpan> = Vec::new();
    let (shown, more) = refusals.split_at(refusals.len().min(SHOWN));
    for refusal in shown {
        at.push(label(&refusal.at, "can't be locked"));
        at.extend(refusal.also.iter().map(|(at, text)| label(at, text)));
    }
    let messages: Vec<String> = match refusals {
        [only] => vec![only.message.clone()],
        several => {
            let each = shown.iter().map(|it| format!("  line {}: {}", it.at.line, it.message));
            [format!("{} of the pip section can't be locked:", count(several.len(), "line"))]
                .into_iter()
                .chain(each)
                .chain((!more.is_empty()).then(|| format!("  and {} more", more.len())))
                .collect()
        }
    };
    let mut helps: Vec<String> = Vec::new();
    for refusal in shown {
        if !helps.contains(&refusal.help) {
            helps.push(refusal.help.clone());
        }
    }
    if refusals.iter().all(|refusal| refusal.can_be_left_out) {
        helps.push("--skip-unlockable leaves out what can't be locked, --no-pip the whole section".to_owned());
    }
    PipError::Lines {
        file: environment.file.clone(),
        line: refusals.first().map_or(0, |refusal| refusal.at.line),
        message: without_secrets(&messages.join("\n")),
        src: Arc::new(Excerpt::new(&environment.file, &environment.text)),
        at,
        help: helps.join("\n"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        environment::parse_environment,
        pypi::{read_lines, section},
    };

    #[test]
    fn the_first_of_many_lines_are_shown() {
        let of = |count: usize| {
            let text = format!("dependencies:\n  - pip:\n{}", "    - -e .\n".repeat(count));
            let environment = parse_environment("environment.yml", text.as_bytes()).unwrap();
            let refusals = section::read(&read_lines(&environment, Path::new("."))).refused;
            let PipError::Lines { message, at, .. } = refused(&environment, &refusals) else { panic!() };
            (message.lines().last().unwrap().to_owned(), at.len())
        };
        assert!(of(10).0.starts_with("  line 12: `-e .` is "), "{}", of(10).0);
        assert_eq!(of(100_000), ("  and 99990 more".to_owned(), 10));
    }
}
