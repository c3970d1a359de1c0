//! Where an export came from.
//!
//! A file that envlock wrote from an installed environment says it (`x-envlock:`). Of others, several witnesses are heard: the prefix, the subdir of micromamba's `--channel-subdir`, packages that exist on one
//! platform only, and build strings that only one platform's builds carry. The platform that most of them name wins;
//! where they are even, the one heard first. One witness can err: prefixes are edited by hand, and libcxx exists on
//! Linux.

use std::{cmp::Reverse, str::FromStr};

use rattler_conda_types::Subdir;

use crate::environment::{CAPTURED, Dependency, Environment};

use super::{Origin, Os, only_on};

/// The beginnings of a prefix that one platform alone has.
const PREFIXES: &[(&str, Os)] = &[
    ("/Users/", Os::Osx),
    ("/Applications/", Os::Osx),
    ("/opt/homebrew/", Os::Osx),
    ("/private/", Os::Osx),
    ("/home/", Os::Linux),
    ("/root/", Os::Linux),
];

/// The beginnings of a prefix that is usual on Linux, and possible on macOS. Heard last.
const WEAK_PREFIXES: &[(&str, Os)] = &[("/opt/", Os::Linux)];

/// Packages that Linux exports alone contain, besides those named `…linux-64`.
const LINUX_NAMES: &[&str] =
    &["_libgcc_mutex", "alsa-lib", "keyutils", "libcap", "libgcc-ng", "libgfortran-ng", "libnsl", "libstdcxx-ng"];

/// Run-time libraries that are usual in macOS exports, and rare elsewhere.
const OSX_NAMES: &[&str] = &["libcxx", "libcxxabi"];

/// Hashes of build strings. conda-build hashes the pinned compilers and libraries into the build string, so that the
/// same hash comes back in every package with the same pins. These are the most frequent ones that the repodata of
/// conda-forge and of Anaconda's main channel has for one platform alone.
const HASHES: &[(Os, &[&str])] = &[
    (
        Os::Linux,
        &[
            "h14c3975", "h166bdaf", "h27087fc", "h36c2ea0", "h5888daf", "h5eee18b", "h6a678d5", "h7b6447c", "h7f98852",
            "hb9d3cd8", "hd590300", "hdf63c60",
        ],
    ),
    (
        Os::Osx,
        &[
            "h01d7ebd", "h0a44026", "h0d85af4", "h1a28f6b", "h1de35cc", "h27ca646", "h3422bc3", "h5505292", "h80987f9",
            "ha441bb4", "hca03da5", "hecd8cb5",
        ],
    ),
    (
        Os::Win,
        &[
            "h2466b09", "h2bbff1b", "h5728263", "h62dcd97", "h63175ca", "h8d14728", "h8ffe710", "ha925a31", "haa95532",
            "hcfcfb64", "he774522", "hfa6e2cd",
        ],
    ),
];

/// Parts of a build string between underscores that name the platform: `12_osx64_mkl`, `win_pyh7428d3b_0`, `h1_vc14`.
const TOKENS: &[(&str, Os)] = &[
    ("linux64", Os::Linux),
    ("osx64", Os::Osx),
    ("osxarm64", Os::Osx),
    ("vc14", Os::Win),
    ("vc9", Os::Win),
    ("win", Os::Win),
    ("win64", Os::Win),
];

/// What one witness says.
struct Clue {
    os: Os,
    text: String,
}

