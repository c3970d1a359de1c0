//! Selectors: lines that were written for some platforms only.

use super::Selector;
use crate::limits::WORD;

/// The selector of micromamba's `sel(osx)` key; `None` where the key has another form.
pub(super) fn of_key(key: &str) -> Option<Result<Selector, String>> {
    let platform = key.strip_prefix("sel(")?.strip_suffix(')')?.trim();
    Some(platform_selector(platform).ok_or_else(|| platform.to_owned()))
}

/// The selector in the comment behind an item, as in `- appnope  # [osx]`. Other comments select nothing; one that
/// names platforms in a way that leaves open whether linux-64 is among them is an error with its text.
pub(super) fn of_comment(rest_of_line: &str) -> Result<Option<Selector>, &str> {
    let comment = rest_of_line.trim_start().strip_prefix('#').map(str::trim_start);
    let Some((inside, _)) = comment.and_then(|comment| comment.strip_prefix('[')?.split_once(']')) else {
        return Ok(None);
    };
    let words = inside.split([' ', '\t', '(', ')', '|', '!', ',']);
    let names_platform = words.map(str::to_ascii_lowercase).any(|word| includes(&word, &HERE).is_some());
    match platform_selector(inside) {
        None if names_platform => Err(inside),
        selector => Ok(selector),
    }
}

/// A platform that conda packages are built for: system and processor, as in a subdir.
type Platform = (&'static str, &'static str);

const HERE: Platform = ("linux", "64");
const ELSEWHERE: [Platform; 12] = [
    ("osx", "64"),
    ("osx", "arm64"),
    ("win", "64"),
    ("win", "32"),
    ("win", "arm64"),
    ("linux", "32"),
    ("linux", "aarch64"),
    ("linux", "ppc64le"),
    ("linux", "s390x"),
    ("linux", "riscv64"),
    ("linux", "armv6l"),
    ("linux", "armv7l"),
];

/// What an expression says; `None` where it isn't one of platforms, or is true for none.
fn platform_selector(expression: &str) -> Option<Selector> {
    if expression.len() > WORD {
        return None;
    }
    let spaced = expression.to_ascii_lowercase().replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let value = |platform: &Platform| {
        let mut reader = Expression { words: &words, platform };
        let value = reader.any();
        reader.words.is_empty().then_some(value)
    };
    if value(&HERE)?? {
        return Some(Selector::Linux64);
    }
    let (system, _) = ELSEWHERE.iter().find(|platform| value(platform).is_some_and(|it| it != Some(false)))?;
    Some(match *system {
        "osx" => Selector::Osx,
        "win" => Selector::Win,
        _ => Selector::OtherLinux,
    })
}

/// The rest of a selector of conda-build, as its value on a platform is read. A value is `None` where something decides
/// that isn't a platform (`py>=36`).
///
/// The words are those of conda-build's documentation, "Preprocessing selectors", and the names of subdirs.
struct Expression<'e> {
    words: &'e [&'e str],
    platform: &'e Platform,
}

impl Expression<'_> {
    /// Terms with `or` between them: one that is true decides.
    fn any(&mut self) -> Option<bool> {
        self.joined("or", true, Self::all)
    }

    /// Factors with `and` between them: one that is false decides.
    fn all(&mut self) -> Option<bool> {
        self.joined("and", false, Self::one)
    }

    /// What is joined by a word, where one value decides whatever the others are.
    fn joined(&mut self, by: &str, decides: bool, next: impl Fn(&mut Self) -> Option<bool>) -> Option<bool> {
        let mut value = next(self);
        while self.takes(by) {
            let other = next(self);
            value = if [value, other].contains(&Some(decides)) { Some(decides) } else { value.and(other) };
        }
        value
    }

    fn one(&mut self) -> Option<bool> {
        let mut is_negated = false;
        while self.takes("not") {
            is_negated = !is_negated;
        }
        let value = if self.takes("(") {
            let value = self.any();
            if self.takes(")") { value } else { None }
        } else {
            self.word()
        };
        value.map(|it| it != is_negated)
    }

    /// A platform, or a comparison of something else, which may be several words.
    fn word(&mut self) -> Option<bool> {
        let is_end = |word: &&str| matches!(*word, "and" | "or" | "(" | ")");
        let end = self.words.iter().position(is_end).unwrap_or(self.words.len());
        let (words, rest) = self.words.split_at(end);
        self.words = rest;
        if let [word] = words { includes(word, self.platform) } else { None }
    }

    fn takes(&mut self, word: &str) -> bool {
        match self.words {
            [first, rest @ ..] if *first == word => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }
}

