//! Lines and bytes of the text, from the offsets and markers that decoding and parsing hand out.

use std::ops::Range;

use saphyr::Marker;
use saphyr_parser::Span;

use super::Location;

/// The lines of a text whose line ends are `\n`.
pub(super) struct Lines<'t> {
    text: &'t str,
    /// The offset of each line's first byte. Never empty.
    starts: Vec<usize>,
    is_ascii: bool,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(offset, _)| offset + 1);
        Lines { text, starts: std::iter::once(0).chain(after_breaks).collect(), is_ascii: text.is_ascii() }
    }

    /// Every line with its number, counted from 1, without the line break.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (usize, &'t str)> {
        (1..=self.starts.len()).map(|line| (line, self.text_of(self.span_of(line))))
    }

    /// The place of a whole line without the blanks around it.
    pub(super) fn line(&self, line: usize) -> Location {
        let span = self.span_of(line);
        let text = self.text_of(span.clone());
        let start = span.start + (text.len() - text.trim_start().len());
        self.at(start.min(span.start + text.trim_end().len())..span.start + text.trim_end().len())
    }

    /// The place of a range of bytes.
    pub(super) fn at(&self, span: Range<usize>) -> Location {
        let line = self.starts.partition_point(|start| *start <= span.start).max(1);
        Location { line, span }
    }

    /// The place of a YAML node. The span of a node may reach over the blanks behind it; they don't belong to it.
    pub(super) fn of(&self, span: Span) -> Location {
        let start = self.offset(span.start);
        let written = self.text_of(start..self.offset(span.end).max(start));
        self.at(start..start + written.trim_end().len())
    }

    /// What was written at a place.
    pub(super) fn written(&self, at: &Location) -> &'t str {
        self.text_of(at.span.clone())
    }

    /// The comment that follows a place on the line where it ends; empty where something else does, which may be long:
    /// JSON is a single line.
    pub(super) fn comment_behind(&self, at: &Location) -> &'t str {
        let rest = self.text_of(at.span.end..self.text.len()).trim_start_matches([' ', '\t']);
        if rest.starts_with('#') { rest.lines().next().unwrap_or("") } else { "" }
    }

    /// The byte of a marker, which counts in characters.
    pub(super) fn offset(&self, marker: Marker) -> usize {
        let Some(start) = self.starts.get(marker.line().max(1) - 1) else { return self.text.len() };
        // Counting characters would take long where a large file is a single line, as JSON may be.
        if self.is_ascii {
            return (start + marker.col()).min(self.text.len());
        }
        let rest = self.text_of(*start..self.text.len());
        start + rest.char_indices().nth(marker.col()).map_or(rest.len(), |(offset, _)| offset)
    }

    fn span_of(&self, line: usize) -> Range<usize> {
        let line = line.clamp(1, self.starts.len());
        let end = self.starts.get(line).map_or(self.text.len(), |next| next - 1);
        self.starts.get(line - 1).copied().unwrap_or(end)..end
    }

    /// Spans come from the text itself; where one didn't, nothing stands there.
    fn text_of(&self, span: Range<usize>) -> &'t str {
        self.text.get(span).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_belongs_to_the_line_it_stands_on() {
        let lines = Lines::new("ab\n\ncd");
        assert_eq!([0, 2, 3, 4, 6].map(|offset| lines.at(offset..offset).line), [1, 1, 2, 3, 3]);
    }

    #[test]
    fn a_line_is_placed_without_the_blanks_around_it() {
        let lines = Lines::new("a:\n  - b  \n   \n");
        assert_eq!(lines.line(2), Location { line: 2, span: 5..8 });
        assert_eq!(lines.written(&lines.line(3)), "");
        assert_eq!(lines.line(99).line, 4, "there is no such line, so the last one is meant");
    }

    #[test]
    fn a_marker_counts_characters_and_a_location_bytes() {
        assert_eq!(Lines::new("ab\ncd").offset(Marker::new(0, 2, 1)), 4);
        let lines = Lines::new("é: ü\nñx");
        assert_eq!(lines.offset(Marker::new(0, 1, 3)), 4);
        assert_eq!(lines.offset(Marker::new(0, 2, 1)), 9);
        assert_eq!(lines.offset(Marker::new(0, 9, 0)), 10, "past the end is the end");
    }

    #[test]
    fn a_comment_ends_where_the_line_ends() {
        let lines = Lines::new("- a # b\n- c");
        assert_eq!(lines.comment_behind(&lines.at(2..3)), "# b");
        assert_eq!(lines.comment_behind(&lines.at(0..1)), "");
        assert_eq!(lines.comment_behind(&lines.at(10..11)), "");
    }

    #[test]
    fn every_line_is_counted_once() {
        let lines = Lines::new("a\nb\n");
        assert_eq!(lines.numbered().collect::<Vec<_>>(), [(1, "a"), (2, "b"), (3, "")]);
    }
}
