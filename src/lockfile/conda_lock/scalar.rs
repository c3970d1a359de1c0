//! Strings as YAML, so that readers of YAML 1.1 and 1.2 alike take them for strings.
//!
//! Serialisers quote what they themselves would read as a number. That isn't enough here: `1_0`, `12:30`, `0o7` and
//! `2018-11-29` are strings to one reader and numbers or dates to another. So only what can't be anything else is
//! written plainly: YAML 1.1 and 1.2 have no number or date that starts with a letter.
//!
//! Sources: <https://yaml.org/type/> for 1.1, <https://yaml.org/spec/1.2.2/#103-core-schema> for 1.2.

use std::fmt::Write;

use crate::words::is_steering;

/// The words of YAML 1.1 that are no strings, in lower case.
const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// A string on one line: plain, in single quotes, or in double quotes with escapes.
pub(crate) fn scalar(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else if text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        double_quoted(text)
    }
}

/// A string of several lines as a literal block, each line after `indent`; on one line where a block can't hold it.
pub(super) fn block(text: &str, indent: &str) -> String {
    let lines: Vec<&str> = text.strip_suffix('\n').unwrap_or_default().split('\n').collect();
    if lines.iter().all(|line| fits_block(line)) {
        lines.iter().fold("|".to_owned(), |mut block, line| {
            block.extend(["\n", indent, line]);
            block
        })
    } else {
        scalar(text)
    }
}

/// A line that a comment can hold: without line breaks and what YAML doesn't allow in a file.
pub(super) fn comment(text: &str) -> String {
    text.chars().map(|c| if is_printable(c) { c } else { ' ' }).collect::<String>().trim_end().to_owned()
}

fn is_plain(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-+/:@=".contains(c))
        && !text.ends_with(':')
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

fn fits_block(line: &str) -> bool {
    !line.is_empty() && !line.starts_with(' ') && !line.ends_with(' ') && line.chars().all(is_printable)
}

/// Whether a character may stand in a YAML file as itself and breaks no line, neither in YAML 1.1 nor in 1.2, and shows
/// what there is.
fn is_printable(c: char) -> bool {
    !is_steering(c) && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn double_quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            ' ' => quoted.push(c),
            c if c.is_ascii_graphic() => quoted.push(c),
            c => {
                // Writing to a string can't fail.
                let _ = match u32::from(c) {
                    code @ 0..=0xffff => write!(quoted, "\\u{code:04x}"),
                    code => write!(quoted, "\\U{code:08x}"),
                };
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_some_reader_takes_for_a_number_a_date_or_a_truth_is_quoted() {
        let tricky = [
            "1",
            "0",
            "-1",
            "+1",
            "1.0",
            "1.10",
            "1.",
            ".5",
            "1e3",
            "1E3",
            "1.5e+10",
            "1_0",
            "2_0",
            "1_0.5",
            "010",
            "0o7",
            "0x1f",
            "0b1",
            "12:30",
            "190:20:30",
            "190:20:30.15",
            "2018-11-29",
            "2018-11-29 10:00:00",
            "2018.11.29",
            "2025b",
            "1!2.0",
            ".inf",
            "-.inf",
            ".nan",
            ".NaN",
            "~",
            "",
            "=",
            "<<",
            "yes",
            "No",
            "ON",
            "off",
            "y",
            "N",
            "true",
            "FALSE",
            "null",
            "Null",
            "*",
            ">=1.2",
            "!x",
            "&x",
            "- a",
            "? a",
            "a: b",
            "a #b",
            "a:",
            "[a",
            "{a",
            "%a",
            "@a",
            "`a",
            "'a",
            "\"a",
            "#a",
            " a",
            "a ",
            "|",
            ",",
            "---",
            "...",
            "3.0.a0",
            "123456789012345678901234567890e1",
            "12345678901234567890123456789012",
            "0e123456789012345678901234567890",
        ];
        for text in tricky {
            assert!(scalar(text).starts_with('\''), "{text} is written as {}", scalar(text));
        }
    }

    #[test]
    fn plain_words_stay_plain() {
        for text in
            ["conda-forge", "linux-64", "https://host/a_b/c-1.0+d.conda", "docker.io/a:1@sha256:0f", "abc0123", "none"]
        {
            assert_eq!(scalar(text), text);
        }
    }

    #[test]
    fn quotes_and_breaks_are_escaped() {
        assert_eq!(scalar("it's"), "'it''s'");
        assert_eq!(scalar("a\nb"), r#""a\nb""#);
        assert_eq!(scalar("é\"\\\u{85}\u{1f600}"), r#""\u00e9\"\\\u0085\U0001f600""#);
    }

    #[test]
    fn lines_become_a_block_where_one_can_hold_them() {
        assert_eq!(block("a\nb: c\n", "  "), "|\n  a\n  b: c");
        for text in ["", "a", "a\n\n", " a\n", "a\nb", "a\u{2028}b\n", "\n", "a \n"] {
            assert_eq!(block(text, "  "), scalar(text));
        }
    }

    #[test]
    fn a_comment_stays_on_its_line() {
        assert_eq!(comment("a\nb\r\u{85}c\u{2028}d\u{1b}[31m é"), "a b  c d [31m é");
    }

    fn read(yaml: &str) -> Vec<String> {
        serde_yaml::from_str(yaml).unwrap_or_else(|error| panic!("{error}: {yaml}"))
    }

    proptest! {
        #[test]
        fn every_string_is_read_back(text in any::<String>()) {
            prop_assert_eq!(read(&format!("- {}\n", scalar(&text))), [text]);
        }

        #[test]
        fn every_block_is_read_back(lines in proptest::collection::vec(any::<String>(), 0..4)) {
            let text = lines.iter().fold(String::new(), |text, line| text + line + "\n");
            prop_assert_eq!(read(&format!("- {}\n- b\n", block(&text, "   "))), [text, "b".to_owned()]);
        }

        #[test]
        fn every_comment_is_passed_over(text in any::<String>()) {
            prop_assert_eq!(read(&format!("# {}\n- a\n", comment(&text))), ["a"]);
        }
    }
}
