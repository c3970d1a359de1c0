//! What follows the name in a match spec: the version, and perhaps a build.

use std::str::FromStr;

use rattler_conda_types::{ParseStrictness, Version, VersionSpec, VersionWithSource};

use super::Wanted;
use super::error::shortened;
use super::spec_fault::SpecFault;

/// More brackets than this have no meaning in a version, and each costs the parser a level of the stack.
const MOST_PARENTHESES: usize = 8;

/// Reads version and build in any of the notations of conda: `=1.2=build`, `>=1,<2`, `1.2 build`.
///
/// What separates the two, and what `=` means with a build and without one, follows conda's
/// `_parse_version_plus_build` and `parse_match_spec` (`conda/models/match_spec.py`).
pub(super) fn version_and_build(rest: &str) -> Result<(Wanted, Option<String>), SpecFault> {
    let rest = rest.replace("===", "==");
    refuse_malformed(&rest)?;
    let (version, build) = split(rest.trim());
    let version: String = version.split_whitespace().collect();
    if !version.starts_with(is_operator) && !version.contains(|c: char| c.is_ascii_digit() || c == '*') {
        return Err(run_together());
    }
    if build.is_some_and(|build| build.contains(char::is_whitespace)) {
        return Err(run_together());
    }
    Ok((wanted(&version, build.is_some())?, build.and_then(build_wanted)))
}

/// Reads a version constraint. A single `=` means exactly that version where a build follows, and conda's `1.2.*`
/// where none does.
pub(super) fn wanted(version: &str, has_build: bool) -> Result<Wanted, SpecFault> {
    let operator = ["==", "="].into_iter().find_map(|operator| Some((operator, version.strip_prefix(operator)?)));
    let (operator, bare) = operator.unwrap_or(("", version));
    if bare.is_empty() && !operator.is_empty() {
        return Err(no_version());
    }
    if !operator.is_empty() && bare.starts_with(['<', '>', '~', '!']) {
        return Err(unreadable(version));
    }
    if matches!(bare, "" | "*" | "*.*") {
        return Ok(Wanted::Any);
    }
    let is_plain =
        !bare.contains(|c: char| is_operator(c) && c != '!' || matches!(c, ',' | '|' | '(' | ')' | '*' | '^' | '$'));
    // `!` also separates the epoch from the version: `1!2.0`.
    if is_plain && !bare.starts_with('!') {
        let parsed = Version::from_str(bare).map_err(|_| unreadable(bare))?;
        let exact = VersionWithSource::new(parsed, bare);
        return Ok(if operator == "=" && !has_build { Wanted::Like(exact) } else { Wanted::Exact(exact) });
    }
    // conda reads `=1.2.*` as `1.2.*`, but leaves the operator in `=1.2|=1.3`.
    let is_group = bare.contains([',', '|', '=']);
    let text = if is_group { version } else { bare };
    match VersionSpec::from_str(text, ParseStrictness::Lenient) {
        Ok(VersionSpec::Any) => Ok(Wanted::Any),
        Ok(spec) => Ok(Wanted::Range(spec)),
        // The reasons that the parser gives speak of its own grammar.
        Err(_) => Err(unreadable(version)),
    }
}

/// The build part, unless it means any build.
pub(super) fn build_wanted(build: &str) -> Option<String> {
    let build = build.trim();
    (!build.is_empty() && build != "*").then(|| build.to_owned())
}

/// Splits at the first blank or `=` that doesn't belong to an operator and has only a build behind it.
fn split(rest: &str) -> (&str, Option<&str>) {
    let mut before = None;
    for (at, c) in rest.char_indices() {
        let separates = (c.is_whitespace() || c == '=')
            && before.is_some_and(|c| !matches!(c, '=' | '!' | '|' | ',' | '<' | '>' | '~'));
        let (ahead, from) = rest.split_at(at);
        let behind = from.strip_prefix(c).unwrap_or_default();
        let is_build = |text: &str| !text.is_empty() && !text.contains(['-', '=', ',', '|', '<', '>', '~']);
        if separates && is_build(behind) {
            return (ahead, Some(behind.trim()));
        }
        before = Some(c);
    }
    (rest, None)
}

fn is_operator(c: char) -> bool {
    matches!(c, '=' | '<' | '>' | '!' | '~')
}

/// Refuses what conda would read as something else, or not at all.
fn refuse_malformed(rest: &str) -> Result<(), SpecFault> {
    let rest = rest.trim();
    if rest.starts_with("- ") || rest.contains(" - ") {
        return Err(run_together());
    }
    if rest.starts_with('@') {
        return Err(SpecFault::new(
            "`name @ URL` is a notation of pip",
            "move the line into the `pip:` section, or name a version: `name=1.2`",
        ));
    }
    let words: Vec<&str> = rest.split_whitespace().collect();
    let ends = |word: &str, next: &str| word.ends_with(is_operator) && next.starts_with(is_operator);
    if words.iter().zip(words.iter().skip(1)).any(|(word, next)| ends(word, next)) {
        return Err(SpecFault::new(
            "there is a space within the operator",
            "write the operator in one piece: `==` or `>=`",
        ));
    }
    if rest.ends_with(is_operator) {
        return Err(no_version());
    }
    let closed = |word: &str| !word.ends_with(|c: char| is_operator(c) || matches!(c, ',' | '|' | '('));
    if words.iter().zip(words.iter().skip(1)).any(|(word, next)| closed(word) && next.starts_with(['<', '>', '!', '~']))
    {
        return Err(SpecFault::new("two constraints stand side by side", "join them with a comma: `>=1.2,<2`"));
    }
    if rest.matches('(').count() > MOST_PARENTHESES {
        return Err(SpecFault::new(
            "its version has too many parentheses",
            "write the constraint without them: `>=1,<2|>=3`",
        ));
    }
    Ok(())
}

