//! Match specs, parsed once each.

use std::borrow::Cow;

use rattler_conda_types::{
    GenericVirtualPackage, MatchSpec, MatchSpecCondition, NamelessMatchSpec, PackageNameMatcher, ParseStrictness,
    StringMatcher, Version, VersionSpec,
};

use crate::{
    base::match_spec,
    solve::ids::{CandidateId, NameId},
};

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

/// A dependency, or a constraint.
#[derive(Debug)]
pub(in crate::solve) struct Dependency<'t> {
    /// The package, normalised.
    pub name: Cow<'t, str>,
    /// What it asks for of that.
    pub asks: Asks,
    /// When it counts, if not in any case.
    pub when: Option<Box<MatchSpecCondition>>,
    /// The extras of the package that are asked for.
    pub extras: Vec<String>,
}

/// Reads a dependency as channels write it.
///
/// # Errors
///
/// Why it can't be taken into account.
pub(in crate::solve) fn read(text: &str) -> Result<Dependency<'_>, String> {
    match plain(text) {
        Some((name, asks)) => Ok(Dependency { name, asks, when: None, extras: Vec::new() }),
        None => full(text),
    }
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
fn full(text: &str) -> Result<Dependency<'_>, String> {
    let mut spec = match_spec::of_record(text).map_err(|error| error.to_string())?;
    let (when, extras) = (spec.condition.take().map(Box::new), spec.extras.take().unwrap_or_default());
    let (name, asks) = taken_apart(spec)?;
    Ok(Dependency { name: Cow::Owned(name), asks, when, extras })
}

/// The package of a match spec without a condition, and what it asks for of that.
///
/// # Errors
///
/// Why it can't be taken into account.
pub(super) fn taken_apart(spec: MatchSpec) -> Result<(String, Asks), String> {
    let (PackageNameMatcher::Exact(name), mut rest) = spec.into_nameless() else {
        return Err("it names no package".to_owned());
    };
    let name = name.as_normalized().to_owned();
    let (version, build) = (rest.version.take(), rest.build.take());
    // What a channel calls itself says nothing about what goes together.
    rest.channel = None;
    rest.subdir = None;
    rest.extras = None;
    let more = (rest != NamelessMatchSpec::default()).then(|| Box::new(rest));
    Ok((name, Asks { version, build, more }))
}

impl Asks {
    /// Whether a virtual package is what it asks for.
    pub(in crate::solve) fn accepts(&self, package: &GenericVirtualPackage) -> bool {
        self.accepts_version(&package.version) && self.accepts_build(package.build_string.as_str())
    }

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
        let (short, long) = (plain(text)?, full(text).unwrap());
        assert!(long.when.is_none() && long.extras.is_empty(), "{text}");
        Some([(short.0.into_owned(), short.1), (long.name.into_owned(), long.asks)])
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

    #[test]
    fn conditions_and_extras_are_read() {
        let read = read(r#"Lib[version=">=1",extras=[a,b],flags=[cuda:*],when="python <3.12 and (__linux or __osx)"]"#);
        let read = read.unwrap();
        assert_eq!((&*read.name, read.extras), ("lib", vec!["a".to_owned(), "b".to_owned()]));
        assert!(matches!(*read.when.unwrap(), MatchSpecCondition::And(..)));
        assert_eq!(read.asks.more.unwrap().flags.unwrap().len(), 1);
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
