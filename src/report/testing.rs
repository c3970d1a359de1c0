//! Data for the tests of this folder, made by hand.

use std::collections::BTreeMap;

use rattler_conda_types::{PackageRecord, ParseStrictness, RepoDataRecord, VersionSpec, VersionWithSource};

use super::{CutOff, Facts, Report};
use crate::{
    environment::{Environment, Located, Location},
    intent::{Intent, Kind, Origin, Os, Pin, Refinement, Want},
    lockfile::Artifact,
    pypi::{self, PipLock, PipPackage, Role},
    solve::{Fate, Outcome, Reason, Solution},
};

pub fn record(name: &str, version: &str, build: &str) -> RepoDataRecord {
    let file = format!("{name}-{version}-{build}.conda");
    let version: VersionWithSource = version.parse().unwrap();
    RepoDataRecord {
        package_record: PackageRecord::new(name.parse().unwrap(), version, build.parse().unwrap()),
        url: format!("https://example.org/linux-64/{file}").parse().unwrap(),
        identifier: file.parse().unwrap(),
        channel: None,
    }
}

/// The record, built at a moment.
pub fn built(record: RepoDataRecord, at: &str) -> RepoDataRecord {
    let timestamp: jiff::Timestamp = at.parse().unwrap();
    let package_record = PackageRecord { timestamp: Some(timestamp.into()), ..record.package_record };
    RepoDataRecord { package_record, ..record }
}

/// `name`, or `name=version` with or without a build: an exact version.
pub fn pin(text: &str) -> Pin {
    let mut parts = text.split('=');
    let name = parts.next().unwrap().parse().unwrap();
    let want = parts.next().map_or(Want::Any, |it| Want::Exact(it.parse().unwrap()));
    Pin { name, text: text.into(), line: 1, want, builds: vec![], channel: None, refinement: Refinement::default() }
}

pub fn kept(text: &str, build: &str) -> Outcome {
    let pin = pin(text);
    let version = pin.want.exact().unwrap().to_string();
    let record = Box::new(record(pin.name.as_normalized(), &version, build));
    Outcome { pin, root: false, used: true, fate: Fate::Kept { record } }
}

pub fn moved(text: &str, record: RepoDataRecord, reason: Reason) -> Outcome {
    Outcome { pin: pin(text), root: false, used: true, fate: Fate::Moved { record: Box::new(record), reason } }
}

pub fn gone(text: &str, reason: Reason) -> Outcome {
    Outcome { pin: pin(text), root: false, used: true, fate: Fate::Gone { reason } }
}

/// The outcomes on the lines of a file, and the records they chose with some more.
pub fn solution(mut outcomes: Vec<Outcome>, more: Vec<RepoDataRecord>) -> Solution {
    let mut records = more;
    for (at, outcome) in outcomes.iter_mut().enumerate() {
        outcome.pin.line = at + 6;
        if let Fate::Kept { record } | Fate::Moved { record, .. } = &outcome.fate {
            records.push((**record).clone());
        }
    }
    records.sort_by(|a, b| a.package_record.name.cmp(&b.package_record.name));
    Solution { records, outcomes, horizon: None, proven: true }
}

pub fn environment() -> Environment {
    Environment {
        file: "environment.yml".into(),
        text: String::new(),
        name: Some("Py36".into()),
        channels: vec![],
        nodefaults: false,
        dependencies: vec![],
        pip: vec![located("requests==2.21.0")],
        variables: vec![],
        prefix: None,
        captured: crate::environment::Captured::default(),
        warnings: vec![crate::environment::Warning {
            message: "`foo` means nothing here".into(),
            at: Location { line: 3, span: 0..0 },
        }],
    }
}

fn located(value: &str) -> Located<String> {
    Located { value: value.into(), at: Location { line: 14, span: 0..0 } }
}

pub fn intent(kind: Kind, os: Option<Os>, evidence: &str) -> Intent {
    Intent { kind, origin: Origin { os, evidence: evidence.into() }, pins: vec![], elsewhere: vec![], requested: None }
}

