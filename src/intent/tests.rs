//! What whole files mean, and the helpers that build small files and channels for the tests of this folder.

use std::str::FromStr;

use rattler_conda_types::{PackageName, ParseStrictness, RepoDataRecord, VersionSpec, VersionWithSource};
use serde_json::json;

use crate::{
    channel::Records,
    environment::{CondaSpec, Dependency, Environment, Location, Refinement, Selector, Wanted},
};

use super::*;

/// An environment of the given conda lines, each `name`, `name=1.2`, `name==1.2`, `name=1.2=build` or `name>=1.2`.
pub(crate) fn environment(lines: &[&str]) -> Environment {
    Environment {
        file: "environment.yml".to_owned(),
        text: String::new(),
        name: None,
        channels: Vec::new(),
        nodefaults: false,
        dependencies: lines.iter().enumerate().map(|(index, text)| line(index + 1, text)).collect(),
        pip: Vec::new(),
        variables: Vec::new(),
        prefix: None,
        captured: crate::environment::Captured::default(),
        warnings: Vec::new(),
    }
}

fn line(number: usize, text: &str) -> Dependency {
    let (_, spec) = text.split_once("::").unwrap_or(("", text));
    let (name, rest) = spec.split_at(spec.find(['=', '<', '>', '~']).unwrap_or(spec.len()));
    let parts: Vec<&str> = rest.split('=').collect();
    let version = |text| VersionWithSource::from_str(text).unwrap();
    let (version, build) = match parts.as_slice() {
        [""] => (Wanted::Any, None),
        ["", like] => (Wanted::Like(version(like)), None),
        ["", "", exact] => (Wanted::Exact(version(exact)), None),
        ["", exact, build] | ["", "", exact, build] => (Wanted::Exact(version(exact)), Some((*build).to_owned())),
        _ => (Wanted::Range(VersionSpec::from_str(rest, ParseStrictness::Lenient).unwrap()), None),
    };
    Dependency {
        spec: CondaSpec {
            name: PackageName::from_str(name).unwrap(),
            channel: None,
            version,
            build,
            refinement: Refinement::default(),
        },
        text: text.to_owned(),
        at: Location { line: number, span: 0..0 },
        selector: None,
    }
}

/// A linux-64 record with its dependencies.
pub(crate) fn record(name: &str, version: &str, depends: &[&str]) -> RepoDataRecord {
    let file = format!("{name}-{version}-0.conda");
    serde_json::from_value(json!({
        "name": name, "version": version, "build": "0", "build_number": 0, "subdir": "linux-64", "depends": depends,
        "fn": file, "url": format!("https://example.com/linux-64/{file}"), "channel": "https://example.com",
    }))
    .unwrap()
}

/// One channel.
pub(crate) fn records(records: impl IntoIterator<Item = RepoDataRecord>) -> Records {
    Records::of([records.into_iter().collect()])
}

fn pins(lines: &[&str]) -> Vec<Pin> {
    understand(&environment(lines)).pins
}

fn exactly(version: &str) -> Want {
    Want::Exact(VersionWithSource::from_str(version).unwrap())
}

/// An export without builds: the plumbing gives it away.
const NO_BUILDS: [&str; 4] = ["ca-certificates=2021.10.26", "openssl=1.1.1", "xz=5.2.5", "zlib=1.2.11"];

#[test]
fn an_exported_version_is_exact_and_its_build_is_dropped() {
    let pins = pins(&["numpy=1.15.4=py36h6a91979_0", "python=3.6.7=h4a56312_1002"]);
    assert_eq!(pins[0].want, exactly("1.15.4"));
    assert!(pins[0].builds.is_empty());
    assert_eq!(pins[0].text, "numpy=1.15.4=py36h6a91979_0");
    assert_eq!((pins[1].name.as_normalized(), pins[1].line), ("python", 2));
}

#[test]
fn an_export_from_linux_loses_its_builds_too() {
    let intent = understand(&environment(&["libgcc-ng=9.3.0=h5101ec6_17", "libblas=3.9.0=16_linux64_openblas"]));
    assert_eq!(intent.origin.os, Some(Os::Linux));
    assert!(intent.pins[0].builds.is_empty());
    assert_eq!(intent.pins[1].builds, ["*openblas*"]);
}

