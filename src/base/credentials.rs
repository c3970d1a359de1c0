//! Credentials in URLs: they must reach no lockfile, no Dockerfile and no message.
//!
//! Three forms are known: `user:password@` before the host, the `/t/TOKEN` segments that anaconda.org and its
//! relatives take anywhere in the path (conda's `split_anaconda_token`), and what a query gives the name of a secret.
//!
//! People write passwords as they are, with a `/`, `?` or `#` in them that would end the authority of a URL (RFC 3986,
//! section 3.2). A colon before that tells them from the `@` of a path, as in `https://host/@scope/a` and
//! `git+https://host/a@v1`, unless a port follows it.

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
    replaced(text, &secrets(text, false), "")
}

/// The host of a URL, with the port where it isn't the usual one: `host`, `host:8443`.
pub(crate) fn server_of(url: &Url) -> Option<String> {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}{port}", url.host_str()?))
}

/// The URL without credentials, such that it still names the same place: without its query, which may be one, and without
/// its fragment.
pub(crate) fn stripped(url: &Url) -> Url {
    let mut url = without_tokens(url, |_| true);
    // What has no host can't have a user either.
    _ = url.set_username("");
    _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// The URL without the tokens in its path that are meant.
pub(crate) fn without_tokens(url: &Url, is_meant: impl Fn(&str) -> bool) -> Url {
    let mut path = url.path().to_owned();
    let meant = tokens(path_of(url)).filter(|token| is_meant(token_in(url, token)));
    for token in meant.collect::<Vec<_>>().into_iter().rev() {
        path.replace_range(token, "");
    }
    let mut url = url.clone();
    if path != url.path() {
        url.set_path(&path);
    }
    url
}

/// The tokens in the path of a URL.
pub(crate) fn tokens_of(url: &Url) -> Vec<&str> {
    tokens(path_of(url)).map(|token| token_in(url, &token)).collect()
}

/// The path of a URL that may have tokens in it.
fn path_of(url: &Url) -> &str {
    if has_tokens(url.scheme()) { url.path() } else { "" }
}

fn token_in<'u>(url: &'u Url, range: &Range<usize>) -> &'u str {
    url.path().get(range.clone()).and_then(|token| token.strip_prefix(TOKEN)).unwrap_or_default()
}

/// The name or URL of a channel without credentials. A name may begin with a token, too: `t/TOKEN/name`.
pub(crate) fn channel_without_secrets(channel: &str) -> String {
    let clean = without_secrets(channel);
    match leading_token(&clean).and_then(|length| clean.get(length..)) {
        Some(rest) => rest.to_owned(),
        None => clean,
    }
}

/// Whether a name is that of a secret.
///
/// Source of most words: the rule `SecretsUsedInArgOrEnv` of `BuildKit`'s check.
pub(crate) fn has_secret_name(name: &str) -> bool {
    const WORDS: [&str; 6] = ["apikey", "auth", "key", "passwd", "pat", "pword"];
    /// Words that people write together with one before them.
    const ENDS: [&str; 3] = ["apikey", "passwd", "token"];
    /// Words that people write together with others.
    const PARTS: [&str; 4] = ["credential", "passphrase", "password", "secret"];
    /// What only looks like one of those.
    const HARMLESS: [&str; 2] = ["secretary", "secretariat"];
    let name = name.to_ascii_lowercase();
    let words = || name.split(|c: char| !c.is_ascii_alphanumeric());
    let is_secret = |word: &str| {
        WORDS.contains(&word)
            || ENDS.iter().any(|end| word.ends_with(end))
            || PARTS.iter().any(|part| word.contains(part)) && !HARMLESS.contains(&word)
    };
    words().any(is_secret) && !words().any(|word| word == "public")
}

/// The text with its credentials written as `*`, byte for byte, so that spans into it stay valid.
pub(crate) fn masked(text: &str) -> String {
    replaced(text, &secrets(text, true), "*")
}

