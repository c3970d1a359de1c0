//! A net for Mermaid, as a flowchart.

use std::fmt::Write as _;

use super::{Label, Net};
use crate::words::one_line;

/// Writes a net as a flowchart of Mermaid, which GitHub and GitLab draw where it stands in a code block `mermaid`.
///
/// Nodes are called by numbers, so that no name can be a word of the language (`end`), and labels stand in quotes.
/// Source of the form: <https://mermaid.js.org/syntax/flowchart.html>.
#[must_use]
pub(crate) fn mermaid(net: &Net, labels: &[Label]) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for (number, label) in labels.iter().enumerate() {
        let class = if label.is_root { ":::root" } else { "" };
        _ = writeln!(text, "  p{number}[\"{}\"]{class}", escaped(&label.text()));
    }
    for (from, to) in net.arrows() {
        _ = writeln!(text, "  p{from} --> p{to}");
    }
    text + "  classDef root font-weight:bold,stroke-width:3px\n"
}

/// A text in quotes: what isn't plain stands as HTML's number of the character, which Mermaid writes without the `&`. A
/// label that begins like a list or holds marks would be read as Markdown.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        if c.is_alphanumeric() || " -_.()+!".contains(c) {
            escaped.push(c);
        } else {
            _ = write!(escaped, "#{};", u32::from(c));
        }
    }
    escaped
}