fn run_together() -> SpecFault {
    SpecFault::new(
        "two items seem to have run together",
        "give each package a line of its own, with a dash and in the same column; a `pip:` section ends in a colon",
    )
}

fn no_version() -> SpecFault {
    SpecFault::new("no version follows the operator", "write a version, as in `numpy=1.26`, or the name alone")
}

fn unreadable(version: &str) -> SpecFault {
    let turned = [("=>", ">="), ("=<", "<=")];
    let meant = turned.iter().find_map(|(turned, meant)| Some(format!("{meant}{}", version.strip_prefix(turned)?)));
    let help = match meant {
        Some(meant) => format!("write `{}`", shortened(&meant)),
        None => "write a version as in `=1.26`, `==1.26.4`, `>=1.20,<2` or `1.26.*`".to_owned(),
    };
    SpecFault::new(format!("`{}` is not a version or a constraint on it", shortened(version)), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> VersionWithSource {
        VersionWithSource::from_str(text).unwrap()
    }

    fn range(text: &str) -> Wanted {
        Wanted::Range(VersionSpec::from_str(text, ParseStrictness::Strict).unwrap())
    }

    fn read(rest: &str) -> (Wanted, Option<String>) {
        version_and_build(rest).unwrap_or_else(|fault| panic!("{rest}: {fault:?}"))
    }

    #[test]
    fn an_equals_sign_is_exact_with_a_build_and_fuzzy_without() {
        assert_eq!(read("=1.15.4=py36_0"), (Wanted::Exact(version("1.15.4")), Some("py36_0".into())));
        assert_eq!(read("==1.15.4=py36_0"), (Wanted::Exact(version("1.15.4")), Some("py36_0".into())));
        assert_eq!(read("1.15.4 py36_0"), (Wanted::Exact(version("1.15.4")), Some("py36_0".into())));
        assert_eq!(read("=1.15.4"), (Wanted::Like(version("1.15.4")), None));
        assert_eq!(read("= 1.15.4"), (Wanted::Like(version("1.15.4")), None));
        assert_eq!(read("==1.15.4"), (Wanted::Exact(version("1.15.4")), None));
        assert_eq!(read("===1.15.4"), (Wanted::Exact(version("1.15.4")), None));
        assert_eq!(read("1.15.4\t py36_0"), (Wanted::Exact(version("1.15.4")), Some("py36_0".into())));
        assert_eq!(read("1.15.4"), (Wanted::Exact(version("1.15.4")), None));
    }

    #[test]
    fn versions_keep_the_form_they_were_written_in() {
        for text in ["3.10", "1.10", "1!164.3095", "2018.6.0.dev0+1.g50da396", "1.2_6", "2021a", "dev_r16542"] {
            let (wanted, _) = read(&format!("={text}=b"));
            assert!(matches!(&wanted, Wanted::Exact(version) if version.as_str() == text), "{wanted:?}");
        }
    }

    #[test]
    fn constraints_become_ranges() {
        for (written, meant) in [
            (">=1,<2", ">=1,<2"),
            (">= 1.0 , < 2", ">=1.0,<2"),
            ("=1.2.*", "1.2.*"),
            ("==1.2.*", "1.2.*"),
            ("1.2.*", "1.2.*"),
            ("=3.7*", "3.7.*"),
            ("=1.2|1.3", "=1.2|==1.3"),
            ("=1.2|=1.3", "=1.2|=1.3"),
            ("!=1", "!=1"),
            ("~=1.2", "~=1.2"),
            ("<=2.0.9,>0.7.0", "<=2.0.9,>0.7.0"),
        ] {
            assert_eq!(read(written), (range(meant), None), "{written}");
        }
        assert_eq!(read("~=2.1.0=*cuda120*"), (range("~=2.1.0"), Some("*cuda120*".into())));
        assert_eq!(read("=2.4.*=gpu*"), (range("2.4.*"), Some("gpu*".into())));
        assert_eq!(read(">=1.0 h1"), (range(">=1.0"), Some("h1".into())));
    }

    #[test]
    fn a_star_wants_nothing() {
        assert_eq!(read("=*"), (Wanted::Any, None));
        assert_eq!(read("*"), (Wanted::Any, None));
        assert_eq!(read("=*=openblas"), (Wanted::Any, Some("openblas".into())));
        assert_eq!(read("=1.0=*"), (Wanted::Exact(version("1.0")), None), "a build is written, even if any will do");
    }

    #[test]
    fn malformed_versions_are_refused_for_their_reason() {
        for (rest, reason) in [
            ("= = 1", "a space within the operator"),
            ("> = 1", "a space within the operator"),
            ("- papermill=2.3.4", "run together"),
            ("=1.0 - scipy", "run together"),
            ("scipy", "run together"),
            ("1.0 py_0 scipy", "run together"),
            (">=1.0 <2", "side by side"),
            ("=", "no version follows"),
            ("==", "no version follows"),
            ("=1.0=", "no version follows"),
            ("@ https://host/x.zip", "notation of pip"),
            ("=>1.0", "is not a version"),
            ("=1.0..2", "is not a version"),
            ("=^1.*$", "is not a version"),
        ] {
            let fault = version_and_build(rest).expect_err(rest);
            assert!(fault.message.contains(reason), "{rest}: {fault:?}");
        }
        assert!(version_and_build(&format!("={}", "(".repeat(50_000))).is_err());
    }
}