/// The text with this in the place of each byte of its credentials.
fn replaced(text: &str, secrets: &[Range<usize>], with: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut end = 0;
    for secret in secrets {
        replaced.push_str(text.get(end..secret.start).unwrap_or_default());
        replaced.push_str(&with.repeat(secret.len()));
        end = secret.end;
    }
    replaced + text.get(end..).unwrap_or_default()
}

/// The ranges of all credentials, in order and apart from each other: also of what is one only in a list of channels,
/// if that is wanted.
fn secrets(text: &str, of_channels: bool) -> Vec<Range<usize>> {
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>');
    let (mut found, mut start, mut before) = (Vec::new(), 0, "");
    for piece in text.split_inclusive(is_end) {
        let word = piece.trim_end_matches(is_end);
        let leading = leading_token(word).filter(|_| of_channels || word.contains("::")).map(|length| 0..length);
        let mut secrets = in_word(word);
        secrets.extend(leading);
        secrets.extend(of_proxy(before, word));
        secrets.sort_by_key(|secret| secret.start);
        let mut end = 0;
        for secret in secrets.into_iter().filter(|secret| !secret.is_empty()) {
            if secret.end > end {
                found.push(start + secret.start.max(end)..start + secret.end);
                end = secret.end;
            }
        }
        start += piece.len();
        before = if word.is_empty() { before } else { word };
    }
    found
}

/// Those of the URLs in a word, one of which may stand in another one.
fn in_word(word: &str) -> Vec<Range<usize>> {
    let (mut found, mut from, mut path) = (Vec::new(), 0, None);
    let last_at = word.rfind('@').unwrap_or_default();
    for (colon, _) in word.match_indices(':') {
        let (before, rest) = word.split_at(colon);
        let Some(address) = address(before, rest).filter(|_| colon >= from) else { continue };
        let start = word.len() - address.len();
        let (secret, end) = if last_at < start { (0, 0) } else { userinfo(before, address) };
        found.push(start..start + secret);
        from = start + end;
        if has_tokens(before) {
            path.get_or_insert(start + secret);
        }
    }
    if let Some(start) = path {
        let behind = word.get(start..).unwrap_or_default();
        let all = tokens(behind).chain(values(behind));
        found.extend(all.map(|secret| start + secret.start..start + secret.end));
    }
    found
}

/// What follows the scheme of a URL and its slashes. Of those there may be any number where the scheme is one of the web.
///
/// Source: <https://url.spec.whatwg.org/#special-authority-ignore-slashes-state>.
fn address<'w>(before: &str, from_colon: &'w str) -> Option<&'w str> {
    let rest = from_colon.strip_prefix(':')?;
    let ends_with = |scheme: &str| {
        let end = before.len().checked_sub(scheme.len()).and_then(|start| before.get(start..));
        end.is_some_and(|end| end.eq_ignore_ascii_case(scheme))
    };
    let is_web = ends_with("http") || ends_with("https");
    if is_web { Some(rest.trim_start_matches(['/', '\\'])) } else { rest.strip_prefix("//") }
}

/// Whether the path of a URL may have tokens, by what ends with its scheme: on a disk or in a bucket, `t` is a directory.
fn has_tokens(before: &str) -> bool {
    !["file", "s3", "oci"].iter().any(|scheme| before.ends_with(scheme))
}

/// What stands before the first of these, and the rest from there on.
fn cut(text: &str, at: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(at).unwrap_or(text.len()))
}

/// The length of the `user:password@` that an address begins with, where it is to go, and where its authority ends.
fn userinfo(before: &str, address: &str) -> (usize, usize) {
    let mut length = 0;
    loop {
        let rest = address.get(length..).unwrap_or_default();
        let (authority, _) = cut(rest, |c| matches!(c, '/' | '?' | '#'));
        let is_lone = |at: usize| !authority.split_at(at).0.contains(':');
        let at = match authority.rfind('@') {
            // A lone user of ssh is part of the address.
            Some(at) if length == 0 && before.ends_with("ssh") && is_lone(at) => None,
            Some(at) => Some(at),
            None if before.ends_with("file") || is_host(authority) => None,
            None => rest.find('@'),
        };
        let Some(at) = at else { return (length, length + authority.len()) };
        length += at + 1;
    }
}

