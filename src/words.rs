//! Small helpers for sentences.

use std::path::Path;

/// `one`, `one and two`, `one, two and three`.
pub(crate) fn and<S: AsRef<str>>(words: &[S]) -> String {
    match words {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// `1 line`, `2 lines`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

/// A number of bytes as people read it.
pub(crate) fn bytes(number: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "one digit after the point is shown")]
    let number = number as f64;
    let (unit, size) =
        [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)].into_iter().find(|(_, size)| number >= *size).unwrap_or(("B", 1.0));
    if unit == "B" { format!("{number} B") } else { format!("{:.1} {unit}", number / size) }
}

/// An error with what is behind it.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Whether a character speaks to the terminal, or turns the direction in which what follows it is shown, so that a line
/// seems to say something else (Unicode Standard Annex #9, section 2).
pub(crate) fn is_steering(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character is none to be read: it steers, or nothing is seen of it, so that two texts look alike (Unicode
/// Standard, section 23.2), or it ends a line for some programs. Emoji and some scripts are joined by such characters.
pub(crate) fn is_hidden(c: char) -> bool {
    is_steering(c)
        || matches!(
            c,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A character as a string of JSON has it by its number, in UTF-16 (RFC 8259, section 7).
pub(crate) fn json_number(c: char) -> String {
    c.encode_utf16(&mut [0; 2]).iter().map(|half| format!("\\u{half:04x}")).collect::<Vec<_>>().concat()
}

/// Whether a text has control characters. Nearly all are ASCII, which is seen at a glance.
pub(crate) fn has_control(text: &str) -> bool {
    !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && text.contains(char::is_control)
}

/// Whether a text has white space or control characters.
pub(crate) fn has_blanks(text: &str) -> bool {
    !text.bytes().all(|byte| byte.is_ascii_graphic()) && text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// The text on one line and without hidden characters: it may come from a file that nobody has checked, and goes to a
/// terminal or into a comment.
pub(crate) fn one_line(text: &str) -> String {
    let visible = text.replace(is_hidden, " ");
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A path in a sentence.
pub(crate) fn path_in_words(path: &Path) -> String {
    one_line(&path.display().to_string())
}

/// The text, filled up to so many characters.
pub(crate) fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    text.to_owned() + &" ".repeat(missing)
}

/// The text with the line ends of Unix: git may have been told to end lines as Windows does.
pub(crate) fn unix_lines(text: String) -> String {
    if text.contains("\r\n") { text.replace("\r\n", "\n") } else { text }
}

/// A line that git writes where two sides of a merge differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MergeMarker {
    /// Our side begins.
    Begin,
    /// What both sides were made from begins.
    Ancestor,
    /// The other side begins.
    Between,
    /// The other side ends.
    End,
}

/// Whether a line is one of git's: seven characters, and then nothing or a name.
pub(crate) fn merge_marker(line: &str) -> Option<MergeMarker> {
    let (marker, name) = line.trim_end_matches(['\n', '\r']).split_at_checked(7)?;
    match marker {
        _ if !name.is_empty() && !name.starts_with(' ') => None,
        "<<<<<<<" => Some(MergeMarker::Begin),
        "|||||||" => Some(MergeMarker::Ancestor),
        "=======" => Some(MergeMarker::Between),
        ">>>>>>>" => Some(MergeMarker::End),
        _ => None,
    }
}

/// Whether a line is where an unresolved merge begins or ends.
pub(crate) fn is_conflict_marker(line: &str) -> bool {
    matches!(merge_marker(line), Some(MergeMarker::Begin | MergeMarker::End))
}

/// A word for a shell, in quotes where it needs them.
pub(crate) fn shell(word: &str) -> String {
    let is_plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "_-./=:@+,".contains(c));
    if is_plain { word.to_owned() } else { quoted(word) }
}

/// A word for a POSIX shell, in single quotes.
pub(crate) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_like_a_sentence() {
        assert_eq!(and::<&str>(&[]), "");
        assert_eq!(and(&["a"]), "a");
        assert_eq!(and(&["a", "b"]), "a and b");
        assert_eq!(and(&["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn one_is_singular_and_none_is_plural() {
        assert_eq!(count(0, "pip line"), "0 pip lines");
        assert_eq!(count(1, "pip line"), "1 pip line");
        assert_eq!(count(2, "pip line"), "2 pip lines");
    }

    #[test]
    fn bytes_are_read_with_one_digit() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(6_624_471), "6.6 MB");
        assert_eq!(bytes(1_250_000_000), "1.2 GB");
    }

    #[test]
    fn a_shell_reads_a_quoted_word_as_it_was() {
        assert_eq!(shell("docker/conda-lock.yml"), "docker/conda-lock.yml");
        assert_eq!(shell("my env's.yml"), r"'my env'\''s.yml'");
        assert_eq!(shell(""), "''");
        assert_eq!(shell("https://host/a$b`c`#d"), "'https://host/a$b`c`#d'");
        assert_eq!(quoted("plain"), "'plain'");
    }

    #[test]
    fn blanks_and_control_characters_are_found_among_any_others() {
        let texts = ["plain-1.0", "a b", "a\tb", "ünï", "ü b", "ü\u{9b}", "\u{a0}", ""];
        assert_eq!(texts.map(has_control), [false, false, true, false, false, true, false, false]);
        assert_eq!(texts.map(has_blanks), [false, true, true, false, true, true, true, false]);
    }

    #[test]
    fn control_characters_and_line_breaks_become_single_blanks() {
        assert_eq!(one_line("a\n  b\u{1b}[31m\tc\r\n"), "a b [31m c");
        assert_eq!(one_line("a\u{9b}2J\u{202e}b\u{2066}\u{200f}"), "a 2J b");
        assert_eq!(one_line("pan\u{200b}das\u{feff}\u{2028}x\u{e0061}"), "pan das x");
    }

    #[test]
    fn git_s_markers_are_seven_characters_and_a_name() {
        assert_eq!(merge_marker("<<<<<<< HEAD"), Some(MergeMarker::Begin));
        assert_eq!(merge_marker("<<<<<<<\r\n"), Some(MergeMarker::Begin));
        assert_eq!(merge_marker("||||||| 0a1b2c3\n"), Some(MergeMarker::Ancestor));
        assert_eq!(merge_marker("======="), Some(MergeMarker::Between));
        assert_eq!(merge_marker(">>>>>>> main"), Some(MergeMarker::End));
        for other in ["", "<<<<<<", "========", " <<<<<<< HEAD", "<<<<<<<HEAD", "abcdefé"] {
            assert_eq!(merge_marker(other), None, "{other}");
        }
        assert!(!is_conflict_marker("======="));
    }
}
