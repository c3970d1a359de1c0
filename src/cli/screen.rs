//! What may be sent to a terminal.

use miette::IntoDiagnostic as _;
use serde::Serialize;

use crate::words::{is_hidden, json_number};

/// What stands for a character that is not to be sent.
const HIDDEN: char = '\u{fffd}';

/// The text as a person may see it, with the styles of our own: anything else that a terminal would obey, such as a move
/// of the cursor, comes from a file, a channel or an option.
pub(super) fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, hidden)) = rest.find(is_hidden).and_then(|at| rest.split_at_checked(at)) {
        visible.push_str(plain);
        if let Some((style, after)) = style(hidden) {
            visible.push_str(style);
            rest = after;
            continue;
        }
        let mut characters = hidden.chars();
        match characters.next() {
            Some(c @ ('\n' | '\t')) => visible.push(c),
            Some('\r') if characters.as_str().starts_with('\n') => {}
            _ => visible.push(HIDDEN),
        }
        rest = characters.as_str();
    }
    visible + rest
}

/// The colour, weight or underline that a text begins with (ECMA-48, SGR), and what follows it.
fn style(text: &str) -> Option<(&str, &str)> {
    let numbers = text.strip_prefix("\u{1b}[")?;
    let length = numbers.find(|c: char| !matches!(c, '0'..='9' | ';'))?;
    let (numbers, end) = numbers.split_at_checked(length)?;
    let is_ours = |number: &str| matches!(number.parse(), Ok(0..=4 | 22..=24 | 31..=37 | 39 | 90..=97));
    (end.starts_with('m') && numbers.split(';').all(is_ours)).then(|| text.split_at_checked(length + 3)).flatten()
}

/// A document for programs, with a line end. Programs read of it what there is; a terminal finds nothing to obey.
pub(super) fn json(document: &impl Serialize) -> miette::Result<String> {
    let text = serde_json::to_string_pretty(document).into_diagnostic()?;
    let mut json = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        match c {
            // Only within a string.
            c if is_hidden(c) && c != '\n' => json += &json_number(c),
            c => json.push(c),
        }
    }
    json.push('\n');
    Ok(json)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_not_sent() {
        for (text, seen) in [
            ("a\u{1b}]0;title\u{7}b", "a\u{fffd}]0;title\u{fffd}b"),
            ("\u{1b}[2J\u{1b}[1;1H", "\u{fffd}[2J\u{fffd}[1;1H"),
            ("\u{1b}[8mhidden\u{1b}[m", "\u{fffd}[8mhidden\u{fffd}[m"),
            ("\u{9b}2J\u{9d}0;x\u{9c}", "\u{fffd}2J\u{fffd}0;x\u{fffd}"),
            ("real\rfake\u{8}", "real\u{fffd}fake\u{fffd}"),
            ("\u{202e}gnp.exe\u{2066}\u{200f}", "\u{fffd}gnp.exe\u{fffd}\u{fffd}"),
            ("pan\u{200b}das\u{ad}\u{e0061}", "pan\u{fffd}das\u{fffd}\u{fffd}"),
            ("\u{1b}", "\u{fffd}"),
        ] {
            assert_eq!(visible(text), seen);
        }
    }

    #[test]
    fn lines_columns_and_styles_stay() {
        for text in ["a\n\tb ü 漢字\n", "\u{1b}[1m\u{1b}[33mwarning:\u{1b}[0m x", "\u{1b}[36;1;4mname\u{1b}[0m"] {
            assert_eq!(visible(text), text);
        }
        assert_eq!(visible("a\r\nb"), "a\nb");
        let styled = anstyle::AnsiColor::BrightRed.on_default().bold().underline();
        let text = format!("{styled}a{styled:#}");
        assert_eq!(visible(&text), text);
    }

    proptest! {
        #[test]
        fn nothing_but_styles_is_left_to_obey(text in "[a\u{1b}\\[\\]0-9;m\r\n\u{9b}\u{202e}]{0,20}") {
            let seen = visible(&text);
            prop_assert_eq!(visible(&seen), seen.clone());
            let left = seen.replace("\u{1b}[", "");
            prop_assert!(!left.contains(|c| is_hidden(c) && c != '\n'), "{:?}", left);
        }

        #[test]
        fn a_program_reads_what_there_is(text in any::<String>()) {
            let json = json(&[&text]).unwrap();
            prop_assert!(!json.contains(|c| is_hidden(c) && c != '\n'));
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [text]);
        }
    }
}