/// Whether an authority is a host alone, or one with a port.
fn is_host(authority: &str) -> bool {
    let (host, port) = match authority.split_once(']') {
        Some((host, rest)) if host.starts_with('[') => (host, rest.strip_prefix(':')),
        _ => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let is_port = |port: &str| matches!(port.len(), 1..=5) && port.bytes().all(|byte| byte.is_ascii_digit());
    port.is_none_or(|port| !host.is_empty() && is_port(port))
}

/// What comes before a token.
const TOKEN: &str = "/t/";

/// The `/t/TOKEN` parts of a path.
fn tokens(path: &str) -> impl Iterator<Item = Range<usize>> {
    path.match_indices(TOKEN).filter_map(|(start, prefix)| {
        let token = start + prefix.len();
        let rest = path.get(token..)?;
        let length = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        (length > 0).then_some(start..token + length)
    })
}

/// The length of the `t/TOKEN/` that the name of a channel begins with.
fn leading_token(name: &str) -> Option<usize> {
    let (token, _) = name.strip_prefix("t/")?.split_once('/')?;
    (!token.is_empty() && !token.contains(':')).then_some("t/".len() + token.len() + "/".len())
}

/// The values of a query whose names are those of secrets.
fn values(address: &str) -> impl Iterator<Item = Range<usize>> {
    const NAMES: [&str; 5] = ["jwt", "pass", "pwd", "sig", "signature"];
    let is_secret = |name: &str| {
        let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
        has_secret_name(name) || words.any(|word| NAMES.iter().any(|it| word.eq_ignore_ascii_case(it)))
    };
    let mut end = 0;
    address.match_indices(['?', '&', ';', '#']).filter_map(move |(start, _)| {
        let (name, rest) = cut(address.get(start + 1..)?, |c| matches!(c, '=' | '?' | '&' | ';' | '#'));
        let value = rest.strip_prefix('=').filter(|_| start >= end && is_secret(name))?;
        let (value, _) = cut(value, |c| matches!(c, '&' | ';' | '#'));
        // Behind a channel comes a package.
        let value = value.split_once("::").map_or(value, |(value, _)| value);
        let from = address.len() - rest.len() + "=".len();
        end = from + value.len();
        Some(from..end)
    })
}

/// The `user:password@` of a proxy that pip is given, which needs no scheme.
fn of_proxy(before: &str, word: &str) -> Option<Range<usize>> {
    let proxy = if before == "--proxy" { word } else { word.strip_prefix("--proxy=")? };
    let start = word.len() - proxy.len();
    let at = proxy.rfind('@').filter(|_| !proxy.contains("://"))?;
    Some(start..start + at + 1)
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
            ("git+ssh://git:p/w@host/a@v1", "git+ssh://host/a@v1"),
            ("postgres://u:pa/hu@nter2@h/db", "postgres://h/db"),
            ("redis://:12/34@h", "redis://h"),
            ("https://u:/pw@host/x::zlib", "https://host/x::zlib"),
            ("https://u:p#a?b@host/a@v1", "https://host/a@v1"),
            ("https://u:1234567/x@host:80/@a", "https://host:80/@a"),
            ("https://u:a/b@c:d/e@host/x", "https://host/x"),
            ("https:/u:pw@host/x", "https:/host/x"),
            (r"HTTPS:\\u:pw@host/x", r"HTTPS:\\host/x"),
            ("https:///u:pw@host/x", "https:///host/x"),
            ("https://mirror:80/https://u:pw@host/x", "https://mirror:80/https://host/x"),
            ("https://host/x?a=1&token=SE?CRET&b=2#c", "https://host/x?a=1&token=&b=2#c"),
            (
                "https://h/x?X-Amz-Credential=a/b&X-Amz-Signature=c::zlib",
                "https://h/x?X-Amz-Credential=&X-Amz-Signature=::zlib",
            ),
            ("jdbc:sqlserver://h:1433;user=sa;password=pw", "jdbc:sqlserver://h:1433;user=sa;password="),
            ("t/TOKEN/chan::numpy", "chan::numpy"),
            ("--proxy u:pw@host:3128", "--proxy host:3128"),
            ("--proxy=u:pw@host:3128 a@b:c", "--proxy=host:3128 a@b:c"),
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
            "file:///home/me/t/repo/a@b",
            "s3://bucket/conda/t/repo",
            "t/data/a",
            "https://host/@scope/pkg",
            "https://host:8080/a:b@c/d@e",
            "http://[::1]:8080/a@b",
            "pkg @ https://host/a.whl#egg=a@b",
            "git+ssh://git@github.com:a/b.git@v1.0",
            "https://host/x?ref=token&keyboard=a&public_key=b",
            "--proxy http://host:3128",
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

    #[test]
    fn a_url_is_stripped_of_all_that_may_be_a_secret() {
        for (with, without) in [
            ("https://me:pw@host/conda/t/TOKEN/a/t/OTHER/b/?x=y#z", "https://host/conda/a/b/"),
            ("https://host/t/TOKEN", "https://host/"),
            ("file:///home/me/t/repo/", "file:///home/me/t/repo/"),
        ] {
            assert_eq!(stripped(&with.parse().unwrap()).as_str(), without);
        }
        let url = "https://host/a/t/ONE/b/t/TWO/c".parse().unwrap();
        assert_eq!(tokens_of(&url), ["ONE", "TWO"]);
        assert_eq!(without_tokens(&url, |token| token == "ONE").as_str(), "https://host/a/b/t/TWO/c");
    }

    #[test]
    fn a_channel_s_name_loses_the_token_that_it_begins_with() {
        assert_eq!(channel_without_secrets("t/TOKEN/conda-forge"), "conda-forge");
        assert_eq!(channel_without_secrets("t/conda-forge"), "t/conda-forge");
        assert_eq!(masked("- t/TOKEN/conda-forge"), "- ********conda-forge");
    }

    #[test]
    fn a_long_word_is_looked_through_once() {
        for part in ["https:", "://a:b/", "https:[", "?key=", "://a@", "/t/", "https://a/"] {
            for end in ["", "/@", "]/@"] {
                let text = format!("a://h/{}{end}", part.repeat(100_000));
                assert_eq!(masked(&text).len(), text.len());
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_cleaned_and_cleaning_leaves_nothing_to_mask(text in r"([ht/:@#?&=é \\\\]|https:|://|/t/|key=|--proxy ){0,20}") {
            prop_assert_eq!(masked(&text).len(), text.len());
            let clean = without_secrets(&text);
            prop_assert!(clean.len() <= text.len());
        }

        #[test]
        fn a_password_may_hold_what_ends_an_authority(
            scheme in "(git[+])?https?:/{1,3}|postgres://|git[+]ssh://",
            password in "[a-z]?[a-z0-9/?#:.%!$&=+~-]{0,9}[a-z0-9:]",
            path in "(/[a-s:@.-]{1,6}){0,3}",
        ) {
            let is_port = |text: &str| text.split(['/', '?', '#']).next().unwrap().bytes().all(|it| it.is_ascii_digit());
            prop_assume!(!is_port(&password) && !password.contains("/t/"));
            let text = format!("{scheme}user:{password}@host{path}");
            prop_assert_eq!(without_secrets(&text), format!("{scheme}host{path}"));
        }

        #[test]
        fn an_at_sign_in_a_path_is_no_secret(
            scheme in "(git[+])?https?://|ssh://git@|s3://",
            port in "(:[0-9]{1,5})?",
            path in "(/[a-s:@.-]{1,6}){0,3}",
        ) {
            let text = format!("{scheme}host{port}{path}");
            prop_assert_eq!(without_secrets(&text), text);
        }

        #[test]
        fn a_secret_never_survives(user in "[a-z]{1,5}", secret in "[0-9]{6,12}") {
            let text = format!("https://{user}:{secret}@host/t/{secret}/chan");
            prop_assert!(!without_secrets(&text).contains(&secret));
            prop_assert!(!masked(&text).contains(&secret));
        }
    }
}
