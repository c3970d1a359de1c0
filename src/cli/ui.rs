//! What the user sees: stdout carries results, stderr carries progress and messages.

use std::{
    collections::HashSet,
    env, fmt,
    io::{self, Write as _},
    sync::{Arc, Mutex, PoisonError},
};

use anstream::ColorChoice;
use anstyle::{AnsiColor, Style};
use clap::error::ErrorKind;
use indicatif::{MultiProgress, ProgressDrawTarget};
use miette::{
    Diagnostic, IntoDiagnostic as _, LabeledSpan, MietteHandler, MietteHandlerOpts, ReportHandler, RgbColors, Severity,
    SourceCode, WrapErr as _,
};
use schemars::JsonSchema;
use serde::Serialize;
use terminal_size::Width;
use textwrap::{WordSeparator, WordSplitter};

use super::{
    OutputArgs, manual, margin,
    screen::{self, visible},
    watch::Watched,
};
use crate::{
    base::{diagnostic::place, schema_version::SchemaVersion},
    progress::{Events, Ongoing, Silent},
    report::{
        Report,
        text::{self, Detail, Layout, USUAL_WIDTH},
    },
};

/// The way to talk to the user.
#[derive(Clone, Debug)]
pub struct Ui {
    json: bool,
    quiet: bool,
    layout: Layout,
    shows: Shows,
    progress: MultiProgress,
    /// Whether progress may be drawn still.
    may_draw: Arc<Mutex<bool>>,
    /// What was said to go on.
    said: Arc<Mutex<HashSet<String>>>,
}

/// How it is shown what goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    Nothing,
    /// A line each, as programs keep them.
    Lines,
    /// A line each that is drawn again and again, and is gone in the end.
    Bars,
}

/// Tells that nothing is to be said of what goes on.
const NO_PROGRESS: &str = "ENVLOCK_NO_PROGRESS";

impl Ui {
    /// Sets the colours of this process, and draws progress if somebody is there to see it.
    #[must_use]
    pub fn new(args: OutputArgs) -> Self {
        ColorChoice::from(args.color).write_global();
        let is_unwanted = env::var_os(NO_PROGRESS).is_some_and(|it| !it.is_empty());
        // It is hidden where there is no terminal, and on one that can't move its cursor (`TERM=dumb`).
        let is_hidden = ProgressDrawTarget::stderr().is_hidden();
        let shows = if args.quiet || args.json || is_unwanted {
            Shows::Nothing
        } else if is_hidden {
            Shows::Lines
        } else {
            Shows::Bars
        };
        let target = if shows == Shows::Bars { margin::stderr() } else { ProgressDrawTarget::hidden() };
        Self {
            json: args.json,
            quiet: args.quiet,
            layout: Layout { detail: args.detail(), width: terminal_width() },
            shows,
            progress: MultiProgress::with_draw_target(target),
            may_draw: Arc::new(Mutex::new(true)),
            said: Arc::default(),
        }
    }

    /// How much is to be told.
    #[must_use]
    pub fn detail(&self) -> Detail {
        self.layout.detail
    }

    /// How wide the terminal is, in characters.
    #[must_use]
    pub fn width(&self) -> usize {
        self.layout.width
    }

    /// Takes away what is drawn of progress, for good.
    pub fn clear(&self) {
        let mut may_draw = self.may_draw.lock().unwrap_or_else(PoisonError::into_inner);
        *may_draw = false;
        _ = self.progress.clear();
        self.progress.set_draw_target(ProgressDrawTarget::hidden());
    }

    /// A report in words.
    #[must_use]
    pub fn text(&self, report: &Report) -> String {
        text::render(report, self.layout)
    }

    /// Shows what went wrong with one of several, on stderr.
    pub(super) fn show(&self, of: &str, error: &miette::Report) {
        self.print(&format!("{of}:\n{}", error_text(error, self.layout.width)));
    }

    /// Tells what happened: as JSON on stdout, or as text on stderr.
    ///
    /// # Errors
    ///
    /// When stdout can't be written to.
    pub fn report(&self, report: &Report) -> miette::Result<()> {
        self.tell(report, &text::render(report, self.layout))
    }

