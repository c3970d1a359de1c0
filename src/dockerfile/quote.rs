//! Quoting for what a Dockerfile is made of.

use crate::words::{is_hidden, is_steering};

/// A value of `ENV` or `LABEL`, in double quotes; `None` where there is no way to write it.
///
/// Within double quotes a backslash takes the meaning from `"`, `$` and itself. Nothing stands for a line break or
/// another control character there, nor for one that turns the direction of what follows it.
///
/// Source: <https://docs.docker.com/reference/dockerfile/#environment-replacement>.
pub(super) fn value(text: &str) -> Option<String> {
    if text.contains(|c| is_steering(c) && c != '\t') {
        return None;
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        if matches!(c, '"' | '$' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    Some(quoted)
}

/// A comment on a line of its own, whatever the text holds.
pub(super) fn comment(text: &str) -> String {
    format!("# {}\n", text.replace(is_hidden, " "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_keep_dollars_quotes_and_backslashes() {
        assert_eq!(value(r#"a $HOME "b" \n 'c'"#).as_deref(), Some(r#""a \$HOME \"b\" \\n 'c'""#));
        assert_eq!(value("").as_deref(), Some("\"\""));
        assert_eq!(value("a\nb"), None);
        assert_eq!(value("a\u{202e}b"), None);
        assert_eq!(value("\u{1f468}\u{200d}\u{1f469}").as_deref(), Some("\"\u{1f468}\u{200d}\u{1f469}\""));
    }

    #[test]
    fn a_comment_is_one_line() {
        assert_eq!(comment("a\nRUN b\r\u{85}c\u{2028}d"), "# a RUN b  c d\n");
    }

    /// What Docker makes of a double-quoted value, by its reference.
    fn unquote(quoted: &str) -> String {
        let mut text = String::new();
        let mut rest = quoted[1..quoted.len() - 1].chars();
        while let Some(c) = rest.next() {
            match c {
                '\\' => text.extend(rest.next()),
                '"' | '$' => panic!("a bare {c} in {quoted}"),
                c => text.push(c),
            }
        }
        text
    }

    proptest! {
        #[test]
        fn every_value_is_one_line_and_is_read_back(text in any::<String>()) {
            if let Some(quoted) = value(&text) {
                prop_assert!(!quoted.contains('\n'));
                prop_assert_eq!(unquote(&quoted), text);
            } else {
                prop_assert!(text.contains(is_steering));
            }
        }
    }
}
