//! Text in columns, and text that is broken at the edge of the terminal.

/// The narrowest column in which prose is still readable; with less, it goes below.
const NARROW: usize = 28;
/// How far prose that goes below is moved in.
const BELOW: usize = 6;

/// A row: cells that are never broken, and prose that may be.
pub(super) struct Row {
    /// The cells; a cell may hold several lines.
    pub cells: Vec<Vec<String>>,
    /// What is said about them, possibly nothing.
    pub prose: String,
}

/// Aligns the rows, each line moved in by two blanks. Without a width nothing is broken.
pub(super) fn render(rows: &[Row], width: Option<usize>) -> String {
    let columns = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|at| rows.iter().filter_map(|row| row.cells.get(at)).flatten().map(|it| chars(it)).max().unwrap_or(0))
        .collect();
    let start = 2 + widths.iter().map(|it| it + 2).sum::<usize>();
    let beside = width.is_none_or(|width| width >= start + NARROW);
    let room = width.map(|width| width.saturating_sub(if beside { start } else { BELOW }).max(NARROW));

    let mut text = String::new();
    for row in rows {
        let prose = wrap(&row.prose, room);
        let height = row.cells.iter().map(Vec::len).chain(beside.then_some(prose.len())).max().unwrap_or(0);
        for at in 0..height {
            let mut line = "  ".to_owned();
            for (cell, width) in row.cells.iter().zip(&widths) {
                let cell = cell.get(at).map_or("", String::as_str);
                line.push_str(cell);
                line.push_str(&" ".repeat(width - chars(cell) + 2));
            }
            if beside && let Some(prose) = prose.get(at) {
                line.push_str(prose);
            }
            push_line(&mut text, &line);
        }
        if !beside {
            for prose in &prose {
                push_line(&mut text, &format!("{:BELOW$}{prose}", ""));
            }
        }
    }
    text
}

/// The words on lines of at most `width` characters; a longer word stands alone.
pub(super) fn wrap(text: &str, width: Option<usize>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width.is_none_or(|width| chars(line) + 1 + chars(word) <= width) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
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
    use super::*;

    fn row(cells: &[&str], prose: &str) -> Row {
        Row { cells: cells.iter().map(|it| vec![(*it).to_owned()]).collect(), prose: prose.into() }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [row(&["a", "1.0"], "first"), row(&["long", "2"], "")];
        assert_eq!(render(&rows, None), "  a     1.0  first\n  long  2\n");
    }

    #[test]
    fn prose_is_broken_in_its_own_column() {
        let rows = [row(&["name"], "one two three four five six seven")];
        // The column starts at 8 and has 28 characters: "one two three four five six" are 27.
        assert_eq!(render(&rows, Some(36)), "  name  one two three four five six\n        seven\n");
    }

    #[test]
    fn prose_goes_below_where_its_column_would_be_too_narrow() {
        let rows = [row(&["name"], "one two three four five six seven")];
        // 35 - 6 leaves 29 characters.
        assert_eq!(render(&rows, Some(35)), "  name\n      one two three four five six\n      seven\n");
    }

    #[test]
    fn a_cell_of_several_lines_stands_beside_its_prose() {
        let rows = [Row { cells: vec![vec!["a,".into(), "b".into()]], prose: "why".into() }];
        assert_eq!(render(&rows, None), "  a,  why\n  b\n");
    }

    #[test]
    fn a_word_longer_than_the_line_is_left_whole() {
        assert_eq!(wrap("a abcdefgh b", Some(4)), ["a", "abcdefgh", "b"]);
        assert!(wrap("  ", Some(4)).is_empty());
    }
}