#[test]
fn in_an_export_without_builds_one_equals_sign_means_exactly() {
    let mut lines = NO_BUILDS.to_vec();
    lines.push("libgd=2.3");
    let intent = understand(&environment(&lines));
    assert_eq!(intent.kind, Kind::Export);
    assert_eq!(intent.pins[4].want, exactly("2.3"));
}

#[test]
fn a_series_added_by_hand_to_an_export_stays_a_series() {
    let pins = pins(&["six=1.10.0=py35_0", "wheel=0.26.0=py35_1", "python=3.5", "mistune=0.7.1"]);
    assert!(pins[2].want.accepts(&record("python", "3.5.4", &[])));
    assert!(!pins[2].want.accepts(&record("python", "3.6.0", &[])));
    assert_eq!(pins[3].want, exactly("0.7.1"));
}

#[test]
fn in_a_hand_written_file_one_equals_sign_means_the_series() {
    let pins = pins(&["python=3.9", "numpy==1.21", "scipy>=1.7,<2", "pandas"]);
    assert!(pins[0].want.accepts(&record("python", "3.9.18", &[])));
    assert!(!pins[0].want.accepts(&record("python", "3.90.0", &[])));
    assert_eq!(pins[1].want, exactly("1.21"));
    assert!(pins[2].want.accepts(&record("scipy", "1.9.1", &[])));
    assert_eq!(pins[3].want, Want::Any);
}

#[test]
fn a_build_that_a_person_wrote_stays() {
    let pins = pins(&["ncurses=6.1=hfc679d8_1", "pytorch=2.1=cuda120*", "python", "numpy=1.26=*"]);
    assert_eq!(pins[0].builds, ["hfc679d8_1"]);
    assert_eq!(pins[1].builds, ["cuda120*"]);
    assert!(pins[3].builds.is_empty());
}

#[test]
fn a_build_that_a_person_wrote_on_another_platform_goes_unless_it_is_a_glob() {
    let mut environment = environment(&["xz=5.2.5=haf1e3a3_1", "pytorch=2.1=cpu*", "python", "numpy", "scipy"]);
    environment.prefix = Some("/Users/user/miniconda3/envs/x".to_owned());
    let intent = understand(&environment);
    assert_eq!(intent.kind, Kind::HandWritten);
    assert!(intent.pins[0].builds.is_empty());
    assert_eq!(intent.pins[1].builds, ["cpu*"]);
}

#[test]
fn packages_of_the_exports_platform_are_for_it_only() {
    let lines =
        ["appnope=0.1.0=py36_0", "libintl=0.22.5=h8fbad5d_2", "xz=5.2.5=haf1e3a3_1", "libcxx=12.0.0=h2f01273_0"];
    let intent = understand(&environment(&lines));
    let elsewhere: Vec<(usize, Os)> = intent.elsewhere.iter().map(|it| (it.pin.line, it.only_for)).collect();
    let lines = [1, 2, 4].map(|line| (intent.pins[0].line - 3 + line, Os::Osx));
    assert_eq!(elsewhere, lines, "of libcxx, Linux has its own");
    assert!(intent.pins.len() == 1 && intent.elsewhere.iter().all(|it| !it.by_selector));
}

#[test]
fn a_cross_compiler_in_an_export_from_linux_is_wanted() {
    let lines = ["libgcc-ng=9.3.0=h5101ec6_17", "_libgcc_mutex=0.1=main", "clang_osx-64=14.0.6=h3113cd8_6"];
    assert!(understand(&environment(&lines)).elsewhere.is_empty());
}

#[test]
fn selectors_decide_which_platform_a_line_is_for() {
    let mut environment = environment(&["numpy", "scipy", "pandas", "six"]);
    let selectors = [Selector::Osx, Selector::Win, Selector::Linux64, Selector::OtherLinux];
    for (dependency, selector) in environment.dependencies.iter_mut().zip(selectors) {
        dependency.selector = Some(selector);
    }
    let intent = understand(&environment);
    let only_for: Vec<Os> = intent.elsewhere.iter().map(|it| it.only_for).collect();
    assert_eq!(only_for, [Os::Osx, Os::Win, Os::Linux]);
    assert!(intent.pins[0].name.as_normalized() == "pandas" && intent.elsewhere.iter().all(|it| it.by_selector));
}
