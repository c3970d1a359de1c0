//! HTML, made of elements. Every text and every value of an attribute goes through [`escaped`], and nothing else makes HTML
//! of what isn't our own.

use std::fmt::{Display, Write as _};

use crate::words::{is_hidden, json_number};

/// A piece of a page: markup that is whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Html(String);

/// Elements that have no end tag (HTML Living Standard, section 13.1.2).
const VOID: &[&str] = &["br", "hr", "input", "meta"];

impl Html {
    /// A text.
    pub(super) fn text(text: impl Display) -> Self {
        Self(escaped(&text.to_string()))
    }

    /// Markup of our own.
    pub(super) fn own(markup: &'static str) -> Self {
        Self(markup.to_owned())
    }

    /// Data for the script of the page: an element that is no script itself. JSON has `<` in strings only, where it may be
    /// written as a number; then nothing in it ends the element.
    pub(super) fn data(id: &'static str, json: &str) -> Self {
        let mut data = String::with_capacity(json.len());
        for c in json.chars() {
            match c {
                c if "<>&".contains(c) || is_hidden(c) => data += &json_number(c),
                c => data.push(c),
            }
        }
        Self(format!("<script type=\"application/json\" id=\"{id}\">{data}</script>"))
    }

    /// The markup.
    pub(super) fn into_string(self) -> String {
        self.0
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts another piece behind it.
    #[allow(clippy::needless_pass_by_value, reason = "a piece has one place in a page")]
    pub(super) fn push(&mut self, other: Self) {
        self.0 += &other.0;
    }

    /// The piece, with another behind it.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.push(other);
        self
    }
}

impl FromIterator<Html> for Html {
    fn from_iter<I: IntoIterator<Item = Html>>(pieces: I) -> Self {
        Self(pieces.into_iter().map(|it| it.0).collect())
    }
}

/// An element with attributes; one whose value is empty is written by its name alone.
#[allow(clippy::needless_pass_by_value, reason = "a piece has one place in a page")]
pub(super) fn element(name: &'static str, attributes: &[(&'static str, &str)], inner: Html) -> Html {
    let mut html = format!("<{name}");
    for (attribute, value) in attributes {
        html += " ";
        html += attribute;
        if !value.is_empty() {
            _ = write!(html, "=\"{}\"", escaped(value));
        }
    }
    html += ">";
    if !VOID.contains(&name) {
        html += &inner.0;
        _ = write!(html, "</{name}>");
    }
    Html(html)
}

/// An element without attributes.
pub(super) fn plain(name: &'static str, inner: Html) -> Html {
    element(name, &[], inner)
}

/// An element of a class with a text in it.
pub(super) fn word(name: &'static str, class: &str, text: impl Display) -> Html {
    element(name, &[("class", class)], Html::text(text))
}

/// A text as it may stand between tags and in a quoted attribute. Characters that aren't to be read, such as those that turn
/// the direction of writing, are shown as such.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            '\n' | '\t' => escaped.push(c),
            c if is_hidden(c) => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_html_is_written_so_that_it_means_itself() {
        let shown = element("a", &[("title", "a\"b'<&>"), ("hidden", "")], Html::text("</a><script>&amp;\u{202e}\0"));
        assert_eq!(
            shown.into_string(),
            "<a title=\"a&quot;b&#39;&lt;&amp;&gt;\" hidden>&lt;/a&gt;&lt;script&gt;&amp;amp;\u{fffd}\u{fffd}</a>"
        );
        assert_eq!(element("br", &[], Html::default()).into_string(), "<br>");
    }

    #[test]
    fn data_can_not_end_its_element_and_stays_what_it_was() {
        let value = serde_json::json!(["</script><!--<script>", "a&b\u{202e}", "]]>"]);
        let html = Html::data("data", &value.to_string()).into_string();
        let json = html.strip_prefix("<script type=\"application/json\" id=\"data\">").unwrap();
        let json = json.strip_suffix("</script>").unwrap();
        assert!(!json.contains(['<', '>', '&']), "{json}");
        let read: serde_json::Value = serde_json::from_str(json).unwrap();
        assert_eq!(read, value);
    }
}