/// Tells which operating system an environment file came from, and what gives that away.
///
/// Lines with a selector are passed over: whoever wrote them thought of several platforms.
#[must_use]
pub fn origin(environment: &Environment) -> Origin {
    if let Some(platform) = environment.captured.platform {
        return Origin { os: os_of(platform), evidence: format!("`platform: {platform}` of `{CAPTURED}:`") };
    }
    let prefix = environment.prefix.as_deref();
    let lines: Vec<&Dependency> = environment.dependencies.iter().filter(|line| line.selector.is_none()).collect();
    let clues: Vec<Clue> = [
        prefix.and_then(|prefix| by_prefix(prefix, PREFIXES)),
        prefix.and_then(by_drive),
        by_subdir(&lines),
        by_names(&lines),
        by_builds(&lines),
        prefix.and_then(|prefix| by_prefix(prefix, WEAK_PREFIXES)),
    ]
    .into_iter()
    .flatten()
    .collect();

    let witnesses = |os: Os| clues.iter().filter(|clue| clue.os == os).count();
    // The first of the smallest, so that the order above decides where the witnesses are even.
    match clues.iter().min_by_key(|clue| Reverse(witnesses(clue.os))) {
        Some(clue) => Origin { os: Some(clue.os), evidence: clue.text.clone() },
        None => Origin { os: None, evidence: String::new() },
    }
}

fn by_prefix(prefix: &str, table: &[(&str, Os)]) -> Option<Clue> {
    let (start, os) = table.iter().find(|(start, _)| prefix.starts_with(start))?;
    Some(Clue { os: *os, text: format!("the prefix {start}…") })
}

/// `C:\Users\…`, or `C:/Users/…` where a shell turned the slashes.
fn by_drive(prefix: &str) -> Option<Clue> {
    let mut start = prefix.chars();
    let (letter, colon, slash) = (start.next()?, start.next()?, start.next()?);
    (letter.is_ascii_alphabetic() && colon == ':' && matches!(slash, '\\' | '/'))
        .then(|| Clue { os: Os::Win, text: format!("the prefix {letter}:{slash}…") })
}

/// `conda-forge/osx-64::zlib=1.2.11=h1`: micromamba writes the subdir on request.
fn by_subdir(lines: &[&Dependency]) -> Option<Clue> {
    lines.iter().find_map(|line| {
        let (channel, _) = line.text.split_once("::")?;
        let (_, subdir) = channel.rsplit_once('/')?;
        let os = os_of(Subdir::from_str(subdir).ok()?)?;
        Some(Clue { os, text: format!("the subdir {subdir}") })
    })
}

fn os_of(subdir: Subdir) -> Option<Os> {
    if subdir.is_linux() {
        Some(Os::Linux)
    } else if subdir.is_osx() {
        Some(Os::Osx)
    } else if subdir.is_windows() {
        Some(Os::Win)
    } else {
        None
    }
}

fn by_names(lines: &[&Dependency]) -> Option<Clue> {
    let sign = |line: &&Dependency| {
        let name = line.spec.name.as_normalized();
        os_of_name(name).map(|os| (os, name.to_owned()))
    };
    let (os, names) = majority(lines.iter().filter_map(sign))?;
    let text = match names.as_slice() {
        [one] => format!("the package {one}"),
        [one, another, ..] => format!("the packages {one} and {another}"),
        [] => return None,
    };
    Some(Clue { os, text })
}

fn os_of_name(name: &str) -> Option<Os> {
    if LINUX_NAMES.contains(&name) || name.ends_with("linux-64") {
        return Some(Os::Linux);
    }
    if OSX_NAMES.contains(&name) {
        return Some(Os::Osx);
    }
    // A name that two platforms have doesn't say which.
    match only_on(name) {
        Some([os]) => Some(*os),
        _ => None,
    }
}

fn by_builds(lines: &[&Dependency]) -> Option<Clue> {
    let signs = lines.iter().filter_map(|line| os_of_build(line.spec.build.as_deref()?));
    let (os, signs) = majority(signs.map(|(os, sign)| (os, sign.to_owned())))?;
    Some(Clue { os, text: format!("build strings such as {}", signs.first()?) })
}

fn os_of_build(build: &str) -> Option<(Os, &'static str)> {
    let hash = HASHES.iter().find_map(|(os, hashes)| {
        let hash = hashes.iter().find(|hash| build.contains(**hash))?;
        Some((*os, *hash))
    });
    hash.or_else(|| {
        let (token, os) = TOKENS.iter().find(|(token, _)| build.split('_').any(|part| part == *token))?;
        Some((*os, *token))
    })
}

