use std::collections::BTreeMap;

use rattler_conda_types::RepoDataRecord;
use serde_json::{json, to_value};

use super::*;
use crate::{
    intent::Kind,
    report::{
        Written, outcomes_for_lock,
        testing::{self, built, cut_off, intent, kept, moved, record, solution},
        text,
    },
};

fn report(outcomes: Vec<Outcome>, more: Vec<RepoDataRecord>, as_of: Option<CutOff>) -> Report {
    report_of(&intent(Kind::HandWritten, None, ""), outcomes, more, as_of)
}

fn report_of(intent: &Intent, outcomes: Vec<Outcome>, more: Vec<RepoDataRecord>, as_of: Option<CutOff>) -> Report {
    Report::new(&Facts {
        environment: &testing::environment(),
        intent,
        solution: &solution(outcomes, more),
        elsewhere: &BTreeMap::new(),
        wheels: &BTreeMap::new(),
        channels: &[],
        notes: &[],
        virtual_packages: &[],
        as_of,
        timeout: None,
        pip: None,
    })
}

#[test]
fn the_document_of_a_small_export() {
    let mut report = testing::report();
    report.written = vec![Written { path: "conda-lock.yml".into(), changed: true, removed: false }];
    let gone = |name: &str, text: &str, version: &str, line: usize| {
        json!({
            "name": name, "text": text, "line": line, "root": false, "used": true, "wanted": version, "fate": "gone",
            "package": null, "version": null, "build": null,
            "reason": {"code": "only-for", "text": "only built for macOS", "because": [], "tree": null},
        })
    };
    let expected = json!({
        "schema_version": 1,
        "file": "environment.yml",
        "name": "Py36",
        "kind": "export",
        "origin": {"os": "osx", "evidence": "the prefix /Users/…"},
        "counts": {"pins": 5, "kept": 1, "moved": 2, "gone": 2, "packages": 4, "added": 1},
        "pins": [
            gone("libcxx", "libcxx=4.0.1=h579ed51_0", "4.0.1", 6),
            {
                "name": "openblas", "text": "openblas=0.2.20=8", "line": 7, "root": false, "used": true, "wanted": "0.2.20",
                "fate": "moved", "package": "openblas", "version": "0.3.3", "build": "h9ac9557_1001",
                "reason": {
                    "code": "conflict",
                    "text": "scikit-learn 0.20.1 needs openblas >=0.3.3,<0.3.4",
                    "because": ["scikit-learn 0.20.1"], "tree": null,
                },
            },
            {
                "name": "numpy", "text": "numpy=1.15.4=py36h6a91979_0", "line": 8, "root": true, "used": true, "wanted": "1.15.4",
                "fate": "moved", "package": "numpy", "version": "1.15.3", "build": "py36_0",
                "reason": {
                    "code": "no-such-version",
                    "text": "no channel has 1.15.4 for Linux",
                    "because": [], "tree": null,
                },
            },
            gone("appnope", "appnope=0.1.0=py36_0", "0.1.0", 9),
            {
                "name": "python", "text": "python=3.6.7=h5001a0f_1", "line": 10, "root": true, "used": true, "wanted": "3.6.7",
                "fate": "kept", "package": "python", "version": "3.6.7", "build": "h0371630_0", "reason": null,
            },
        ],
        "added": [{"name": "icu", "version": "58.2", "build": "hf484d3e_1000"}],
        "channels": ["conda-forge"],
        "as_of": {"date": "2019-02-13", "inferred": true},
        "late": [{"name": "icu", "version": "58.2", "date": "2022-03-01", "pinned": false}],
        "virtual_packages": ["__glibc=2.36=0"],
        "proven": true,
        "timeout": null,
        "pip": {
            "lines": 1, "locked": true, "left_out": false,
            "packages": [
                {"name": "idna", "version": "2.8", "form": "wheel", "role": "needed", "builds": []},
                {"name": "pyyaml", "version": "3.12", "form": "sdist", "role": "asked", "builds": []},
                {"name": "wheel", "version": "0.33.6", "form": "wheel", "role": "builds", "builds": ["pyyaml"]},
            ],
            "kept": 2, "moved": 1, "gone": 1,
            "pins": [
                {
                    "name": "pyyaml", "text": "pyyaml==3.12", "line": 11, "wanted": "3.12", "fate": "kept", "by": "pip",
                    "version": "3.12", "reason": null,
                },
                {
                    "name": "six", "text": "six>=1.10", "line": 12, "wanted": ">=1.10", "fate": "kept", "by": "conda",
                    "version": "1.12.0", "reason": "conda provides it as six 1.12.0",
                },
                {
                    "name": "idna", "text": "idna==3.0", "line": 13, "wanted": "3.0", "fate": "moved", "by": "pip",
                    "version": "2.8", "reason": "requests 2.22.0 needs idna <2.9",
                },
                {
                    "name": null, "text": "-e .", "line": 14, "wanted": "", "fate": "gone", "by": null, "version": null,
                    "reason": "on a machine's disk",
                },
            ],
            "dropped": [
                {"line": 12, "text": "six>=1.10", "reason": "conda provides it as six 1.12.0"},
                {"line": 14, "text": "-e .", "reason": "on a machine's disk"},
            ],
        },
        "warnings": [{"line": 3, "message": "`foo` means nothing here"}],
        "notes": ["conda-forge stands in for defaults"],
        "written": [{"path": "conda-lock.yml", "changed": true}],
    });
    assert_eq!(to_value(&report).unwrap(), expected);
}

