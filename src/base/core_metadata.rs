//! The metadata of Python distributions: `METADATA` and `PKG-INFO`.
//!
//! Source: "Core metadata specifications" of packaging.python.org: headers as in an e-mail, and a blank line before the description.

/// The headers, in their order. What goes on with a header on the next lines is left out.
pub(crate) fn headers(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().take_while(|line| !line.is_empty());
    let own = lines.filter(|line| !line.starts_with([' ', '\t']));
    own.filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .collect()
}
