//! Which files are envlock's own: those whose head says so.

use std::path::Path;

use crate::limits::LOCK;

/// What stands in the comments at the head of every file that envlock writes.
const MARKER: &str = "envlock";
/// How many lines a head has at most, as far as looking for the marker goes.
const HEAD: usize = 10;
/// Whether a file says that envlock wrote it.
#[must_use]
pub(crate) fn is_written_by_us(path: &Path) -> bool {
    LOCK.read(path).is_ok_and(|contents| is_ours(&contents))
}

/// Whether the contents of a file say so.
pub(super) fn is_ours(contents: &[u8]) -> bool {
    let text = String::from_utf8_lossy(contents);
    // In JSON a comment is a key.
    let is_comment =
        |line: &str| line.starts_with('#') || line.starts_with("<!--") || line.trim_start().starts_with("\"//\"");
    text.lines().take(HEAD).any(|line| is_comment(line) && line.contains(MARKER))
}
