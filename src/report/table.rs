//! Text in columns, and text that is broken at the edge of the terminal.

/// The narrowest column in which prose is still readable; with less, it goes below.
const NARROW: usize = 28;
/// How far prose that goes below is moved in.
const BELOW: usize = 6;
/// After these a word that is wider than its line is broken; without one of them, anywhere.
const BREAKS: [char; 7] = [' ', ',', '/', '|', ';', '&', '='];

/// A row: cells that are broken only where they are wider than the terminal, and prose that may always be.
pub(super) struct TableRow {
    /// The cells; a cell may hold several lines.
    pub cells: Vec<Vec<String>>,
    /// What is said about them, possibly nothing.
    pub prose: String,
}

impl TableRow {
    /// How wide each cell is.
    fn widths(&self) -> impl Iterator<Item = usize> {
        self.cells.iter().map(|cell| cell.iter().map(|line| chars(line)).max().unwrap_or(0))
    }
}

/// Aligns the rows, each line moved in by two blanks. No line is wider than `width`.
///
/// The prose stands beside the cells, but below those that leave no room for it.
pub(super) fn render(rows: &[TableRow], width: usize) -> String {
    let (narrow, fitting) = columns(rows, width.saturating_sub(NARROW));
    let has_room = fitting * 2 >= rows.len();
    let widths = if has_room { narrow } else { columns(rows, width).0 };
    let start = extent(&widths);
    let mut text = String::new();
    for row in rows {
        let has_columns = row.cells.len() <= widths.len();
        let is_beside = has_room && has_columns && row.widths().zip(&widths).all(|(cell, width)| cell <= *width);
        let prose = wrap(&row.prose, if is_beside { width - start } else { width.saturating_sub(BELOW) });
        if is_beside {
            let height = row.cells.iter().map(Vec::len).max().unwrap_or(0).max(prose.len());
            for at in 0..height {
                let prose = prose.get(at).map_or("", String::as_str);
                push_line(&mut text, &(cells(row, &widths, at) + prose));
            }
        } else {
            push_wide(&mut text, row, &widths, width);
            for line in &prose {
                push_line(&mut text, &format!("{:BELOW$}{line}", ""));
            }
        }
    }
    text
}

/// The widths of the columns, without the rows that would make them wider than `limit` in all, and how many rows are
/// left.
fn columns(rows: &[TableRow], limit: usize) -> (Vec<usize>, usize) {
    let (mut widths, mut fitting) = (Vec::new(), 0);
    for row in rows {
        let own: Vec<usize> = row.widths().collect();
        let columns = own.len().max(widths.len());
        let of = |widths: &[usize], at: usize| widths.get(at).copied().unwrap_or(0);
        let wider: Vec<usize> = (0..columns).map(|at| of(&own, at).max(of(&widths, at))).collect();
        if extent(&wider) <= limit {
            (widths, fitting) = (wider, fitting + 1);
        }
    }
    (widths, fitting)
}

/// Where the prose begins beside columns of these widths.
fn extent(widths: &[usize]) -> usize {
    2 + widths.iter().map(|it| it + 2).sum::<usize>()
}

/// A line of the cells of a row, each as wide as its column or wider.
fn cells(row: &TableRow, widths: &[usize], at: usize) -> String {
    let mut line = "  ".to_owned();
    for (column, cell) in row.cells.iter().enumerate() {
        let cell = cell.get(at).map_or("", String::as_str);
        line.push_str(cell);
        let width = widths.get(column).copied().unwrap_or(0);
        line.push_str(&" ".repeat(width.saturating_sub(chars(cell)) + 2));
    }
    line
}

/// The cells of a row that leave no room for anything beside them.
fn push_wide(text: &mut String, row: &TableRow, widths: &[usize], width: usize) {
    for at in 0..row.cells.iter().map(Vec::len).max().unwrap_or(0) {
        let line = cells(row, widths, at);
        if chars(line.trim_end()) <= width {
            push_line(text, &line);
            continue;
        }
        for (number, line) in wrap(&line, width.saturating_sub(BELOW)).iter().enumerate() {
            push_line(text, &format!("{:indent$}{line}", "", indent = if number == 0 { 2 } else { BELOW }));
        }
    }
}

