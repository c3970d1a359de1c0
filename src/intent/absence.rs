//! Names that linux-64 has not, and why: built for another platform, renamed, or Anaconda's alone.
//!
//! The tables serve two ends: an honest reason in the report, and not to mistake a package of another platform for one
//! that is merely missing. They were made from the packages' recipes and compared with the repodata of conda-forge and
//! of Anaconda's main channel; a name is listed only where every build of it agrees. They needn't be complete: a name
//! that isn't listed and has no record is simply reported as missing.

use rattler_conda_types::Version;

use super::Os;

/// Built for macOS only. noarch packages among them (appnope) require `__osx`.
const OSX: &[&str] = &[
    "applaunchservices",
    "appnope",
    "appscript",
    "cctools",
    "ld64",
    "llvm-lto-tapi",
    "mitmproxy-macos",
    "ocl_icd_wrapper_apple",
    "python.app",
    "sigtool",
    "tapi",
];

/// Built for Windows only. noarch packages among them (`win_inet_pton`, wincertstore) require `__win`.
const WIN: &[&str] = &[
    "ansicon",
    "comtypes",
    "console_shortcut",
    "dlfcn-win32",
    "getopt-win32",
    "icc_rt",
    "libpython",
    "libwinpthread",
    "msmpi",
    "nsis",
    "pthreads-win32",
    "pyreadline",
    "pyreadline3",
    "pywin32",
    "pywin32-ctypes",
    "pywinpty",
    "rcedit",
    "symlink-exe-runtime",
    "ucrt",
    "vc",
    "vc14_runtime",
    "vcomp14",
    "vs2008_runtime",
    "vs2010_runtime",
    "vs2013_runtime",
    "vs2015_runtime",
    "win_inet_pton",
    "win_unicode_console",
    "wincertstore",
    "windows-curses",
    "winpty",
];

/// Built for macOS and Windows, where the C library lacks what it has on Linux.
const OSX_AND_WIN: &[&str] = &["libintl", "libintl-devel"];

/// Run-time libraries that each platform has of its own, and that bear a name which on Linux is another thing's or that of
/// something long gone: with the platform, the major versions for which that is so (all, where none are named), and what
/// Linux has instead. With others, the version is that of the compilers, which is the same everywhere.
const RUNTIMES: &[(&str, Os, &[u64], &[&str])] = &[
    ("libcxx", Os::Osx, &[], &["libstdcxx-ng", "libstdcxx"]),
    ("libcxx-devel", Os::Osx, &[], &["libstdcxx-devel_linux-64"]),
    ("libcxxabi", Os::Osx, &[], &["libstdcxx-ng", "libstdcxx"]),
    ("libgcc", Os::Osx, &[4, 5], &["libgcc-ng", "libgcc"]),
    ("libgfortran", Os::Osx, &[1, 4, 5], &["libgfortran-ng", "libgfortran5"]),
    ("openmp", Os::Osx, &[], &["llvm-openmp", "libgomp"]),
    ("openmp", Os::Win, &[], &["llvm-openmp", "libgomp"]),
];

/// The same package under the name that conda-forge gives it today.
const RENAMED: &[(&str, &str)] = &[
    ("atk", "atk-1.0"),
    ("ipython-notebook", "notebook"),
    ("keras-base", "keras"),
    ("ninja-base", "ninja"),
    ("path.py", "path"),
    ("proj4", "proj"),
    ("tensorflow-eigen", "tensorflow"),
    ("tensorflow-mkl", "tensorflow"),
];

/// On Anaconda's own channels only.
const DEFAULTS_ONLY: &[&str] = &[
    "_anaconda_depends",
    "_ipyw_jlab_nb_ext_conf",
    "_license",
    "_nb_ext_conf",
    "_pytorch_select",
    "_tflow_180_select",
    "_tflow_190_select",
    "_tflow_1100_select",
    "_tflow_select",
    "anaconda",
    "anaconda-catalogs",
    "anaconda-navigator",
    "anaconda-toolbox",
    "console_shortcut",
    "libmklml",
    "mro-base",
    "navigator-updater",
    "numpy-base",
];

/// The platforms that a name is made for, where linux-64 isn't one of them.
///
/// Besides packages that are built there only, these are the compilers *for* a platform (`clang_osx-64`,
/// `vs2019_win-64`): some can be had on linux-64, to build for that other platform, which is not what an export means.
#[must_use]
pub fn only_on(name: &str) -> Option<&'static [Os]> {
    const ENDINGS_OSX: [&str; 2] = ["_osx-64", "_osx-arm64"];
    const ENDINGS_WIN: [&str; 3] = ["_win-64", "_win-32", "_win-arm64"];
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| name.starts_with(beginning));

    if OSX.contains(&name) || begins(&["pyobjc-"]) || ends(&ENDINGS_OSX) {
        Some(&[Os::Osx])
    } else if WIN.contains(&name) || begins(&["m2-", "m2w64-", "msys2-"]) || ends(&ENDINGS_WIN) {
        Some(&[Os::Win])
    } else if OSX_AND_WIN.contains(&name) {
        Some(&[Os::Osx, Os::Win])
    } else {
        None
    }
}