pub fn cut_off(date: &str) -> CutOff {
    CutOff { date: date.into(), at: format!("{date}T23:59:59.999Z").parse().unwrap(), inferred: true }
}

/// A small export from macOS, with everything that a report can say in it.
pub fn report() -> Report {
    let conflict = Reason::Conflict {
        because: vec!["scikit-learn 0.20.1".into()],
        why: "scikit-learn 0.20.1 needs openblas >=0.3.3,<0.3.4".into(),
        tree: None,
    };
    let mut outcomes = vec![
        gone("libcxx=4.0.1=h579ed51_0", Reason::OnlyFor(vec![Os::Osx])),
        moved("openblas=0.2.20=8", record("openblas", "0.3.3", "h9ac9557_1001"), conflict),
        moved("numpy=1.15.4=py36h6a91979_0", record("numpy", "1.15.3", "py36_0"), Reason::NoSuchVersion),
        gone("appnope=0.1.0=py36_0", Reason::OnlyFor(vec![Os::Osx])),
        kept("python=3.6.7=h5001a0f_1", "h0371630_0"),
    ];
    outcomes[2].root = true;
    outcomes[4].root = true;
    let icu = built(record("icu", "58.2", "hf484d3e_1000"), "2022-03-01T10:00:00Z");
    Report::new(&Facts {
        environment: &environment(),
        intent: &intent(Kind::Export, Some(Os::Osx), "the prefix /Users/…"),
        solution: &solution(outcomes, vec![icu]),
        elsewhere: &BTreeMap::new(),
        wheels: &BTreeMap::new(),
        channels: &["conda-forge".into()],
        notes: &["conda-forge stands in for defaults".into()],
        virtual_packages: &[serde_json::from_str(r#""__glibc=2.36""#).unwrap()],
        as_of: Some(cut_off("2019-02-13")),
        timeout: None,
        pip: Some(&pip_lock()),
    })
}

/// The version part of a range pin.
pub fn range(spec: &str) -> Want {
    Want::Range(VersionSpec::from_str(spec, ParseStrictness::Lenient).unwrap())
}

/// What came of a pip section: one package from source, what it is built with, one that another needs, and a line that
/// conda has met already.
fn pip_lock() -> PipLock {
    let package = |name: &str, version: &str, ending: &str, role| PipPackage {
        name: name.parse().unwrap(),
        version: version.parse().unwrap(),
        artifact: Artifact::pip(&format!("https://host/{name}{ending}"), &"ab".repeat(32)).unwrap(),
        size: None,
        role,
        dependencies: BTreeMap::new(),
    };
    let outcome = |line, name: &str, versions: &str, fate| pypi::PipOutcome {
        line,
        text: format!("{name}{versions}"),
        name: Some(name.to_owned()).filter(|_| !versions.starts_with(' ')),
        wanted: versions.trim_start_matches(['=', ' ', '.']).to_owned(),
        fate,
    };
    PipLock {
        packages: vec![
            package("idna", "2.8", ".whl", Role::Needed),
            package("pyyaml", "3.12", ".tar.gz", Role::Asked),
            package("wheel", "0.33.6", ".whl", Role::Builds(vec!["pyyaml".to_owned()])),
        ],
        outcomes: vec![
            outcome(11, "pyyaml", "==3.12", pypi::PipFate::Kept { version: Some("3.12".to_owned()) }),
            outcome(
                12,
                "six",
                ">=1.10",
                pypi::PipFate::Provided {
                    version: "1.12.0".to_owned(),
                    why: "conda provides it as six 1.12.0".to_owned(),
                },
            ),
            outcome(
                13,
                "idna",
                "==3.0",
                pypi::PipFate::Moved { version: "2.8".to_owned(), why: "requests 2.22.0 needs idna <2.9".to_owned() },
            ),
            outcome(14, "-e", " .", pypi::PipFate::Gone { why: "on a machine's disk".to_owned() }),
        ],
        ..PipLock::default()
    }
}
