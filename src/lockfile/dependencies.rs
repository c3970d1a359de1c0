//! The dependencies of a record as the lock wants them: one constraint per name.

use std::collections::BTreeMap;

use rattler_conda_types::PackageNameMatcher;

use crate::base::match_spec;

/// The constraints on one name, before they are joined.
#[derive(Default)]
struct Constraint {
    versions: Vec<String>,
    build: Option<String>,
}

/// Turns `depends` of a record into a map from name to constraint, `version` or `version build` as written there, `*`
/// where there is none.
///
/// Several constraints on a name are joined by commas, in the order of the record; of their builds the last is kept.
/// A dependency that holds under a condition only is left out: whether it holds is settled by the solution, and the
/// map can't say it. Extras are left out, too.
///
/// micromamba writes these values into `conda-meta`, so they keep the record's own words.
pub(super) fn dependencies<'a>(depends: impl IntoIterator<Item = &'a String>) -> BTreeMap<String, String> {
    let mut constraints: BTreeMap<String, Constraint> = BTreeMap::new();
    for text in depends {
        let Some((name, version, build)) = split(text) else { continue };
        let constraint = constraints.entry(name).or_default();
        if version != "*" && !constraint.versions.contains(&version) {
            constraint.versions.push(version);
        }
        constraint.build = build.or(constraint.build.take());
    }
    constraints.into_iter().map(|(name, constraint)| (name, constraint.join())).collect()
}

impl Constraint {
    fn join(self) -> String {
        let version = match self.versions.as_slice() {
            [] => "*".to_owned(),
            [only] => only.clone(),
            // A comma binds closer than a bar.
            several => several
                .iter()
                .map(|version| if version.contains('|') { format!("({version})") } else { version.clone() })
                .collect::<Vec<_>>()
                .join(","),
        };
        match self.build {
            Some(build) => format!("{version} {build}"),
            None => version,
        }
    }
}

/// Name, version and build of a dependency; `None` where it is conditional or has no name.
fn split(text: &str) -> Option<(String, String, Option<String>)> {
    if text.contains(['[', ';']) {
        return split_bracketed(text);
    }
    let mut words = text.split_whitespace();
    let name = words.next()?.to_owned();
    let rest: Vec<&str> = words.collect();
    Some(match rest.as_slice() {
        [] => (name, "*".to_owned(), None),
        [version] => (name, (*version).to_owned(), None),
        [version, build] if !joins(version, build) => (name, (*version).to_owned(), Some((*build).to_owned())),
        // `>= 1.2`, or `>=1.2, <2`: blanks inside a version.
        parts => (name, parts.concat(), None),
    })
}

/// Whether two words are one version that was written with a blank in it.
fn joins(left: &str, right: &str) -> bool {
    left.ends_with([',', '|', '<', '>', '=', '!', '~']) || right.starts_with([',', '|', '<', '>', '=', '!', '~'])
}

/// The same for the newer forms: `name[version=…]`, `name[extras=[…]]`, `name; if python <3.8`.
fn split_bracketed(text: &str) -> Option<(String, String, Option<String>)> {
    let spec = match_spec::of_record(text).ok()?;
    let (PackageNameMatcher::Exact(name), None) = (&spec.name, &spec.condition) else { return None };
    let version = spec.version.map_or_else(|| "*".to_owned(), |version| version.to_string());
    Some((name.as_normalized().to_owned(), version, spec.build.map(|build| build.to_string())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(depends: &[&str]) -> Vec<String> {
        let depends: Vec<String> = depends.iter().map(|text| (*text).to_owned()).collect();
        dependencies(&depends).into_iter().map(|(name, constraint)| format!("{name}: {constraint}")).collect()
    }

    #[test]
    fn a_constraint_keeps_the_words_of_the_record() {
        assert_eq!(of(&["python"]), ["python: *"]);
        assert_eq!(of(&["numpy 1.11.*"]), ["numpy: 1.11.*"]);
        assert_eq!(of(&["libzlib 1.3.1 hb9d3cd8_2"]), ["libzlib: 1.3.1 hb9d3cd8_2"]);
        assert_eq!(of(&["blas * openblas"]), ["blas: * openblas"]);
        assert_eq!(of(&["__glibc >=2.17,<3.0.a0"]), ["__glibc: >=2.17,<3.0.a0"]);
        assert_eq!(of(&["numpy  >= 1.11, <2"]), ["numpy: >=1.11,<2"]);
    }

    #[test]
    fn constraints_on_one_name_are_joined() {
        assert_eq!(of(&["python", "python >=3.10"]), ["python: >=3.10"]);
        assert_eq!(of(&["libgcc >=14", "libgcc >=14"]), ["libgcc: >=14"]);
        assert_eq!(of(&["libabseil * cxx17*", "libabseil >=2024,<2025.0a0"]), ["libabseil: >=2024,<2025.0a0 cxx17*"]);
        assert_eq!(of(&["numpy <2.6", "numpy >=1.23,<3"]), ["numpy: <2.6,>=1.23,<3"]);
        assert_eq!(of(&["a 1|2", "a >1"]), ["a: (1|2),>1"]);
    }

    #[test]
    fn conditions_and_extras_are_left_out() {
        assert_eq!(of(&["a >=1; if python <3.8"]), Vec::<String>::new());
        assert_eq!(of(&["a[extras=[x], version='>=1']"]), ["a: >=1"]);
        assert_eq!(of(&["a[version='>=1', build='h*']"]), ["a: >=1 h*"]);
        assert_eq!(of(&["a[when='python <3.8']"]), Vec::<String>::new());
        assert_eq!(of(&["", "  "]), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn no_dependency_makes_it_panic(depends in proptest::collection::vec("[a-z =<>|,;*\\[\\]'0-9]{0,20}", 0..4)) {
            for (name, constraint) in dependencies(&depends) {
                prop_assert!(!name.is_empty() && !constraint.is_empty());
            }
        }
    }
}
