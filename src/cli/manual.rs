//! Where the manual is, and in it the section of each error.

use miette::Diagnostic;

/// The address of the book: `homepage` of `Cargo.toml`.
pub(super) const BOOK: &str = env!("CARGO_PKG_HOMEPAGE");

/// The code of a command line that can't be read.
pub(super) const COMMAND_LINE: &str = "command-line";

/// The code of what has none of its own: a file that the system doesn't let envlock read or write, and the like.
const SYSTEM: &str = "system";

/// Which error it is: its own code, or that of what lies behind it.
pub(super) fn code(error: &dyn Diagnostic) -> String {
    own(error).unwrap_or_else(|| SYSTEM.to_owned())
}

fn own(error: &dyn Diagnostic) -> Option<String> {
    error.code().map(|code| code.to_string()).or_else(|| error.diagnostic_source().and_then(own))
}

/// The address of an error's section: its heading is the code.
pub(super) fn link(code: &str) -> String {
    format!("{BOOK}/errors.html#{code}")
}

/// The help that follows a command's options, with the page of the book that tells more.
pub(super) fn with_page(help: &str, page: &str) -> String {
    format!("{help}\n\nManual: {BOOK}/{page}.html")
}
