//! Credentials in URLs: they must reach no lockfile, no Dockerfile and no message.
//!
//! Two forms are known: `user:password@` before the host, and the `/t/TOKEN` segments that anaconda.org and its
//! relatives take anywhere in the path (conda's `split_anaconda_token`).

use std::ops::Range;

use url::Url;

/// The text with the credentials of every URL in it taken out, such that each URL still names the same place.
///
/// A lone user name is kept for ssh, where `git@` is part of the address and no secret.
///
/// ```
/// use envlock::environment::without_secrets;
///
/// assert_eq!(without_secrets("https://me:pw@host/t/abc-123/chan"), "https://host/chan");
/// assert_eq!(without_secrets("git+ssh://git@host/repo.git"), "git+ssh://git@host/repo.git");
/// ```
#[must_use]
pub fn without_secrets(text: &str) -> String {
    let mut kept = text.to_owned();
    for secret in secrets(text).into_iter().rev() {
        kept.replace_range(secret, "");
    }
    kept
}

/// The host of a URL, with the port where it isn't the usual one: `host`, `host:8443`.
pub(crate) fn server_of(url: &Url) -> Option<String> {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}{port}", url.host_str()?))
}

/// The text with its credentials written as `*`, byte for byte, so that spans into it stay valid.
pub(crate) fn masked(text: &str) -> String {
    let mut masked = text.to_owned();
    for secret in secrets(text) {
        let stars = "*".repeat(secret.len());
        masked.replace_range(secret, &stars);
    }
    masked
}

/// The ranges of all credentials, in order and apart from each other.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        let start = text.len() - after.len();
        let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>');
        let (address, behind) = cut(after, is_end);
        let (authority, path) = cut(address, |c| matches!(c, '/' | '?' | '#'));
        found.extend(userinfo(before, authority).map(|length| start..start + length));
        let path_start = start + authority.len();
        found.extend(tokens(path).map(|token| path_start + token.start..path_start + token.end));
        rest = behind;
    }
    found
}

/// What stands before the first of these, and the rest from there on.
fn cut(text: &str, at: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(at).unwrap_or(text.len()))
}

/// The length of the `user:password@` that an authority begins with, if it is to go.
fn userinfo(before_scheme_end: &str, authority: &str) -> Option<usize> {
    let (user, _) = authority.rsplit_once('@')?;
    let is_address = before_scheme_end.ends_with("ssh") && !user.contains(':');
    (!is_address).then_some(user.len() + 1)
}

/// The `/t/TOKEN` parts of a path.
fn tokens(path: &str) -> impl Iterator<Item = Range<usize>> {
    path.match_indices("/t/").filter_map(|(start, prefix)| {
        let token = start + prefix.len();
        let rest = path.get(token..)?;
        let length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        (length > 0).then_some(start..token + length)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tokens_and_passwords_go_and_the_rest_stays() {
        for (with, without) in [
            ("https://conda.anaconda.org/t/tk-12-ab/my-org", "https://conda.anaconda.org/my-org"),
            ("https://host/conda/t/TOKEN/chan::numpy=1", "https://host/conda/chan::numpy=1"),
            ("https://host/t/TOKEN", "https://host"),
            ("https://user:pass@host:8080/simple", "https://host:8080/simple"),
            ("https://user:p@ss@host/simple", "https://host/simple"),
            ("git+https://ghp_abc@github.com/a/b.git@v1", "git+https://github.com/a/b.git@v1"),
            ("ssh://git:pw@host/a", "ssh://host/a"),
            (
                "--extra-index-url https://u:p@a/x -f 'https://u:p@b/y'",
                "--extra-index-url https://a/x -f 'https://b/y'",
            ),
        ] {
            assert_eq!(without_secrets(with), without);
        }
    }

    #[test]
    fn what_only_looks_like_a_credential_stays() {
        for text in [
            "git+ssh://git@github.com/a/b.git",
            "https://host/t//chan",
            "/home/me/t/repo",
            "https://github.com/a/b.git@main",
            "a@b:c",
            "file:///C:/ci/t",
        ] {
            assert_eq!(without_secrets(text), text);
        }
    }

    #[test]
    fn a_masked_text_keeps_its_bytes_in_place() {
        let text = "a https://me:pä@host/t/TOKEN/chan b";
        assert_eq!(masked(text), "a https://*******host********/chan b");
        assert_eq!(masked(text).len(), text.len());
    }

    proptest! {
        #[test]
        fn any_text_can_be_cleaned_and_cleaning_leaves_nothing_to_mask(text in r"([ht/:@#é ]|https://|/t/){0,20}") {
            prop_assert_eq!(masked(&text).len(), text.len());
            let clean = without_secrets(&text);
            prop_assert!(clean.len() <= text.len());
        }

        #[test]
        fn a_secret_never_survives(user in "[a-z]{1,5}", secret in "[0-9]{6,12}") {
            let text = format!("https://{user}:{secret}@host/t/{secret}/chan");
            prop_assert!(!without_secrets(&text).contains(&secret));
            prop_assert!(!masked(&text).contains(&secret));
        }
    }
}
