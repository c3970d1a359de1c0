//! Taking credentials out of what is written to the lock.

use std::borrow::Cow;

/// The text with user names, passwords and tokens taken out of the URLs in it, word by word.
///
/// `https://user:secret@host/x` loses what stands before the `@`, `https://host/t/TOKEN/x` loses `/t/TOKEN`. With
/// `ssh` the user name is part of the address (`git@`), so only its password goes.
pub(super) fn without_credentials(text: &str) -> String {
    let words: Vec<Cow<'_, str>> = text.split(' ').map(clean).collect();
    words.join(" ")
}

fn clean(word: &str) -> Cow<'_, str> {
    let Some(start) = word.find("://").map(|at| at + 3) else {
        return Cow::Borrowed(word);
    };
    let (scheme, rest) = word.split_at(start);
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = match authority.rsplit_once('@') {
        Some((user, host)) if scheme.contains("ssh") => {
            format!("{}@{host}", user.split(':').next().unwrap_or_default())
        }
        Some((_, host)) => host.to_owned(),
        None => authority.to_owned(),
    };
    let path = match path.strip_prefix("/t/").map(|rest| rest.split_at(rest.find('/').unwrap_or(rest.len()))) {
        Some((token, path)) if !token.is_empty() => path,
        _ => path,
    };
    Cow::Owned(format!("{scheme}{host}{path}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_go_and_addresses_stay() {
        let cases = [
            ("https://user:secret@host/simple", "https://host/simple"),
            ("--index-url=https://secret@host/simple", "--index-url=https://host/simple"),
            ("https://host/t/tk-123/channel", "https://host/channel"),
            ("https://host/t/tk-123", "https://host"),
            ("git+ssh://git:secret@host/a.git@v1", "git+ssh://git@host/a.git@v1"),
            ("a @ git+https://host/a.git@v1#egg=a", "a @ git+https://host/a.git@v1#egg=a"),
            ("conda-forge", "conda-forge"),
            ("https://us@er:se@cret@host", "https://host"),
        ];
        for (text, expected) in cases {
            assert_eq!(without_credentials(text), expected);
        }
    }

    proptest! {
        #[test]
        fn what_is_clean_stays(text in "[a-z:/@ .t+]{0,40}") {
            let clean = without_credentials(&text);
            prop_assert!(!clean.split(' ').any(|word| word.starts_with("https://") && word[8..].split('/').next().unwrap().contains('@')));
        }
    }
}