    /// Tells what was done: as JSON on stdout, or in these words on stderr.
    ///
    /// # Errors
    ///
    /// When stdout can't be written to.
    pub fn tell(&self, document: &impl Serialize, text: &str) -> miette::Result<()> {
        if self.json {
            return match print_json(document) {
                // Whoever reads has had enough; what was to be done is done.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                printed => printed
                    .into_diagnostic()
                    .wrap_err("what was to be done is done, and what was to be written is, but it can't be reported"),
            };
        }
        if !self.quiet {
            self.print(text);
        }
        Ok(())
    }

    /// Whether stdout is to be one JSON document.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Prints what was asked for on stdout.
    ///
    /// # Errors
    ///
    /// When stdout can't be written to.
    pub fn answer(&self, text: &str) -> io::Result<()> {
        let printed = self.progress.suspend(|| {
            let mut stdout = anstream::stdout().lock();
            stdout.write_all(visible(text).as_bytes())?;
            stdout.flush()
        });
        match printed {
            // Whoever reads has had enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            printed => printed,
        }
    }

    /// Says something on stderr, unless errors alone are wanted.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            self.print(text);
        }
    }

    /// Tells what went wrong: on stderr for a person, and with `--json` on stdout for a program, too.
    pub fn explain(&self, error: &miette::Report) {
        if self.json {
            // Where stdout is gone, stderr still has it.
            let _ = print_json(&ErrorDocument::new(error));
        }
        self.print(&error_text(error, self.layout.width));
    }

    /// Writes to stderr, above any progress. A stderr that is closed is no reason to fail.
    fn print(&self, text: &str) {
        self.progress.suspend(|| {
            let _ = anstream::stderr().write_all(visible(text).as_bytes());
        });
    }
}

impl Events for Ui {
    fn begin(&self, what: &str) -> Box<dyn Ongoing> {
        let ui = self.clone();
        match self.shows {
            Shows::Nothing => Box::new(Silent),
            Shows::Lines => Box::new(Watched::begin(what, move |work| {
                // Each thing is said once, as often as it may come.
                let is_new = || ui.said.lock().unwrap_or_else(PoisonError::into_inner).insert(work.what.clone());
                if let Some(line) = work.worth_a_line().filter(|_| is_new()) {
                    ui.note(&line);
                }
            })),
            Shows::Bars => Box::new(Watched::begin(what, move |work| work.draw(&ui.progress, &ui.may_draw))),
        }
    }

    fn note(&self, text: &str) {
        self.say(&format!("{text}\n"));
    }
}

/// Ends the process with what is to be said of its command line: help, or what is wrong with it.
pub(super) fn end(error: &clap::Error) -> ! {
    let mut text = visible(&error.render().ansi().to_string());
    if error.use_stderr() && error.kind() != ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        text = format!("{}\nlink: {}\n", text.trim_end(), manual::link(manual::COMMAND_LINE));
    }
    // There is nobody to tell where neither can be written to.
    _ = if error.use_stderr() {
        anstream::stderr().write_all(text.as_bytes())
    } else {
        anstream::stdout().write_all(text.as_bytes())
    };
    std::process::exit(error.exit_code())
}

/// What `--json` prints on stdout where there is no report: `{"error": {…}}`.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ErrorDocument {
    schema_version: SchemaVersion<1>,
    error: ErrorData,
}

/// An error as data.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct ErrorData {
    /// Which error it is, as its section in the chapter on errors of the manual is called.
    code: String,
    /// What is wrong.
    message: String,
    /// The file that it is wrong in.
    file: Option<String>,
    /// The line, counted from 1.
    line: Option<usize>,
    /// What to do about it.
    help: Option<String>,
    /// What lies behind it, the nearest cause first.
    causes: Vec<String>,
}

impl ErrorDocument {
    fn new(error: &miette::Report) -> Self {
        Self { schema_version: SchemaVersion, error: ErrorData::new(error) }
    }
}

