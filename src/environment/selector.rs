//! Selectors: lines that were written for some platforms only.

use super::Selector;

/// The selector of micromamba's `sel(osx)` key; `None` where the key has another form.
pub(super) fn of_key(key: &str) -> Option<Result<Selector, String>> {
    let platform = key.strip_prefix("sel(")?.strip_suffix(')')?.trim();
    Some(platform_selector(platform).ok_or_else(|| platform.to_owned()))
}

/// The selector in the comment behind an item, as in `- appnope  # [osx]`. Other comments select nothing; one that
/// names platforms in a way not known here is an error with its text.
pub(super) fn of_comment(rest_of_line: &str) -> Result<Option<Selector>, &str> {
    let comment = rest_of_line.trim_start().strip_prefix('#').map(str::trim_start);
    let Some((inside, _)) = comment.and_then(|comment| comment.strip_prefix('[')?.split_once(']')) else {
        return Ok(None);
    };
    let names_platform = inside.split_whitespace().any(|word| platform_selector(word).is_some());
    match platform_selector(inside) {
        None if names_platform => Err(inside),
        selector => Ok(selector),
    }
}

fn platform_selector(platform: &str) -> Option<Selector> {
    let words = platform.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.as_str() {
        "linux" | "linux64" | "linux-64" => Some(Selector::Linux),
        // Without Linux the other two are the same to everyone who asks for Linux.
        "osx" | "osx64" | "osx-64" | "osx-arm64" | "arm64" | "not linux" | "osx or win" | "win or osx" => {
            Some(Selector::Osx)
        }
        "win" | "win64" | "win-64" | "win32" | "not unix" => Some(Selector::Win),
        "unix" | "not win" | "linux or osx" | "osx or linux" => Some(Selector::Unix),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_micromamba_select() {
        assert_eq!(of_key("sel(osx)"), Some(Ok(Selector::Osx)));
        assert_eq!(of_key("sel( unix )"), Some(Ok(Selector::Unix)));
        assert_eq!(of_key("sel(amiga)"), Some(Err("amiga".to_owned())));
        assert_eq!(of_key("pip"), None);
    }

    #[test]
    fn comments_with_a_platform_in_brackets_select() {
        assert_eq!(of_comment("  # [win]"), Ok(Some(Selector::Win)));
        assert_eq!(of_comment(" #[linux64] needs a GPU"), Ok(Some(Selector::Linux)));
        assert_eq!(of_comment(" # [not win]"), Ok(Some(Selector::Unix)));
        assert_eq!(of_comment(" # [arm64]"), Ok(Some(Selector::Osx)));
        assert_eq!(of_comment(" # [osx and x86]"), Err("osx and x86"));
    }

    #[test]
    fn other_comments_select_nothing() {
        for rest in ["", " ", " # osx", " # see [1]", " # [py>=3]", " # for [osx]", "] # [osx]"] {
            assert_eq!(of_comment(rest), Ok(None), "{rest}");
        }
    }
}