/// The platform with the most signs, and its signs in order; none where two have as many.
fn majority(signs: impl Iterator<Item = (Os, String)>) -> Option<(Os, Vec<String>)> {
    let signs: Vec<(Os, String)> = signs.collect();
    let of = |os: Os| -> Vec<String> {
        signs.iter().filter(|(sign_os, _)| *sign_os == os).map(|(_, sign)| sign.clone()).collect()
    };
    let mut sides = [Os::Linux, Os::Osx, Os::Win].map(|os| (os, of(os)));
    sides.sort_by_key(|(_, signs)| Reverse(signs.len()));
    let [first, second, _] = sides;
    (first.1.len() > second.1.len()).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::tests::environment;

    fn origin_of(prefix: Option<&str>, lines: &[&str]) -> (Option<Os>, String) {
        let mut environment = environment(lines);
        environment.prefix = prefix.map(str::to_owned);
        let origin = origin(&environment);
        (origin.os, origin.evidence)
    }

    #[test]
    fn a_prefix_names_the_platform() {
        let none: &[&str] = &[];
        assert_eq!(
            origin_of(Some("/Users/user/opt/anaconda3"), none),
            (Some(Os::Osx), "the prefix /Users/…".to_owned())
        );
        assert_eq!(origin_of(Some(r"D:\conda\envs\a"), none), (Some(Os::Win), r"the prefix D:\…".to_owned()));
        assert_eq!(origin_of(Some("/home/user/miniconda3"), none), (Some(Os::Linux), "the prefix /home/…".to_owned()));
        assert_eq!(origin_of(Some("./.conda"), none), (None, String::new()));
    }

    #[test]
    fn packages_of_one_platform_name_it() {
        let lines = ["appnope=0.1.2=py39hecd8cb5_1001", "libcxx=12.0.0=h2f01273_0", "python=3.9.7=h88f2d9e_1"];
        assert_eq!(origin_of(None, &lines), (Some(Os::Osx), "the packages appnope and libcxx".to_owned()));
        assert_eq!(origin_of(None, &["vc=14.2"]), (Some(Os::Win), "the package vc".to_owned()));
    }

    #[test]
    fn build_strings_name_the_platform() {
        let lines = ["xz=5.2.4=h1de35cc_4", "zlib=1.2.11=h1de35cc_3"];
        assert_eq!(origin_of(None, &lines), (Some(Os::Osx), "build strings such as h1de35cc".to_owned()));
        assert_eq!(origin_of(None, &["libblas=3.9.0=12_win64_mkl"]).0, Some(Os::Win));
        assert_eq!(origin_of(None, &["cffi=1.15.0=py39h2bbff1b_1"]).0, Some(Os::Win));
    }

    #[test]
    fn the_subdir_of_a_channel_names_the_platform() {
        let lines = ["conda-forge/osx-arm64::six=1.16.0=pyh6c4a22f_0"];
        assert_eq!(origin_of(None, &lines), (Some(Os::Osx), "the subdir osx-arm64".to_owned()));
    }

    #[test]
    fn two_witnesses_outweigh_an_edited_prefix() {
        let lines = ["libgcc-ng=9.3.0=h5101ec6_17", "xz=5.2.5=h7b6447c_0"];
        assert_eq!(origin_of(Some(r"C:\Anaconda3\envs\x"), &lines).0, Some(Os::Linux));
    }

    #[test]
    fn a_mac_may_have_its_conda_in_opt() {
        let lines = ["appnope=0.1.0=py36_0"];
        assert_eq!(origin_of(Some("/opt/anaconda3/envs/x"), &lines).0, Some(Os::Osx));
        assert_eq!(origin_of(Some("/opt/conda"), &["six"]).0, Some(Os::Linux));
    }

    #[test]
    fn a_name_that_two_platforms_have_says_nothing() {
        assert_eq!(origin_of(None, &["libintl=0.22.5"]), (None, String::new()));
    }

    #[test]
    fn lines_with_a_selector_say_nothing() {
        let mut environment = environment(&["pywin32", "numpy"]);
        environment.dependencies[0].selector = Some(crate::environment::Selector::Win);
        assert_eq!(origin(&environment).os, None);
    }
}