impl ErrorData {
    pub(super) fn new(error: &miette::Report) -> Self {
        let code = manual::code(error.as_ref());
        let (file, line) = place(error.as_ref()).unzip();
        let message = error.to_string();
        let help = help(error.as_ref());
        let causes = error.chain().skip(1).map(ToString::to_string).collect();
        Self { code, message, file: file.flatten(), line, help, causes }
    }
}

fn help(diagnostic: &dyn Diagnostic) -> Option<String> {
    diagnostic.help().map(|it| it.to_string()).or_else(|| diagnostic.diagnostic_source().and_then(help))
}

/// The error as miette draws it, with the lines of the file that it speaks of, and the link to its section of the manual.
fn error_text(error: &miette::Report, width: usize) -> String {
    struct DrawnError<'a>(&'a MietteHandler, &'a dyn Diagnostic);
    impl std::fmt::Display for DrawnError<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.debug(&Uncoded(self.1), f)
        }
    }
    // Always in colour: the stream that it is written to takes colours out where they aren't wanted.
    let handler = MietteHandlerOpts::new()
        .color(true)
        .rgb_colors(RgbColors::Never)
        .terminal_links(false)
        .break_words(false)
        // What is broken elsewhere than at a blank, an option at its hyphen or an image at its slash, can't be copied.
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .width(width)
        .build();
    let drawn = DrawnError(&handler, error.as_ref()).to_string();
    // Where no excerpt says it.
    let place = place(error.as_ref()).filter(|_| has_endless_lines(error.as_ref()));
    let place = place.map(|(file, line)| format!("\n  at: {}:{line}", file.unwrap_or_default())).unwrap_or_default();
    let link = manual::link(&manual::code(error.as_ref()));
    format!("{}{place}\n  {LINK}link: {LINK:#}{link}\n", drawn.trim_end())
}

/// The longest line that is shown. Nobody reads one that is longer, and miette 7 can't draw a column beyond 65,535.
const LONGEST_LINE: usize = 4000;

/// Whether the lines that an error would show are too long for that.
fn has_endless_lines(error: &dyn Diagnostic) -> bool {
    let are_endless = |source: &dyn SourceCode, label: &LabeledSpan| {
        let contents = source.read_span(label.inner(), 1, 1);
        contents.is_ok_and(|it| it.data().split(|byte| *byte == b'\n').any(|line| line.len() > LONGEST_LINE))
    };
    let own = error.source_code().zip(error.labels());
    own.is_some_and(|(source, mut labels)| labels.any(|label| are_endless(source, &label)))
        || error.diagnostic_source().is_some_and(has_endless_lines)
}

/// As miette has `help:`.
const LINK: Style = AnsiColor::Cyan.on_default();

/// An error without its code, which miette would draw above it; it stands in the link.
struct Uncoded<'a>(&'a dyn Diagnostic);

impl fmt::Debug for Uncoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}

impl fmt::Display for Uncoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}

impl std::error::Error for Uncoded<'_> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl Diagnostic for Uncoded<'_> {
    fn severity(&self) -> Option<Severity> {
        self.0.severity()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0.source_code().filter(|_| !has_endless_lines(self.0))
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.0.labels().filter(|_| !has_endless_lines(self.0))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        self.0.related()
    }

    fn diagnostic_source(&self) -> Option<&dyn Diagnostic> {
        self.0.diagnostic_source().filter(|it| !has_endless_lines(*it))
    }
}

pub(super) fn print_json(document: &impl Serialize) -> io::Result<()> {
    let json = screen::json(document).map_err(io::Error::other)?;
    let mut stdout = io::stdout().lock();
    stdout.write_all(json.as_bytes())?;
    stdout.flush()
}

/// The width of the terminal that stderr is, in characters; `COLUMNS` sets another.
fn terminal_width() -> usize {
    let set = env::var("COLUMNS").ok().and_then(|it| it.parse().ok()).filter(|it| *it > 0);
    let own = || terminal_size::terminal_size_of(io::stderr()).map(|(Width(width), _)| width.into());
    set.or_else(own).unwrap_or(USUAL_WIDTH)
}

#[cfg(test)]
mod tests {
    use miette::{NamedSource, SourceSpan};
    use thiserror::Error;

