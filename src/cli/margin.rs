//! A terminal that lines are drawn on with some room behind them.
//!
//! Lines are filled up to their end, and where that is the terminal's, the `^C` of an interruption goes to the next line, from
//! where the line itself isn't found any more to be cleared.

use std::io;

use console::Term;
use indicatif::{ProgressDrawTarget, TermLike};

/// How many columns stay free: `^C`, and the last one.
const FREE: u16 = 3;

/// What lines are drawn on.
#[derive(Debug)]
struct Margin(Term);

/// Draws on stderr.
pub(super) fn stderr() -> ProgressDrawTarget {
    ProgressDrawTarget::term_like(Box::new(Margin(Term::buffered_stderr())))
}

/// How many characters a line may have.
pub(super) fn width() -> u16 {
    Margin(Term::stderr()).width()
}

impl TermLike for Margin {
    fn width(&self) -> u16 {
        let (_, columns) = self.0.size();
        columns.saturating_sub(FREE).max(1)
    }

    fn height(&self) -> u16 {
        let (rows, _) = self.0.size();
        rows
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_left(n)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}
