//! Match specs, parsed once each.

use std::borrow::Cow;

use rattler_conda_types::{
    MatchSpec, NamelessMatchSpec, PackageNameMatcher, ParseMatchSpecOptions, ParseStrictness, StringMatcher, Version,
    VersionSpec,
};

use crate::solve::ids::{CandidateId, NameId};

/// A match spec on one package.
#[derive(Debug)]
pub(in crate::solve) struct Spec<'r> {
    /// The package.
    pub name: NameId,
    /// The spec as it is written, with the name.
    pub text: Cow<'r, str>,
    /// What it asks for.
    pub asks: Asks,
    /// The candidates that match, the preferred first.
    pub matches: Vec<CandidateId>,
}

/// What a spec asks of a record, apart from its name.
#[derive(Debug, Default)]
pub(in crate::solve) struct Asks {
    /// Of its version.
    pub version: Option<VersionSpec>,
    /// Of its build string.
    pub build: Option<StringMatcher>,
    /// Anything else, which hardly any spec in a channel does.
    pub more: Option<Box<NamelessMatchSpec>>,
}

/// Reads a dependency as channels write it: the normalised name, and what it asks for.
///
/// # Errors
///
/// Why it can't be taken into account.
pub(in crate::solve) fn read(text: &str) -> Result<(Cow<'_, str>, Asks), String> {
    plain(text).map_or_else(|| full(text), Ok)
}

/// The usual forms `name`, `name version` and `name version build`, without the detour over all that a match spec can
/// be. `None` where the text may mean more than that.
fn plain(text: &str) -> Option<(Cow<'_, str>, Asks)> {
    let mut words = text.split_ascii_whitespace();
    let name = words.next()?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.".contains(&byte));
    if !is_name {
        return None;
    }
    let is_plain = |word: &str| !word.contains(['[', '#', ';', ':', '/', '(']);
    let (version, build) = (words.next(), words.next());
    if words.next().is_some() {
        return None;
    }
    let version = match version {
        None | Some("*") => None,
        Some(word) => {
            let is_constraint = word.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '>' | '<'));
            // Within a constraint `=` follows another operator; elsewhere it would separate a build.
            let has_build = word.as_bytes().windows(2).any(|pair| pair[1] == b'=' && !b"<>!~".contains(&pair[0]));
            if !is_constraint || !is_plain(word) || has_build || word.ends_with([',', '|', '<', '>', '=']) {
                return None;
            }
            Some(VersionSpec::from_str(word, ParseStrictness::Lenient).ok()?)
        }
    };
    let build = match build {
        None => None,
        Some(word) => {
            let is_build = word.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '*' | '_'));
            if !is_build || !is_plain(word) {
                return None;
            }
            Some(word.parse().ok()?)
        }
    };
    Some((Cow::Borrowed(name), Asks { version, build, more: None }))
}

/// Any match spec.
fn full(text: &str) -> Result<(Cow<'_, str>, Asks), String> {
    let spec = MatchSpec::from_str(text, ParseMatchSpecOptions::lenient()).map_err(|error| error.to_string())?;
    let (PackageNameMatcher::Exact(name), mut rest) = spec.into_nameless() else {
        return Err("it names no package".to_owned());
    };
    if rest.condition.is_some() || rest.extras.as_ref().is_some_and(|extras| !extras.is_empty()) {
        return Err("conditions and extras aren't supported".to_owned());
    }
    let name = name.as_normalized().to_owned();
    let (version, build) = (rest.version.take(), rest.build.take());
    // What a channel calls itself says nothing about what goes together.
    rest.channel = None;
    rest.subdir = None;
    let more = (rest != NamelessMatchSpec::default()).then(|| Box::new(rest));
    Ok((Cow::Owned(name), Asks { version, build, more }))
}

impl Asks {
    /// Whether a version is one that it asks for.
    pub(in crate::solve) fn accepts_version(&self, version: &Version) -> bool {
        self.version.as_ref().is_none_or(|spec| spec.matches(version))
    }

    /// Whether a build string is one that it asks for.
    pub(in crate::solve) fn accepts_build(&self, build: &str) -> bool {
        self.build.as_ref().is_none_or(|matcher| matcher.matches(build))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Both ways of reading a text, where the short one takes it on.
    fn both(text: &str) -> Option<[(String, Asks); 2]> {
        let owned = |(name, asks): (Cow<str>, Asks)| (name.into_owned(), asks);
        Some([owned(plain(text)?), owned(full(text).unwrap())])
    }

    fn assert_same(text: &str, [short, long]: &[(String, Asks); 2]) {
        assert_eq!(short.0, long.0, "{text}");
        // That any version will do is told in two ways.
        let version = |asks: &Asks| asks.version.clone().filter(|version| *version != VersionSpec::Any);
        assert_eq!(version(&short.1), version(&long.1), "{text}");
        assert_eq!(short.1.build, long.1.build, "{text}");
        assert!(long.1.more.is_none(), "{text}");
    }

    #[test]
    fn the_usual_forms_are_read_the_short_way() {
        for text in [
            "numpy",
            "numpy *",
            "python >=3.6,<3.7.0a0",
            "openssl >=1.1.1a,<1.1.2a",
            "blas 1.1 openblas",
            "blas * openblas*",
            "python 3.6|3.7",
            "libgcc-ng >=7.3.0,!=7.4",
            "python 3.6.*",
            "_libgcc_mutex 0.1 conda_forge",
            "zlib >=1.2.11,<1.3.0a0 h*_3",
        ] {
            assert_same(text, &both(text).unwrap_or_else(|| panic!("{text}")));
        }
    }

    #[test]
    fn what_may_mean_more_is_left_to_the_long_way() {
        for text in
            ["numpy=1.15", "numpy[version='>=1.15']", "conda-forge::numpy", "numpy >=1.15 py36_0 x", "Numpy >=1"]
        {
            assert!(plain(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_short_way_reads_what_the_long_way_reads(
            name in "[a-z_][a-z0-9_.-]{0,6}",
            version in prop::option::of("(\\\\*|(([<>]=?|==|!=|~=|=)?[0-9]{1,2}(\\\\.[0-9a-z]{1,2}){0,2}(\\\\.?\\\\*)?[,|]?){1,3})"),
            build in prop::option::of("[*_a-z0-9]{1,6}"),
        ) {
            let text = [Some(name), version.clone(), build.filter(|_| version.is_some())].into_iter().flatten().collect::<Vec<_>>().join(" ");
            if plain(&text).is_some() {
                prop_assert!(full(&text).is_ok(), "only the short way reads {}", text);
            }
            if let Some(both) = both(&text) {
                assert_same(&text, &both);
            }
        }
    }
}