    use super::*;

    #[derive(Debug, Error, Diagnostic)]
    #[error("`numpy=` has no version")]
    #[diagnostic(code("bad-spec"), help("write `numpy` for any version"))]
    struct BadSpec {
        #[source_code]
        text: NamedSource<String>,
        #[label("here")]
        at: SourceSpan,
    }

    #[derive(Debug, Error, Diagnostic)]
    #[error("can't read the environment")]
    struct Unread {
        #[source]
        #[diagnostic_source]
        why: BadSpec,
    }

    fn bad_spec() -> BadSpec {
        let text = "name: a\ndependencies:\n  - numpy=\n".to_owned();
        let at = text.find("numpy=").unwrap();
        BadSpec { text: NamedSource::new("environment.yml", text), at: (at, 6).into() }
    }

    #[test]
    fn an_error_document_names_file_line_and_help() {
        let document = ErrorDocument::new(&bad_spec().into());
        assert_eq!(
            serde_json::to_value(&document).unwrap(),
            serde_json::json!({"schema_version": 1, "error": {
                "code": "bad-spec",
                "message": "`numpy=` has no version",
                "file": "environment.yml",
                "line": 3,
                "help": "write `numpy` for any version",
                "causes": [],
            }})
        );
    }

    #[test]
    fn a_wrapped_error_keeps_the_place_and_the_help_of_its_cause() {
        let document = ErrorDocument::new(&Unread { why: bad_spec() }.into());
        let expected = ErrorData {
            code: "bad-spec".into(),
            message: "can't read the environment".into(),
            file: Some("environment.yml".into()),
            line: Some(3),
            help: Some("write `numpy` for any version".into()),
            causes: vec!["`numpy=` has no version".into()],
        };
        assert_eq!(document.error, expected);
    }

    #[test]
    fn a_line_of_an_error_is_broken_at_blanks_alone() {
        let command =
            "envlock update --base-image-from-dockerfile --base-image registry.example.org:5000/team/base-image:1.1";
        for width in 30..120 {
            let shown = error_text(&miette::miette!(help = format!("run `{command}`"), "stale"), width);
            for word in command.split(' ') {
                assert!(shown.contains(word), "{width}: {shown}");
            }
        }
    }

    #[test]
    fn lines_without_end_are_left_out_of_an_error() {
        let shown = |length: usize| {
            let text = format!("name: a\nx: {} numpy=\n", "y".repeat(length));
            let at = text.find("numpy=").unwrap();
            let bad = || BadSpec { text: NamedSource::new("environment.yml", text.clone()), at: (at, 6).into() };
            [error_text(&bad().into(), 80), error_text(&Unread { why: bad() }.into(), 80)]
        };
        for text in shown(100) {
            assert!(text.contains("yyyy") && text.contains("here") && !text.contains("at: "), "{text}");
        }
        // miette panics on the second.
        for text in shown(5000).into_iter().chain(shown(70_000)) {
            assert!(text.contains("`numpy=` has no version") && text.contains("\n  at: environment.yml:2\n"), "{text}");
            assert!(!text.contains("yyyy") && text.contains("link: "), "{text}");
        }
    }

    #[test]
    fn a_plain_error_has_no_place() {
        let document = ErrorDocument::new(&miette::miette!("no network"));
        let expected = ErrorData {
            code: "system".into(),
            message: "no network".into(),
            file: None,
            line: None,
            help: None,
            causes: vec![],
        };
        assert_eq!(document.error, expected);
    }

    #[test]
    fn an_error_for_a_person_shows_the_line_and_the_help() {
        let text = anstream::adapter::strip_str(&error_text(&bad_spec().into(), 80)).to_string();
        for part in ["`numpy=` has no version", "environment.yml:3:5", "  - numpy=", "write `numpy` for any version"] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
        let link = concat!("\n  link: ", env!("CARGO_PKG_HOMEPAGE"), "/errors.html#bad-spec\n");
        assert!(text.ends_with(link) && text.matches("bad-spec").count() == 1, "{text:?}");
    }
}