/// The words of a text on lines of at most `width` characters.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    fill(text.split_whitespace(), width)
}

/// Words on lines of at most `width` characters. Blanks within a word are no place to break it, if that can be avoided.
pub(super) fn fill<'w>(words: impl IntoIterator<Item = &'w str>, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if chars(line) + 1 + chars(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.extend(broken(word, width)),
        }
    }
    lines
}

/// A word in pieces of at most `width` characters.
fn broken(word: &str, width: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = word;
    while let Some((end, _)) = rest.char_indices().nth(width) {
        let end = rest.split_at(end).0.rfind(BREAKS).map_or(end, |at| at + 1);
        let (piece, behind) = rest.split_at(end);
        pieces.push(piece.to_owned());
        rest = behind;
    }
    pieces.push(rest.to_owned());
    pieces
}

/// Text on lines of at most `width` characters, those after the first moved in by two blanks.
pub(super) fn hanging(text: &str, width: usize) -> String {
    wrap(text, width.saturating_sub(2)).join("\n  ") + "\n"
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

/// Package names and versions are ASCII, and what isn't is rare enough to be counted by character.
fn chars(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(cells: &[&str], prose: &str) -> TableRow {
        TableRow { cells: cells.iter().map(|it| vec![(*it).to_owned()]).collect(), prose: prose.into() }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [row(&["a", "1.0"], "first"), row(&["long", "2"], "")];
        assert_eq!(render(&rows, 80), "  a     1.0  first\n  long  2\n");
    }

    #[test]
    fn prose_is_broken_in_its_own_column() {
        let rows = [row(&["name"], "one two three four five six seven")];
        // The column starts at 8 and has 28 characters: "one two three four five six" are 27.
        assert_eq!(render(&rows, 36), "  name  one two three four five six\n        seven\n");
    }

    #[test]
    fn prose_goes_below_where_its_column_would_be_too_narrow() {
        let rows = [row(&["name"], "one two three four five six seven")];
        // 35 - 6 leaves 29 characters.
        assert_eq!(render(&rows, 35), "  name\n      one two three four five six\n      seven\n");
    }

    #[test]
    fn one_long_cell_does_not_take_the_room_of_the_others() {
        let rows =
            [row(&["a"], "why a"), row(&["a-name-of-24-characters-"], "why the long one"), row(&["bb"], "why bb")];
        let expected = "  a   why a\n  a-name-of-24-characters-\n      why the long one\n  bb  why bb\n";
        assert_eq!(render(&rows, 50), expected);
    }

    #[test]
    fn a_cell_of_several_lines_stands_beside_its_prose() {
        let rows = [TableRow { cells: vec![vec!["a,".into(), "b".into()]], prose: "why".into() }];
        assert_eq!(render(&rows, 80), "  a,  why\n  b\n");
    }

    #[test]
    fn a_word_longer_than_the_line_is_broken_after_a_comma_or_anywhere() {
        assert_eq!(wrap("a abcdefgh b", 4), ["a", "abcd", "efgh", "b"]);
        assert_eq!(wrap(">=1.2,<2.0a0", 8), [">=1.2,", "<2.0a0"]);
        assert!(wrap("  ", 4).is_empty());
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_terminal_and_no_character_is_lost(
            rows in proptest::collection::vec(
                (proptest::collection::vec("[a-z=,é]{1,50}( [a-z]{1,30})?", 1..4), "([a-z<>=,]{1,60} ){0,9}"),
                1..6,
            ),
            width in 20_usize..120,
        ) {
            let rows: Vec<TableRow> = rows
                .iter()
                .map(|(cells, prose)| row(&cells.iter().map(String::as_str).collect::<Vec<_>>(), prose))
                .collect();
            let text = render(&rows, width);
            for line in text.lines() {
                prop_assert!(chars(line) <= width, "{} in\n{}", line, text);
            }
            let sorted = |text: String| {
                let mut all: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
                all.sort_unstable();
                all
            };
            let given = rows.iter().flat_map(|it| it.cells.iter().flatten().chain([&it.prose])).cloned();
            prop_assert_eq!(sorted(text), sorted(given.collect()));
        }
    }
}
