//! The environment file that an error speaks of, where an installed environment is converted: nobody has seen it yet.

use std::{
    error::Error,
    fmt::{self, Display},
};

use miette::{Diagnostic, LabeledSpan, Report, SourceCode};

use crate::project::{
    files::{self, Output},
    plan::Plan,
};

/// Writes the environment file where an error speaks of it, so that it can be looked at, changed and passed on, and says so.
/// Another file in its place stays as it is, whatever the run may overwrite.
pub(super) fn with_its_file(plan: &Plan, error: Report) -> Report {
    let Some(installed) = &plan.installed else { return error };
    let file = plan.file.display().to_string();
    let shows_lines = error.source_code().is_some();
    if !shows_lines && !error.to_string().contains(&file) {
        return error;
    }
    let output = Output { path: plan.file.clone(), contents: installed.text.clone() };
    let help = match files::read_if_there(&plan.file) {
        Ok(None) if files::write_all(&plan.directory, &[output], &[]).is_ok() => {
            format!("{file} was written, as the environment was read: change it, and convert it without --from-env")
        }
        Ok(there) if shows_lines && there.as_ref() != Some(&installed.text) => {
            format!("the lines are those of the environment, and not of a file: {file} wasn't written")
        }
        _ => return error,
    };
    Explained { error, help }.into()
}

/// An error with more to say of what to do.
#[derive(Debug)]
struct Explained {
    error: Report,
    /// What there is to say besides.
    help: String,
}

impl Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for Explained {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

impl Diagnostic for Explained {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        self.error.code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        let own = self.error.help().map(|help| format!("{help}\n")).unwrap_or_default();
        Some(Box::new(format!("{own}{}", self.help)))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.error.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.error.labels()
    }

    fn diagnostic_source(&self) -> Option<&dyn Diagnostic> {
        self.error.diagnostic_source()
    }
}