#[test]
fn only_records_after_the_cut_off_are_late_and_exact_pins_among_them_are_marked() {
    let mut pinned = kept("icu=58.2", "0");
    let record_of = |outcome: &mut Outcome, at: &str| {
        if let Fate::Kept { record } = &mut outcome.fate {
            **record = built((**record).clone(), at);
        }
    };
    record_of(&mut pinned, "2020-01-01T00:00:00Z");
    let more = vec![
        built(record("at-the-cut-off", "1", "0"), "2019-12-31T23:59:59.999Z"),
        record("without-a-date", "1", "0"),
        built(record("zlib", "1", "0"), "2021-05-04T00:00:00Z"),
    ];
    let late = |name: &str, version: &str, date: &str, pinned| Late {
        name: name.into(),
        version: version.into(),
        date: date.into(),
        pinned,
    };
    let report = report(vec![pinned], more, Some(cut_off("2019-12-31")));
    assert_eq!(report.late, [late("icu", "58.2", "2020-01-01", true), late("zlib", "1", "2021-05-04", false)]);
}

#[test]
fn without_a_cut_off_nothing_is_late() {
    let more = vec![built(record("zlib", "1", "0"), "2021-05-04T00:00:00Z")];
    assert!(report(vec![], more, None).late.is_empty());
}

#[test]
fn a_renamed_package_is_not_counted_as_added() {
    let renamed = moved("pytables=3.4.4", record("tables", "3.4.4", "0"), Reason::Renamed("tables".parse().unwrap()));
    let report = report(vec![renamed], vec![record("hdf5", "1", "0")], None);
    assert_eq!(report.added.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["hdf5"]);
    assert_eq!(report.pins[0].taken().as_deref(), Some("tables 3.4.4"));
}

#[test]
fn what_comes_in_for_others_stands_in_for_a_package_of_another_platform_and_not_for_a_selectors_line() {
    let line = |by_selector| ForeignPin { pin: testing::pin("libgfortran=3"), only_for: Os::Osx, by_selector };
    let of = |elsewhere: Vec<ForeignPin>, records: Vec<RepoDataRecord>| {
        let intent = Intent { elsewhere, ..intent(Kind::Export, Some(Os::Osx), "") };
        let report = report_of(&intent, vec![], records, None);
        let fates = report.pins.iter().map(|pin| (pin.fate, pin.reason.as_ref().unwrap().code)).collect::<Vec<_>>();
        (fates, report.counts.added)
    };
    let there = || vec![record("libgfortran", "15.2", "0")];
    assert_eq!(of(vec![line(false)], there()), (vec![(Verdict::Moved, "own-runtime")], 0));
    assert_eq!(of(vec![line(true)], there()), (vec![(Verdict::Gone, "own-runtime")], 1));
    assert_eq!(of(vec![line(false)], vec![]), (vec![(Verdict::Gone, "own-runtime")], 0));
    // Of a line for each platform, that for this one counts.
    let both = Intent {
        pins: vec![testing::pin("xz=5")],
        elsewhere: vec![ForeignPin { pin: testing::pin("xz=4"), only_for: Os::Win, by_selector: true }],
        ..intent(Kind::HandWritten, None, "")
    };
    assert_eq!(report_of(&both, vec![kept("xz=5", "0")], vec![], None).counts.pins, 1);
}

