//! Whether a lock agrees with itself.

use std::collections::{BTreeMap, BTreeSet};

use pep440_rs::{Operator, VersionSpecifier, VersionSpecifiers};
use pep508_rs::{Requirement, VerbatimUrl, VersionOrUrl};
use rattler_conda_types::{ParseStrictness, Version, VersionSpec};

use super::{Finding, Mend};
use crate::{
    environment::without_secrets,
    lockfile::{LockError, Lockfile, Manager, Package, Requested, without_channel},
};

/// Names what doesn't agree in a lock: with the hashes that it keeps, and with what it was made from. `text` is what it
/// was read from.
///
/// # Errors
///
/// Where the lock doesn't say what it was made from.
pub fn lock_flaws(file: &str, lock: &Lockfile, text: &str) -> Result<Vec<Finding>, LockError> {
    let edited = lock.edited(text)?;
    let mut messages: Vec<String> = edited.iter().map(|what| format!("{what} edited by hand, or merged")).collect();
    // Where the list was edited, that is what is wrong.
    if messages.is_empty() {
        messages = unsatisfied(lock)?;
    }
    let bare = lock.bare_secrets().into_iter();
    messages.extend(bare.map(|name| format!("the value of {name} stands in it, which looks like a secret")));
    let finding = |message| Finding { file: file.to_owned(), line: None, message, mend: Mend::Convert };
    Ok(messages.into_iter().map(finding).collect())
}

/// The pins of the input that the packages don't satisfy, and that no outcome names.
fn unsatisfied(lock: &Lockfile) -> Result<Vec<String>, LockError> {
    let input = lock.input()?;
    let conda: BTreeMap<&str, &Package> = lock.conda_packages().map(|it| (it.name.normalized(), it)).collect();
    let pip: BTreeMap<&str, &Package> = lock.pip_packages().map(|it| (it.name.normalized(), it)).collect();
    let outcomes = lock.outcomes();
    // An outcome of conda is that of a name, one of pip that of a line.
    let conda_explained: BTreeSet<&str> =
        outcomes.iter().filter(|it| it.manager == Manager::Conda).map(|it| it.name.as_str()).collect();
    let pip_explained: BTreeSet<&str> =
        outcomes.iter().filter(|it| it.manager == Manager::Pip).map(|it| it.asked.as_str()).collect();
    let mut messages = Vec::new();
    for asked in input.requests_of(Manager::Conda) {
        let found = conda.get(asked.name());
        if !found.is_some_and(|package| satisfies(package, asked)) && !conda_explained.contains(asked.name()) {
            messages.push(complaint(asked, found));
        }
    }
    for asked in input.requests_of(Manager::Pip) {
        let Some(versions) = versions(asked.text()) else { continue };
        let found = pip.get(asked.name());
        let is_there =
            found.and_then(|package| package.version.pip()).is_some_and(|version| versions.contains(version));
        if !is_there && !pip_explained.contains(asked.text()) && !conda.contains_key(asked.name()) {
            messages.push(complaint(asked, found));
        }
    }
    Ok(messages)
}

fn complaint(asked: &Requested, found: Option<&&Package>) -> String {
    let has = found.map_or_else(|| "doesn't have it".to_owned(), |package| format!("has {}", package.version));
    format!("{} is asked for, and the lock {has}", without_secrets(asked.text()))
}

fn satisfies(package: &Package, asked: &Requested) -> bool {
    let mut words = without_channel(asked.text()).split(' ').skip(1);
    let Some(spec) = words.next() else { return true };
    let Some(version) = package.version.conda() else { return false };
    // A range may begin like one version: `==1.2|==1.3`.
    match spec.strip_prefix("==").and_then(|exact| exact.parse::<Version>().ok()) {
        Some(exact) => exact == *version,
        // What can't be read doesn't tell.
        None => VersionSpec::from_str(spec, ParseStrictness::Lenient).map_or(true, |spec| spec.matches(version)),
    }
}