/// Whether a word such as `unix` means a platform; `None` where it is no word for platforms.
fn includes(word: &str, &(system, processor): &Platform) -> Option<bool> {
    Some(match word {
        "unix" => system != "win",
        "linux" | "osx" | "win" => system == word,
        "macos" | "darwin" => system == "osx",
        "windows" => system == "win",
        "x86" => matches!(processor, "32" | "64"),
        "x86_64" => processor == "64",
        // Linux calls the same processor by another name.
        "arm64" | "aarch64" | "ppc64le" | "s390x" | "riscv64" | "armv6l" | "armv7l" => processor == word,
        _ => {
            let is_it = |(its_system, its_processor): &Platform| {
                let rest = word.strip_prefix(its_system)?;
                (rest.strip_prefix('-').unwrap_or(rest) == *its_processor).then_some((*its_system, *its_processor))
            };
            let named = std::iter::once(&HERE).chain(&ELSEWHERE).find_map(is_it)?;
            named == (system, processor)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_micromamba_select() {
        assert_eq!(of_key("sel(osx)"), Some(Ok(Selector::Osx)));
        assert_eq!(of_key("sel( unix )"), Some(Ok(Selector::Linux64)));
        assert_eq!(of_key("sel(amiga)"), Some(Err("amiga".to_owned())));
        assert_eq!(of_key("pip"), None);
    }

    #[test]
    fn comments_with_a_platform_in_brackets_select() {
        let (here, osx, win, other) = (Selector::Linux64, Selector::Osx, Selector::Win, Selector::OtherLinux);
        let cases = [
            ("  # [win]", win),
            (" #[linux64] needs a GPU", here),
            (" # [not win]", here),
            (" # [not osx]", here),
            (" # [linux or win]", here),
            (" # [unix and x86_64]", here),
            (" # [x86]", here),
            (" # [not (osx or win)]", here),
            (" # [linux or py>=3]", here),
            (" # [arm64]", osx),
            (" # [osx and x86]", osx),
            (" # [not linux]", osx),
            (" # [osx-arm64 or win-64]", osx),
            (" # [not unix]", win),
            (" # [win and py < 36]", win),
            (" # [win32]", win),
            (" # [aarch64]", other),
            (" # [linux-aarch64]", other),
            (" # [linux and not x86_64]", other),
            (" # [ppc64le or s390x]", other),
            (" # [armv7l]", other),
            (" # [OSX]", osx),
            (" # [macos or windows]", osx),
        ];
        for (rest, selector) in cases {
            assert_eq!(of_comment(rest), Ok(Some(selector)), "{rest}");
        }
    }

    #[test]
    fn what_leaves_open_whether_it_is_for_linux_is_said() {
        let long = "(".repeat(100_000) + "osx";
        let expressions =
            ["linux and py>=36", "linux osx", "(linux", "linux)", "osx and win", "not cuda and unix", "linux and"];
        for inside in expressions.into_iter().chain(["osx|win", "!linux", "osx, win", &long]) {
            assert_eq!(of_comment(&format!(" # [{inside}]")), Err(inside));
        }
    }

    #[test]
    fn other_comments_select_nothing() {
        for rest in ["", " ", " # osx", " # see [1]", " # [py>=3]", " # for [osx]", "] # [osx]"] {
            assert_eq!(of_comment(rest), Ok(None), "{rest}");
        }
    }
}
