//! A conda match spec, from the string that an export or a person wrote.
//!
//! The grammar is conda's (CEP 29, `conda/models/match_spec.py`) as exports use it. rattler's own parser expects
//! canonical specs and resolves channels against a configuration, so only its version grammar is used here.

use std::str::FromStr;

use rattler_conda_types::{PackageName, Subdir, package::CondaArchiveIdentifier};

use super::brackets::{Parts, take_apart};
use super::refinement::{KEYS, Refinement};
use super::spec_fault::SpecFault;
use super::version::{build_wanted, version_and_build, wanted};
use super::{CondaSpec, Wanted};
use crate::{
    base::credentials::channel_without_secrets,
    limits::{SPEC, WORD},
};

/// Reads a spec, and says what was read past in it.
pub(super) fn parse_spec(text: &str) -> Result<(CondaSpec, Vec<String>), SpecFault> {
    let too_long = |what: &str, most: usize| {
        SpecFault::new(
            format!("{what} is longer than {most} bytes"),
            "no package has such a name, version or build; write a range of versions as in `>=1.2,<2`",
        )
    };
    if text.len() > SPEC {
        return Err(too_long("it", SPEC));
    }
    let Parts { plain, fields, extras } = take_apart(text)?;
    let plain = plain.trim();
    let mut notes = Vec::new();
    if !extras.is_empty() {
        notes.push(format!(
            "the extras `[{0}]` were dropped: those of conda packages are written `[extras=[{0}]]`",
            extras.join(",")
        ));
    }
    let mut spec = if is_archive(plain) { archive(plain)? } else { positional(plain, &mut notes)? };
    let refining: Vec<(&str, &str)> = fields
        .iter()
        .filter(|(key, _)| KEYS.contains(&key.as_str()))
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    spec.refinement = Refinement::read(&refining)?;
    for (key, value) in fields {
        match key.as_str() {
            key if KEYS.contains(&key) => {}
            "version" => spec.version = wanted(&value.split_whitespace().collect::<String>(), false)?,
            "build" => spec.build = build_wanted(&value),
            "channel" => spec.channel = channel_name(&value),
            // They hold for one build of one platform, which is not the one that will be chosen.
            "md5" | "sha256" => {}
            _ => notes.push(format!("`[{key}={value}]` was dropped: it is not used to choose a package")),
        }
    }
    let version = match &spec.version {
        Wanted::Exact(version) | Wanted::Like(version) => version.as_str().into_owned(),
        Wanted::Any | Wanted::Range(_) => String::new(),
    };
    let words = [spec.name.as_normalized(), &version, spec.build.as_deref().unwrap_or_default()];
    let longest = ["its name", "its version", "its build"].into_iter().zip(words).find(|(_, it)| it.len() > WORD);
    if let Some((what, _)) = longest {
        return Err(too_long(what, WORD));
    }
    Ok((spec, notes))
}

/// The name of a channel: without credentials, without the subdir of the platform it was written on, and `None` for
/// conda's ways of saying that it isn't known.
pub(super) fn channel_name(written: &str) -> Option<String> {
    let clean = channel_without_secrets(written.trim());
    let clean = clean.trim_end_matches('/');
    let name = match clean.rsplit_once('/') {
        Some((channel, subdir)) if Subdir::from_str(subdir).is_ok() => channel,
        _ => clean,
    };
    (!matches!(name, "" | "*" | "<unknown>")).then(|| name.to_owned())
}