#[test]
fn a_build_is_shown_where_it_is_of_another_variant() {
    let variant = |wanted: &str, version: &str, build: &str| Outcome {
        pin: Pin { builds: vec!["*mkl*".into()], ..testing::pin(wanted) },
        ..moved("numpy", record("numpy", version, build), Reason::NoSuchVariant)
    };
    let outcomes = [("1.15", "py36_0"), ("1.16", "py36_0"), ("1.16", "py36_mkl_0")];
    let outcomes = outcomes.map(|(version, build)| variant("numpy=1.15", version, build)).to_vec();
    let report = report(outcomes, vec![], None);
    let shown: Vec<_> = report.pins.iter().map(|it| (it.wanted.as_str(), it.taken().unwrap())).collect();
    let expected = [("1.15 *mkl*", "1.15 py36_0"), ("1.15 *mkl*", "1.16 py36_0"), ("1.15", "1.16")];
    assert_eq!(shown, expected.map(|(wanted, taken)| (wanted, taken.to_owned())));
}

#[test]
fn what_channels_have_as_wheels_alone_is_kept_or_gone_with_its_reason() {
    let missing = |text: &str| Outcome {
        pin: testing::pin(text),
        root: true,
        used: true,
        fate: Fate::Gone { reason: Reason::NoSuchName },
    };
    let granted = WheelFate::Granted {
        name: "torch".into(),
        version: "2.1".into(),
        file: "torch-2.1-py3-none-any.whl".into(),
        channel: "https://host/c".into(),
    };
    let wheels = BTreeMap::from([
        ("pytorch".parse().unwrap(), granted),
        ("idna".parse().unwrap(), WheelFate::Refused("none will do".into())),
        // Another reason stays.
        ("appnope".parse().unwrap(), WheelFate::Refused("none will do".into())),
    ]);
    let foreign = Outcome { fate: Fate::Gone { reason: Reason::OnlyFor(vec![Os::Osx]) }, ..missing("appnope") };
    let report = Report::new(&Facts {
        environment: &testing::environment(),
        intent: &intent(Kind::HandWritten, None, ""),
        solution: &solution(vec![missing("pytorch"), missing("idna"), foreign], vec![]),
        elsewhere: &BTreeMap::new(),
        wheels: &wheels,
        channels: &[],
        notes: &[],
        virtual_packages: &[],
        as_of: None,
        timeout: None,
        pip: None,
    });
    assert_eq!((report.counts.kept, report.counts.gone), (1, 2));
    let why = "pip installs it, as the wheel torch-2.1-py3-none-any.whl of the channel https://host/c";
    let pins = to_value(&report.pins).unwrap();
    let pytorch = json!({
        "name": "pytorch", "text": "pytorch", "line": 6, "root": true, "used": true, "wanted": "any version",
        "fate": "kept", "package": "torch", "version": "2.1", "build": null,
        "reason": {"code": "wheel", "text": why, "because": [], "tree": null},
    });
    assert_eq!(pins[0], pytorch);
    let codes: Vec<_> = report.pins.iter().map(|pin| pin.reason.as_ref().unwrap().code).collect();
    assert_eq!(codes, ["wheel", "no-wheel", "only-for"]);
    let outcomes: Vec<String> = outcomes_for_lock(&report).iter().map(ToString::to_string).collect();
    let expected = [
        &*format!("pytorch any version is installed by pip as torch: {why}"),
        "appnope any version is gone: only built for macOS",
        "idna any version is gone: none will do",
    ];
    assert_eq!(outcomes, expected);
    let told = anstream::adapter::strip_str(&text::render(&report, text::Layout::default())).to_string();
    let section = "\ninstalled as wheels\n  pytorch  2.1  pip installs it, as the wheel torch-2.1-py3-none-any.whl of the\n\
                   \x20               channel https://host/c\n";
    assert!(told.contains(section), "{told}");
}
