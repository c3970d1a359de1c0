//! Small inputs for the tests of this part and of those that read its locks.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rattler_conda_types::{PackageName, RepoDataRecord};
use serde_json::json;

use super::{Artifact, Choices, Input, LockInputs, Lockfile, Package, Requested, lock};
use crate::{
    environment::{CondaSpec, Dependency, Environment, Located, Location, Wanted},
    image::{BaseImage, Recipe, virtual_packages},
    intent::{Intent, Kind, Origin, Pin, Refinement, Want},
    solve::Solution,
};

/// `appnope` on line 4, and one line of pip.
pub(crate) fn environment() -> Environment {
    let at = |line| Location { line, span: 0..0 };
    let name = PackageName::new_unchecked("appnope");
    Environment {
        file: "environment.yml".to_owned(),
        text: String::new(),
        name: Some("demo".to_owned()),
        channels: Vec::new(),
        nodefaults: false,
        dependencies: vec![Dependency {
            spec: CondaSpec {
                name,
                channel: None,
                version: Wanted::Any,
                build: None,
                refinement: Refinement::default(),
            },
            text: "appnope".to_owned(),
            at: at(4),
            selector: None,
        }],
        pip: vec![Located { value: "requests==2.31.0".to_owned(), at: at(9) }],
        variables: Vec::new(),
        prefix: None,
        captured: crate::environment::Captured::default(),
        warnings: Vec::new(),
    }
}

/// A hand-written file's meaning.
pub(crate) fn intent(pins: Vec<Pin>) -> Intent {
    Intent {
        kind: Kind::HandWritten,
        origin: Origin { os: None, evidence: String::new() },
        pins,
        elsewhere: Vec::new(),
        requested: None,
    }
}

/// A pin on line 4.
pub(crate) fn pin(name: &str, want: Want) -> Pin {
    Pin {
        name: PackageName::new_unchecked(name),
        text: name.to_owned(),
        line: 4,
        want,
        builds: Vec::new(),
        channel: None,
        refinement: Refinement::default(),
    }
}

/// Any spec of conda, however little sense it makes behind its name.
pub(crate) const ANY_SPEC: &str = "([a-z]{1,3}::)?[a-z0-9_][a-z0-9_.-]{0,8}( [^\n:\\[]{0,20})?";

/// What these specs and lines of pip ask for.
pub(crate) fn requests<S: AsRef<str>>(conda: &[S], pip: &[S]) -> Vec<Requested> {
    let conda = conda.iter().map(|it| Requested::conda(it.as_ref()).unwrap());
    conda.chain(pip.iter().map(|it| Requested::pip(it.as_ref()))).collect()
}

/// A record as a channel would give it. The hashes repeat the digits given.
pub(crate) fn record(dist: &str, subdir: &str, depends: &[&str], digits: &str) -> RepoDataRecord {
    let mut parts = dist.rsplitn(3, '-');
    let (build, version, name) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let file = format!("{dist}.conda");
    serde_json::from_value(json!({
        "name": name, "version": version, "build": build, "build_number": 0, "subdir": subdir, "depends": depends,
        "md5": digits.repeat(32 / digits.len()), "sha256": digits.repeat(64 / digits.len()),
        "fn": file, "url": format!("https://conda.anaconda.org/conda-forge/{subdir}/{file}"),
        "channel": "conda-forge",
    }))
    .unwrap()
}

/// Puts the file of a conda package at another address.
pub(crate) fn readdress(package: &mut Package, from: &str, to: &str) {
    let Artifact::Conda { md5, sha256, .. } = package.artifact else { panic!("{} is pip's", package.name) };
    package.artifact = Artifact::conda(package.address().replace(from, to).parse().unwrap(), md5, sha256).unwrap();
}

/// The default image with a digest of its own.
pub(crate) fn image() -> BaseImage {
    BaseImage::parse(&format!("mambaorg/micromamba:2.6.1@sha256:{}", "ab".repeat(32))).unwrap()
}

/// A lock of these records, with these variables in its input.
pub(crate) fn lock_of(records: Vec<RepoDataRecord>, variables: &[(&str, &str)]) -> Lockfile {
    lock_made(records, variables, &Recipe::plain(image()))
}

/// A lock of python and jupyterlab for an image of this recipe.
pub(crate) fn lock_with(recipe: &Recipe, variables: &[(&str, &str)]) -> Lockfile {
    let records = vec![
        record("python-3.12.1-0", "linux-64", &["__glibc >=2.17,<3.0.a0"], "ab"),
        record("jupyterlab-4.0-0", "noarch", &["python"], "ab"),
    ];
    lock_made(records, variables, recipe)
}

fn lock_made(records: Vec<RepoDataRecord>, variables: &[(&str, &str)], recipe: &Recipe) -> Lockfile {
    let input = Input {
        channels: vec!["conda-forge".to_owned()],
        requests: requests(&["zlib"], &[]),
        roots: BTreeSet::new(),
        variables: super::variables(variables.iter().copied()),
    };
    lock_from(records, &input, recipe)
}

fn lock_from(records: Vec<RepoDataRecord>, input: &Input, recipe: &Recipe) -> Lockfile {
    let inputs = LockInputs {
        virtual_packages: &virtual_packages(&recipe.base, &[]).unwrap(),
        as_of: Some("2025-01-31T00:00:00Z".parse::<Timestamp>().unwrap()),
        ..inputs(input, recipe)
    };
    lock(&solution(records), &inputs).unwrap()
}

/// What a lock is made from that says nothing else.
pub(crate) fn inputs<'a>(input: &'a Input, recipe: &'a Recipe) -> LockInputs<'a> {
    LockInputs {
        input,
        virtual_packages: &[],
        as_of: None,
        choices: Choices::default(),
        is_frozen: false,
        recipe,
        source: "environment.yml",
        outcomes: &[],
        pip: &[],
    }
}

/// A solution of these records.
pub(crate) fn solution(records: Vec<RepoDataRecord>) -> Solution {
    Solution { records, outcomes: Vec::new(), horizon: None, proven: true }
}

/// tzdata (noarch) and zlib with what it needs, out of order.
pub(crate) fn small_lock() -> Lockfile {
    lock_of(small_records(), &[("OMP_NUM_THREADS", "4")])
}

/// The same packages, locked for this input.
pub(crate) fn lock_of_input(input: &Input) -> Lockfile {
    lock_from(small_records(), input, &Recipe::plain(image()))
}

fn small_records() -> Vec<RepoDataRecord> {
    vec![
        record("zlib-1.3.1-hb9d3cd8_2", "linux-64", &["libzlib 1.3.1 hb9d3cd8_2", "__glibc >=2.17,<3.0.a0"], "0e12"),
        record("tzdata-2025b-h78e105d_0", "noarch", &[], "ab"),
        record("libzlib-1.3.1-hb9d3cd8_2", "linux-64", &["__glibc >=2.17,<3.0.a0"], "12"),
    ]
}
