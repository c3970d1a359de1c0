//! What can be wrong with an environment file, said with the line and the way to mend it.

use std::borrow::Cow;
use std::fmt::Display;
use std::io;

use miette::{Diagnostic, LabeledSpan, SourceCode, SourceSpan};
use thiserror::Error;

use super::without_secrets;
use super::{Excerpt, Location};

/// An environment file that can't be read.
#[derive(Debug, Error, Diagnostic)]
pub enum ReadError {
    /// The file itself can't be read from disk.
    #[error("{file}: can't be read: {reason}")]
    #[diagnostic(code("environment-unreadable"))]
    Io {
        /// The file as the user named it.
        file: String,
        /// What the operating system says.
        reason: io::Error,
        /// What to do.
        #[help]
        help: String,
    },
    /// The bytes are no text, or there are none.
    #[error("{file}: {message}")]
    #[diagnostic(code("environment-not-text"))]
    NotText {
        /// The file as the user named it.
        file: String,
        /// What it is instead.
        message: String,
        /// What to do.
        #[help]
        help: String,
    },
    /// A line is at fault.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Line(#[from] Box<LineError>),
}

/// A line of the file that can't be read as it is.
#[derive(Debug, Error)]
#[error("{file}:{line}: {message}")]
pub struct LineError {
    /// What kind of error it is: that of the step that found it.
    pub code: String,
    /// The file as the user named it.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// The text of the file. Credentials in it are masked.
    pub src: Excerpt,
    /// The part of the text at fault.
    pub at: SourceSpan,
    /// What to write beside that part.
    pub label: String,
    /// What to do.
    pub help: String,
}

/// By hand, since the code is another one where a later step finds the fault.
impl Diagnostic for LineError {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(&self.help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.src)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new([LabeledSpan::new_with_span(Some(self.label.clone()), self.at)].into_iter()))
    }
}

/// The code of a text that is no YAML, or more of it than an environment file has.
pub(super) const NOT_YAML: &str = "environment-yaml";
/// The code of a file that holds the two sides of a merge.
pub(super) const MERGE: &str = "environment-merge-conflict";
/// The code of a file whose placeholders are still to be filled in.
pub(super) const TEMPLATE: &str = "environment-template";
/// The code of a file that names no package, since it is of another kind or empty.
pub(super) const NO_PACKAGES: &str = "environment-no-packages";
/// The code of a key or an item that is something else than it has to be.
pub(super) const SHAPE: &str = "environment-shape";
/// The code of an item that is no match spec.
pub(super) const SPEC: &str = "environment-spec";

/// A fault at a place, before it is known which file the text came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// What kind of error it is.
    pub code: String,
    pub at: Location,
    pub message: String,
    pub label: String,
    pub help: String,
}

impl Fault {
    pub(super) fn new(
        code: impl Into<String>,
        at: Location,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Fault { code: code.into(), at, message: message.into(), label: label.into(), help: help.into() }
    }

    /// The error for the user. Its text may end up in the log of a build, so it must not carry credentials.
    pub(super) fn in_file(self, file: &str, text: &str) -> ReadError {
        ReadError::Line(Box::new(self.at_line(file, text)))
    }

    pub(super) fn at_line(self, file: &str, text: &str) -> LineError {
        let at = SourceSpan::from(self.at.first_line(text));
        LineError {
            code: self.code,
            file: file.to_owned(),
            line: self.at.line,
            message: without_secrets(&self.message),
            src: Excerpt::new(file, text),
            at,
            label: self.label,
            help: without_secrets(&self.help),
        }
    }
}

/// A text for a message, cut where it is too long for a line.
pub(super) fn shortened(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.split_at(end).0)),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use miette::{GraphicalReportHandler, GraphicalTheme};

    use super::*;

    fn error() -> ReadError {
        let text = "channels:\n  - https://host/t/SECRET/a\ndependencies:\n  - numpy=\n";
        let at = Location { line: 4, span: 56..62 };
        Fault::new(SPEC, at, "`numpy=` names no version", "here", "write one").in_file("env.yml", text)
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(shortened("numpy"), "numpy");
        assert_eq!(shortened(&"é".repeat(81)), format!("{}…", "é".repeat(80)));
    }

    #[test]
    fn the_plain_message_names_file_and_line() {
        assert_eq!(error().to_string(), "env.yml:4: `numpy=` names no version");
    }

    #[test]
    fn the_rendered_report_shows_the_line_and_the_help_but_no_token() {
        let mut report = String::new();
        GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor())
            .with_context_lines(3)
            .render_report(&mut report, &error())
            .unwrap();
        assert!(report.contains("[env.yml:4:5]"), "{report}");
        assert!(report.contains("  - numpy="), "{report}");
        assert!(report.contains("help: write one"), "{report}");
        assert!(!report.contains("SECRET"), "{report}");
    }
}