/// The one version that a pip line asks for, wherever it is installed. What can't be read doesn't tell, nor does a line
/// with a marker, which may be for another platform.
fn versions(line: &str) -> Option<VersionSpecifiers> {
    // What pip calls per-requirement options: hashes, and settings for a build.
    let line = line.split(" --").next().unwrap_or(line);
    let requirement: Requirement<VerbatimUrl> = line.parse().ok()?;
    match requirement.version_or_url {
        Some(VersionOrUrl::VersionSpecifier(versions)) if requirement.marker.is_true() => {
            let is_exact = |it: &VersionSpecifier| matches!(it.operator(), Operator::Equal | Operator::ExactEqual);
            (versions.len() == 1 && versions.iter().all(is_exact)).then_some(versions)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lockfile::{
        Artifact, Input, LockedFate, LockedName, LockedOutcome, LockedVersion,
        testing::{lock_of_input, requests, small_lock},
        to_yaml,
    };

    fn flaws(lock: &Lockfile) -> Vec<String> {
        let found = lock_flaws("conda-lock.yml", lock, &to_yaml(lock)).unwrap();
        found.into_iter().map(|it| it.message).collect()
    }

    #[test]
    fn a_lock_as_it_was_written_has_none() {
        assert_eq!(flaws(&small_lock()), Vec::<String>::new());
    }

    #[test]
    fn what_was_edited_is_named() {
        let mut lock = small_lock();
        lock.packages_mut()[0].version = LockedVersion::new(Manager::Conda, "1.3.2").unwrap();
        assert_eq!(flaws(&lock), ["its packages were edited by hand, or merged"]);
        let mut lock = small_lock();
        lock.packages_mut().remove(1);
        assert_eq!(flaws(&lock), ["its packages were edited by hand, or merged"]);
        let mut lock = small_lock();
        lock.provenance.as_mut().unwrap().as_of = None;
        assert_eq!(
            flaws(&lock),
            ["its date, channel priority, preference or virtual packages were edited by hand, or merged"]
        );
        let mut lock = small_lock();
        lock.provenance.as_mut().unwrap().input = Input::parse("conda zlib >=2\n").unwrap();
        assert_eq!(
            flaws(&lock),
            [
                "its input was edited by hand, or merged",
                "its date, channel priority, preference or virtual packages were edited by hand, or merged"
            ]
        );
    }

    #[test]
    fn a_pin_that_is_not_satisfied_must_have_an_outcome() {
        let mut lock = lock_of_input(&Input {
            requests: requests(
                &["zlib ==1.3.1", "libzlib >=1.4", "tzdata ==2024a", "appnope"],
                &["requests==2.0", "numpy>1", "./a"],
            ),
            ..Input::default()
        });
        let outcome = |name: &str, asked: &str, fate| LockedOutcome {
            manager: Manager::Conda,
            name: name.to_owned(),
            asked: asked.to_owned(),
            fate,
            why: "no channel has it".to_owned(),
        };
        let moved = outcome("tzdata", "2024a", LockedFate::MovedTo("2025b".to_owned()));
        lock.set_outcomes(&[moved, outcome("appnope", "any version", LockedFate::Gone)]);
        assert_eq!(
            flaws(&lock),
            [
                "libzlib >=1.4 is asked for, and the lock has 1.3.1",
                "requests==2.0 is asked for, and the lock doesn't have it"
            ]
        );
    }

    #[test]
    fn a_range_that_begins_like_one_version_is_met_by_each_of_its_versions() {
        let of = |spec: &str| {
            let requests = requests(&[&format!("zlib {spec}")], &[]);
            flaws(&lock_of_input(&Input { requests, ..Input::default() }))
        };
        for met in ["==1.3.1|==1.2", "==1.2|==1.3.1", "==1.3.1,!=1.3", "==1.2|>=1.3", "1.3.1,>1"] {
            let spec = VersionSpec::from_str(met, ParseStrictness::Lenient).unwrap();
            assert_eq!([of(met), of(&spec.to_string())], [Vec::<String>::new(), Vec::new()], "{met}");
        }
        assert_eq!(of("==1.2|==1.3"), ["zlib ==1.2|==1.3 is asked for, and the lock has 1.3.1"]);
    }

    #[test]
    fn a_constraint_asks_for_nothing() {
        let requests = |lines: &[&str]| requests(&[], lines);
        let lock = |lines: &[&str]| lock_of_input(&Input { requests: requests(lines), ..Input::default() });
        assert_eq!(flaws(&lock(&["-c six==1.16.0"])), Vec::<String>::new());
        assert_eq!(flaws(&lock(&["six==1.16.0"])), ["six==1.16.0 is asked for, and the lock doesn't have it"]);
    }

    /// The flaws of a lock with this pip line and this package of pip.
    fn flaws_of_pip(line: &str, name: &str, version: &str) -> Vec<String> {
        let input = Input { requests: requests(&[], &[line]), ..Input::default() };
        let mut lock = lock_of_input(&input);
        let mut package = lock.packages()[0].clone();
        package.name = LockedName::new(Manager::Pip, name).unwrap();
        package.version = LockedVersion::new(Manager::Pip, version).unwrap();
        package.artifact = Artifact::pip("https://host/a.whl", &"ab".repeat(32)).unwrap();
        lock.packages_mut().push(package);
        let found = unsatisfied(&lock).unwrap();
        found.into_iter().filter(|it| it.contains(" is asked for")).collect()
    }

    #[test]
    fn a_pip_pin_is_met_however_it_is_written() {
        for (line, name, version) in [
            ("idna===2.10", "idna", "2.10"),
            ("jaraco..functools==3.5.0", "jaraco-functools", "3.5.0"),
            ("Jaraco_-.Functools [a, b] == 3.5", "jaraco-functools", "3.5.0"),
            ("torch==2.1", "torch", "2.1+cpu"),
            ("x==1.0-1", "x", "1.0.post1"),
            ("x==1.0 --hash=sha256:ab", "x", "1.0"),
            ("x==9; sys_platform == 'win32'", "y", "1"),
            ("x==1.*", "x", "1.5"),
        ] {
            assert_eq!(flaws_of_pip(line, name, version), [""; 0], "{line}");
        }
        assert_eq!(flaws_of_pip("x===1.0", "x", "1.1"), ["x===1.0 is asked for, and the lock has 1.1"]);
        assert_eq!(flaws_of_pip("x==1.0", "y", "1.0"), ["x==1.0 is asked for, and the lock doesn't have it"]);
    }

    proptest! {
        /// uv writes names and versions in their normalised forms, which the crates of pip's own standards tell here.
        #[test]
        fn every_pip_pin_is_met_by_what_it_normalises_to(
            name in "[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?",
            version in "(v)?([0-9]!)?[0-9]{1,3}([.][0-9]{1,3}){0,3}([-_.]?(a|b|rc|alpha|c|pre)[-_.]?[0-9]?)?([-_.]?(post|rev|r)[0-9]?)?([.]dev[0-9]?)?",
            operator in prop_oneof![Just("=="), Just(" == "), Just("==="), Just(" === ")],
            extras in prop_oneof![Just(""), Just("[a]"), Just(" [a, b]")],
        ) {
            let line = crate::pypi::without_comment(&format!("{name}{extras}{operator}{version}"));
            let locked = version.parse::<pep440_rs::Version>().unwrap().to_string();
            let name = pep508_rs::PackageName::new(name).unwrap().to_string();
            prop_assert_eq!(flaws_of_pip(&line, &name, &locked), Vec::<String>::new());
        }
    }
}
