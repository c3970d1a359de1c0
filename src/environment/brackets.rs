//! The bracket groups of a match spec: `[version='>=1',build=cuda*]`, `[md5=…]`, and pip's `[toml]`.

use super::spec_fault::SpecFault;

/// A spec taken apart at its brackets.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// What stands outside of brackets, without a trailing comment.
    pub plain: String,
    /// The `key=value` pairs in brackets, quotes taken off.
    pub fields: Vec<(String, String)>,
    /// Names in brackets that have no value.
    pub extras: Vec<String>,
}

/// Takes a spec apart. A `#` outside of brackets begins a comment, or the hash of a URL; both are dropped.
pub(super) fn take_apart(spec: &str) -> Result<Parts, SpecFault> {
    let mut parts = Parts::default();
    let mut rest = spec;
    while let Some((at, mark)) = rest.char_indices().find(|(_, c)| matches!(c, '[' | ']' | '#')) {
        let (plain, from_mark) = rest.split_at(at);
        parts.plain.push_str(plain);
        match mark {
            '#' => return Ok(parts),
            '[' => {
                let (inside, after) = from_mark.strip_prefix('[').and_then(group).ok_or_else(unbalanced)?;
                for field in split_unquoted(inside, ',') {
                    match field.split_once('=') {
                        Some((key, value)) => parts.fields.push((key.trim().to_owned(), unquoted(value).to_owned())),
                        None if field.trim().is_empty() => {}
                        None => parts.extras.push(unquoted(field).to_owned()),
                    }
                }
                rest = after;
            }
            _ => return Err(unbalanced()),
        }
    }
    parts.plain.push_str(rest);
    Ok(parts)
}

fn unbalanced() -> SpecFault {
    SpecFault::new("its square brackets don't match", "close each `[` with a `]`, as in `numpy[version='>=1.20']`")
}

/// What stands before the bracket that closes the group, and what follows it.
fn group(text: &str) -> Option<(&str, &str)> {
    let end = unquoted_chars(text).find_map(|(at, c, depth)| (c == ']' && depth == 0).then_some(at))?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

/// The pieces between separators that stand neither in quotes nor in inner brackets.
fn split_unquoted(text: &str, separator: char) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut from = 0;
    for (at, c, depth) in unquoted_chars(text) {
        if c == separator && depth == 0 {
            pieces.extend(text.get(from..at));
            from = at + c.len_utf8();
        }
    }
    pieces.extend(text.get(from..));
    pieces
}

/// The characters outside of quotes, each with its offset and the number of brackets open before it.
fn unquoted_chars(text: &str) -> impl Iterator<Item = (usize, char, usize)> {
    let (mut quote, mut depth) = (None, 0_usize);
    text.char_indices().filter_map(move |(at, c)| {
        if quote == Some(c) {
            quote = None;
            return None;
        }
        if quote.is_some() {
            return None;
        }
        let open = depth;
        match c {
            '\'' | '"' => quote = Some(c),
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        Some((at, c, open))
    })
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let inner = |quote| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    inner('\'').or_else(|| inner('"')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(spec: &str) -> (String, Vec<(String, String)>, Vec<String>) {
        let parts = take_apart(spec).unwrap();
        (parts.plain, parts.fields, parts.extras)
    }

    fn field(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn fields_are_read_with_and_without_quotes() {
        assert_eq!(
            parts("a[version='>=1,<2', build=cuda*]"),
            ("a".to_owned(), vec![field("version", ">=1,<2"), field("build", "cuda*")], vec![])
        );
        assert_eq!(
            parts("a=1=b[build=\"x]y\",url=https://h/a-1-b.conda#md5]").1,
            [field("build", "x]y"), field("url", "https://h/a-1-b.conda#md5")]
        );
    }

    #[test]
    fn extras_of_pip_are_told_from_fields_and_may_stand_before_the_version() {
        assert_eq!(parts("coverage[toml, x]>=6"), ("coverage>=6".to_owned(), vec![], vec!["toml".into(), "x".into()]));
        assert_eq!(parts("a[]"), ("a".to_owned(), vec![], vec![]));
    }

    #[test]
    fn a_comment_ends_the_spec_but_not_within_brackets() {
        assert_eq!(parts("a=1 # [x").0, "a=1 ");
        assert_eq!(parts("a[build='#']").1, [field("build", "#")]);
    }

    #[test]
    fn brackets_must_match() {
        for spec in ["a[", "a]", "a[version='1]", "a[[x]", "a]b["] {
            assert!(take_apart(spec).is_err(), "{spec}");
        }
    }
}
