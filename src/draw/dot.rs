//! A net for Graphviz.

use std::fmt::Write as _;

use super::{Label, Net};
use crate::words::one_line;

/// Writes a net in the DOT language of Graphviz, for `dot -Tsvg`.
///
/// Source of the form: <https://graphviz.org/doc/info/lang.html>.
#[must_use]
pub(crate) fn dot(net: &Net, labels: &[Label]) -> String {
    let mut text = "digraph packages {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n".to_owned();
    for (number, label) in labels.iter().enumerate() {
        let style = if label.is_root { ", style=bold" } else { "" };
        _ = writeln!(text, "  p{number} [label=\"{}\"{style}];", escaped(&label.text()));
    }
    for (from, to) in net.arrows() {
        _ = writeln!(text, "  p{from} -> p{to};");
    }
    text + "}\n"
}

/// A text in quotes. A backslash would begin one of Graphviz's own words, and `&` one of HTML's.
fn escaped(text: &str) -> String {
    one_line(text).replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\"")
}
