//! What is made of any text in a Dockerfile.

use super::quote;

pub(crate) fn quoting(text: &str) {
    let comment = quote::comment(text);
    assert!(comment.starts_with("# ") && comment.lines().count() == 1, "{comment:?}");
    assert!(quote::value(text).is_none_or(|it| it.lines().count() == 1), "{text:?}");
    // A word in single quotes ends at the next one, and `'\''` is one of them.
    let word = crate::words::quoted(text);
    let inside = word.strip_prefix('\'').and_then(|it| it.strip_suffix('\'')).map(|it| it.replace(r"'\''", ""));
    assert!(inside.is_some_and(|it| !it.contains('\'')), "{word}");
}
