//! What people use of an export: roots, and what they import.

use crate::intent::is_plumbing;

/// What a package needs that brings modules of a language.
const LANGUAGES: &[&str] = &[
    "cpython",
    "julia",
    "lua",
    "nodejs",
    "octave",
    "perl",
    "php",
    "pypy",
    "python",
    "python-gil",
    "python_abi",
    "r-base",
    "ruby",
];

/// What installs modules: listed, it is used, whatever it needs.
const INSTALLERS: &[&str] = &["pip", "setuptools", "wheel"];

/// Whether people use a package, other than as a root: it brings modules of a language, or installs them. `depends` are
/// the names of what it needs.
pub(crate) fn is_used<'a>(name: &str, depends: impl IntoIterator<Item = &'a str>) -> bool {
    let brings_modules = || depends.into_iter().any(|name| LANGUAGES.binary_search(&name).is_ok());
    !is_plumbing(name) && (INSTALLERS.contains(&name) || brings_modules())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_languages_are_sorted_for_the_search() {
        assert!(LANGUAGES.is_sorted());
    }

    #[test]
    fn what_needs_a_language_is_used_and_a_library_is_not() {
        assert!(is_used("numpy", ["libblas", "python", "python_abi"]));
        assert!(is_used("r-ggplot2", ["r-base"]));
        assert!(is_used("pip", []));
        assert!(!is_used("libgdal", ["libcurl", "openssl"]));
        assert!(!is_used("python_abi", ["python"]));
    }
}
