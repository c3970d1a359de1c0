//! Plumbing: packages that come with others and that nobody asks for by name.

/// Run-time libraries, certificates and mutexes that stand at the bottom of nearly every environment.
///
/// They are what python, R and the compilers' run-time libraries require on the three platforms. Packages that people
/// do ask for (sqlite, curl, setuptools) are left out on purpose, even though most environments have them.
const NAMES: &[&str] = &[
    "_libgcc_mutex",
    "_openmp_mutex",
    "bzip2",
    "ca-certificates",
    "expat",
    "intel-openmp",
    "ld_impl_linux-64",
    "libcxx",
    "libcxxabi",
    "libedit",
    "libexpat",
    "libffi",
    "libgcc",
    "libgcc-ng",
    "libgfortran",
    "libgfortran-ng",
    "libgfortran3",
    "libgfortran4",
    "libgfortran5",
    "libgomp",
    "libiconv",
    "liblzma",
    "libsqlite",
    "libstdcxx",
    "libstdcxx-ng",
    "libzlib",
    "llvm-openmp",
    "ncurses",
    "openssl",
    "python_abi",
    "readline",
    "tk",
    "ucrt",
    "vc",
    "vc14_runtime",
    "vs2015_runtime",
    "xz",
    "zlib",
];

/// Whether a package comes with others only.
pub(crate) fn is_plumbing(name: &str) -> bool {
    NAMES.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_sorted_for_the_search() {
        assert!(NAMES.is_sorted());
    }

    #[test]
    fn run_time_libraries_are_plumbing_and_tools_are_not() {
        assert!(is_plumbing("libcxx"));
        assert!(!is_plumbing("sqlite"));
    }
}