/// What Linux has instead of a run-time library of another platform, which has its own of that name.
#[must_use]
pub(super) fn counterparts(name: &str, os: Os, version: Option<&Version>) -> Option<&'static [&'static str]> {
    let major = version.and_then(Version::as_major_minor).map(|(major, _)| major);
    let is_it = |(runtime, of, majors, _): &&(&str, Os, &[u64], &[&str])| {
        *runtime == name && *of == os && (majors.is_empty() || major.is_none_or(|major| majors.contains(&major)))
    };
    RUNTIMES.iter().find(is_it).map(|(_, _, _, instead)| *instead)
}

/// Whether a package is a part of the compilers that a Mac builds for itself with, besides those that bear its name.
#[must_use]
pub(crate) fn is_of_apples_compilers(name: &str) -> bool {
    const NAMES: [&str; 5] = ["clang", "clangxx", "compiler-rt", "llvm", "llvm-tools"];
    let numbered = |beginning: &str| {
        name.strip_prefix(beginning).is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|it| it.is_ascii_digit()))
    };
    NAMES.contains(&name)
        || numbered("libllvm")
        || numbered("clang-")
        || numbered("llvm-tools-")
        || numbered("libclang-cpp")
}

/// The name that a package goes by on conda-forge, where that is another one.
#[must_use]
pub fn renamed(name: &str) -> Option<&'static str> {
    RENAMED.iter().find(|(old, _)| *old == name).map(|(_, new)| *new)
}

/// Whether a package exists on Anaconda's own channels only.
///
/// Nothing is lost with most of them: numpy-base is a part of numpy elsewhere, the `_select` packages choose variants.
#[must_use]
pub fn defaults_only(name: &str) -> bool {
    DEFAULTS_ONLY.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_told_by_name() {
        assert_eq!(only_on("appnope"), Some(&[Os::Osx][..]));
        assert_eq!(only_on("pyobjc-framework-cocoa"), Some(&[Os::Osx][..]));
        assert_eq!(only_on("clang_osx-arm64"), Some(&[Os::Osx][..]));
        assert_eq!(only_on("pywin32"), Some(&[Os::Win][..]));
        assert_eq!(only_on("m2w64-gcc-libs"), Some(&[Os::Win][..]));
        assert_eq!(only_on("vs2019_win-64"), Some(&[Os::Win][..]));
        assert_eq!(only_on("libintl"), Some(&[Os::Osx, Os::Win][..]));
    }

    #[test]
    fn what_linux_has_is_not_called_foreign() {
        for name in ["libcxx", "colorama", "menuinst", "gnureadline", "gcc_linux-64", "compiler-rt", "m2crypto"] {
            assert_eq!(only_on(name), None, "{name}");
        }
    }

    #[test]
    fn a_runtime_of_a_mac_has_a_counterpart_unless_the_compilers_number_it() {
        let on = |name: &str, os: Os, version: &str| counterparts(name, os, Some(&version.parse().unwrap()));
        assert_eq!(on("libgfortran", Os::Osx, "5.0.0"), Some(&["libgfortran-ng", "libgfortran5"][..]));
        assert_eq!(on("libgfortran", Os::Osx, "15.2.0"), None);
        assert_eq!(on("libgfortran", Os::Osx, "3.0.0"), None, "Linux had the same");
        assert_eq!(on("libgfortran", Os::Win, "5.0.0"), None);
        assert!(on("libcxx", Os::Osx, "16.0.6").is_some());
    }

    #[test]
    fn apples_compilers_are_known_by_their_names() {
        for name in ["clang", "libllvm14", "clang-16", "libclang-cpp15", "compiler-rt"] {
            assert!(is_of_apples_compilers(name), "{name}");
        }
        for name in ["clang-format", "libclang", "llvmlite", "llvm-openmp", "libllvm"] {
            assert!(!is_of_apples_compilers(name), "{name}");
        }
    }

    #[test]
    fn no_new_name_is_itself_absent() {
        for (old, new) in RENAMED {
            assert_eq!(renamed(old), Some(*new));
            assert!(renamed(new).is_none() && only_on(new).is_none() && !defaults_only(new), "{new}");
        }
        assert_eq!(renamed("numpy"), None);
    }

    #[test]
    fn anacondas_own_packages_are_known() {
        assert!(defaults_only("anaconda-navigator"));
        assert!(!defaults_only("anaconda-client"));
    }
}