/// `channel/subdir::name version build` in all its spellings.
fn positional(plain: &str, notes: &mut Vec<String>) -> Result<CondaSpec, SpecFault> {
    if plain.starts_with("pip:") {
        return Err(SpecFault::new(
            "there is no space after `pip:`",
            "write `pip:`, and its packages on lines of their own",
        ));
    }
    let (channel, rest) = match plain.rsplit_once("::") {
        Some((channel, rest)) => (channel_name(channel), rest.trim()),
        None => (None, plain),
    };
    // conda knows `namespace:name`, but no solver does anything with it.
    let rest = match rest.split_once(':') {
        Some((namespace, name)) if !namespace.contains(is_name_end) && !name.contains(['/', '\\']) => {
            notes.push(format!(
                "the namespace `{namespace}:` was dropped; a channel is written with two colons, `{namespace}::{name}`"
            ));
            name.trim()
        }
        _ => rest,
    };
    let (name, rest) = rest.split_at(rest.find(is_name_end).unwrap_or(rest.len()));
    let name = package_name(name, plain, notes)?;
    let (version, build) = if rest.trim().is_empty() { (Wanted::Any, None) } else { version_and_build(rest)? };
    Ok(CondaSpec { name, channel, version, build, refinement: Refinement::default() })
}

fn is_name_end(c: char) -> bool {
    c.is_whitespace() || matches!(c, '=' | '<' | '>' | '!' | '~')
}

/// The package name in lower case, which is the only one that conda packages have.
fn package_name(written: &str, spec: &str, notes: &mut Vec<String>) -> Result<PackageName, SpecFault> {
    let lower = written.to_ascii_lowercase();
    match PackageName::try_from(lower.as_str()) {
        Ok(name) if !written.starts_with(['-', '.']) && !written.is_empty() => {
            if lower != written {
                notes.push(format!("`{written}` was read as `{lower}`: names of conda packages are in lower case"));
            }
            Ok(name)
        }
        _ => Err(no_package_name(written, spec)),
    }
}

/// Says what the text may have been instead of a package name.
fn no_package_name(written: &str, spec: &str) -> SpecFault {
    if written.is_empty() {
        let is_cut_off = spec.starts_with(['<', '>', '=', '!']);
        let comma = "; within `[…]` a comma begins a new item: put `'numpy>=1.20,<2'` into quotes";
        let help = format!("begin with the name, as in `numpy=1.26`{}", if is_cut_off { comma } else { "" });
        return SpecFault::new("the package name is missing", help);
    }
    if written.contains('*') || written.starts_with('^') {
        return SpecFault::new(
            format!("`{written}` is a pattern, and patterns in package names are not supported"),
            "name each package on a line of its own",
        );
    }
    let is_pip = written.starts_with(['-', '.', '/']) || written.contains(';') || spec.contains("://");
    if is_pip {
        return SpecFault::new(
            format!("`{written}` is not the name of a conda package"),
            "options, paths, URLs and environment markers are for pip: move the line into the `pip:` section",
        );
    }
    SpecFault::new(
        format!("`{written}` is not the name of a conda package"),
        "a name has letters, digits, `-`, `_` and `.`; give each package a line of its own",
    )
}

/// Whether the spec is the address of a package file.
fn is_archive(plain: &str) -> bool {
    let has_extension = [".conda", ".tar.bz2"].iter().any(|extension| plain.ends_with(extension));
    has_extension && !plain.contains("::") && !plain.contains(char::is_whitespace)
}

/// `https://host/channel/subdir/name-version-build.conda`, or a path like it.
fn archive(plain: &str) -> Result<CondaSpec, SpecFault> {
    let path = plain.replace('\\', "/").replace("%21", "!").replace("%2B", "+");
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
    let unreadable = || {
        SpecFault::new(
            format!("`{file}` is not the file name of a conda package"),
            "such a file is called `name-version-build.conda`; or write `name=version=build`",
        )
    };
    let identifier = CondaArchiveIdentifier::try_from_filename(file).ok_or_else(unreadable)?.identifier;
    let name = PackageName::try_from(identifier.name.to_ascii_lowercase()).map_err(|_| unreadable())?;
    Ok(CondaSpec {
        name,
        channel: if folder.contains("://") { channel_name(folder) } else { None },
        version: wanted(&format!("=={}", identifier.version), true)?,
        build: build_wanted(&identifier.build_string),
        refinement: Refinement::default(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rattler_conda_types::{ParseStrictness, VersionSpec, VersionWithSource};

    use super::*;

    #[test]
    fn what_is_longer_than_anything_can_be_is_refused() {
        let long = format!("1.{}", "0".repeat(300));
        let many = "1|".repeat(3000) + "1";
        for text in [format!("{long}a=1"), format!("a={long}"), format!("a==1={long}"), format!("a {many}")] {
            assert!(parse_spec(&text).unwrap_err().message.contains("is longer than"), "{text}");
        }
    }

    fn exact(version: &str) -> Wanted {
        Wanted::Exact(VersionWithSource::from_str(version).unwrap())
    }

    fn range(spec: &str) -> Wanted {
        Wanted::Range(VersionSpec::from_str(spec, ParseStrictness::Strict).unwrap())
    }

    /// Channel, name, version and build of a spec that is read without a note.
    fn read(text: &str) -> (Option<String>, String, Wanted, Option<String>) {
        let (spec, notes) = parse_spec(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        assert_eq!(notes, Vec::<String>::new(), "{text}");
        (spec.channel, spec.name.as_source().to_owned(), spec.version, spec.build)
    }

    #[test]
    fn the_forms_of_exports_are_read() {
        let numpy = |channel: Option<&str>| {
            (channel.map(str::to_owned), "numpy".to_owned(), exact("1.15.4"), Some("py36_0".into()))
        };
        assert_eq!(read("numpy=1.15.4=py36_0"), numpy(None));
        assert_eq!(read("numpy==1.15.4=py36_0"), numpy(None));
        assert_eq!(read("numpy 1.15.4 py36_0"), numpy(None));
        assert_eq!(read("conda-forge/osx-64::numpy=1.15.4=py36_0"), numpy(Some("conda-forge")));
        assert_eq!(read("pkgs/main/noarch::numpy=1.15.4=py36_0"), numpy(Some("pkgs/main")));
        assert_eq!(read("numpy=1.15.4=py36_0[md5=0123456789abcdef0123456789abcdef]"), numpy(None));
        assert_eq!(read("<unknown>::numpy=1.15.4=py36_0"), numpy(None));
        assert_eq!(read("https://host/t/tk-1/chan::numpy=1.15.4=py36_0"), numpy(Some("https://host/chan")));
        assert_eq!(read("https://me:pw@host/chan/win-64::numpy=1.15.4=py36_0"), numpy(Some("https://host/chan")));
    }

    #[test]
    fn the_forms_of_people_are_read() {
        let of = |name: &str, version| (None, name.to_owned(), version, None);
        assert_eq!(read("numpy"), of("numpy", Wanted::Any));
        assert_eq!(read("_libgcc_mutex"), of("_libgcc_mutex", Wanted::Any));
        assert_eq!(read("numpy>=1,<2"), of("numpy", range(">=1,<2")));
        assert_eq!(read("numpy >=1, <2  # why"), of("numpy", range(">=1,<2")));
        assert_eq!(read("numpy===1.2"), of("numpy", exact("1.2")));
        assert_eq!(read("numpy[version='>=1,<2']"), of("numpy", range(">=1,<2")));
        assert_eq!(read("::numpy"), of("numpy", Wanted::Any));
    }

    #[test]
    fn fields_in_brackets_are_taken_or_dropped_with_a_note() {
        assert_eq!(
            read("pytorch[version='>=2,<3',build=cuda*,channel=pytorch]"),
            (Some("pytorch".into()), "pytorch".to_owned(), range(">=2,<3"), Some("cuda*".into()))
        );
        let (_, notes) = parse_spec("a=1[subdir=osx-64,url=https://h/a-1-0.conda,sha256=ab]").unwrap();
        assert_eq!(
            notes,
            [
                "`[subdir=osx-64]` was dropped: it is not used to choose a package",
                "`[url=https://h/a-1-0.conda]` was dropped: it is not used to choose a package",
            ]
        );
    }

    #[test]
    fn extras_upper_case_and_namespaces_go_with_a_note() {
        for (text, name, note) in [
            ("coverage[toml]>=6", "coverage", "`[toml]`"),
            ("ecCodes", "eccodes", "`ecCodes` was read as `eccodes`"),
            ("gurobi:gurobi", "gurobi", "`gurobi::gurobi`"),
        ] {
            let (spec, notes) = parse_spec(text).unwrap();
            assert_eq!(spec.name.as_source(), name);
            assert_eq!(notes.len(), 1, "{notes:?}");
            assert!(notes[0].contains(note), "{notes:?}");
        }
    }

    #[test]
    fn archives_name_everything() {
        let numpy = |channel: Option<&str>| {
            (channel.map(str::to_owned), "numpy".to_owned(), exact("1.15.4"), Some("py36_0".into()))
        };
        assert_eq!(
            read("https://conda.anaconda.org/t/tk-1/me/osx-64/numpy-1.15.4-py36_0.tar.bz2#0123"),
            numpy(Some("https://conda.anaconda.org/me"))
        );
        assert_eq!(read("https://host/chan/linux-64/numpy-1.15.4-py36_0.conda"), numpy(Some("https://host/chan")));
        assert_eq!(read("C:\\pkgs\\numpy-1.15.4-py36_0.conda"), numpy(None));
        assert_eq!(read("https://h/c/osx-64/x264-1%21157-h1.conda").2, exact("1!157"));
        assert!(parse_spec("https://host/chan/linux-64/numpy.conda").is_err());
    }

    #[test]
    fn what_is_no_spec_is_refused_for_its_reason() {
        for (text, reason) in [
            ("", "name is missing"),
            ("=1.2", "name is missing"),
            ("conda-forge::", "name is missing"),
            ("numpy*", "pattern"),
            ("^py.*$", "pattern"),
            ("*", "pattern"),
            ("-e .", "not the name of a conda package"),
            ("git+https://host/a.git", "not the name of a conda package"),
            ("numpy,scipy", "not the name of a conda package"),
            ("a; python_version<'3'", "not the name of a conda package"),
            ("pip:numpy", "no space after `pip:`"),
            ("pip - papermill=2.3.4", "run together"),
            ("numpy[version=1", "brackets"),
        ] {
            let fault = parse_spec(text).expect_err(text);
            assert!(fault.message.contains(reason), "{text}: {fault:?}");
            assert!(!fault.help.is_empty());
        }
    }

    #[test]
    fn what_was_meant_is_proposed() {
        for (text, help) in [
            ("numpy=>1.20", "write `>=1.20`"),
            ("numpy =<2", "write `<=2`"),
            // The second half of `[numpy>=1.20,<2]`.
            ("<2", "within `[…]` a comma begins a new item"),
        ] {
            let fault = parse_spec(text).expect_err(text);
            assert!(fault.help.contains(help), "{text}: {fault:?}");
        }
        assert!(!parse_spec("").unwrap_err().help.contains("comma"));
    }

    proptest! {
        #[test]
        fn an_exported_spec_comes_back_in_its_parts(
            name in "[a-z_][a-z0-9_-]{0,12}[a-z0-9]",
            version in "([1-9]!)?[0-9]{1,4}(\\.[0-9]{1,3}){0,3}((a|rc|\\.post)[0-9])?",
            build in "[a-z0-9][a-z0-9_.]{0,12}",
            equals in "==?",
        ) {
            let (spec, notes) = parse_spec(&format!("{name}{equals}{version}={build}")).unwrap();
            prop_assert_eq!(spec.name.as_source(), name);
            prop_assert_eq!(spec.build, Some(build));
            prop_assert!(matches!(spec.version, Wanted::Exact(found) if found.as_str() == version));
            prop_assert!(notes.is_empty());
        }

        #[test]
        fn any_text_is_a_spec_or_refused(text in r##"([a-z0-9.=<>!~|,*()\[\]'"#:/\\ é-]|::|==|://|\.conda){0,40}"##) {
            if let Ok((spec, _)) = parse_spec(&text) {
                prop_assert!(!spec.name.as_source().is_empty());
            }
        }
    }
}
