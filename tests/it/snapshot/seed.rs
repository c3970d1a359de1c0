//! The export that envlock is for: a hundred pins of a Mac's python 3.6.

use std::{collections::BTreeMap, path::Path};

use envlock::{intent::Wish, solve::built};
use jiff::Timestamp;
use rattler_conda_types::RepoDataRecord;
use serde_json::Value;

use crate::{
    snapshot::records::AllRecords,
    snapshot::resolve::{Resolved, Target},
    support::{Workspace, done, fixtures, growth::grow, snapshot_channel, validity::would_do},
};

#[test]
fn the_seed_keeps_what_can_be_kept() {
    let Some(channel) = snapshot_channel() else { return };
    let workspace = Workspace::with("seed");
    let conda_forge = format!("conda-forge={}", channel.join("conda-forge").display());
    let report = done(workspace.convert_from(&[&conda_forge]).args(["--json", "--offline"])).json();

    let counts = &report["counts"];
    assert_eq!(counts["pins"], 100);
    assert_eq!(counts["kept"], 79);
    assert_eq!(report["proven"], true);
    assert_eq!(
        report["pip"],
        serde_json::json!({
            "lines": 24, "locked": false, "left_out": true, "packages": [], "kept": 0, "moved": 0, "gone": 0,
            "pins": [], "dropped": [],
        })
    );

    let pins = report["pins"].as_array().unwrap();
    let python = pins.iter().find(|pin| pin["name"] == "python").unwrap();
    assert_eq!((&python["fate"], &python["version"]), (&Value::from("kept"), &Value::from("3.6.6")));
    for pin in pins {
        if pin["fate"] == "kept" {
            assert_eq!(pin["version"], pin["wanted"], "{pin}");
        } else {
            assert!(pin["reason"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{pin}");
        }
    }
    let given_up = pins.iter().filter(|pin| pin["reason"]["code"] == "conflict");
    assert_eq!(given_up.map(|pin| &pin["name"]).collect::<Vec<_>>(), ["openblas", "tbb", "blas", "cvxopt"]);

    let lock = workspace.lock();
    let by_name: BTreeMap<&str, _> =
        lock.conda_packages().map(|package| (package.name.as_str(), package.address())).collect();
    assert_eq!(counts["packages"], by_name.len());
    let base = "https://conda.anaconda.org/conda-forge/";
    for url in by_name.values() {
        let place = url.strip_prefix(base).unwrap_or_else(|| panic!("{url} is not of conda-forge"));
        assert!(place.starts_with("linux-64/") || place.starts_with("noarch/"), "{url}");
    }
    let told = done(workspace.convert_from(&[&conda_forge]).arg("--offline")).stderr;
    assert!(told.contains("24 pip lines left out"), "{told}");
}

#[test]
fn the_seed_takes_nothing_from_after_january_2019_where_something_older_serves() {
    let Some(snapshot) = snapshot_channel() else { return };
    let target = Target::new(&snapshot, &["conda-forge"]);
    let Resolved { wishes, solution, .. } = target.resolve(&fixtures().join("seed/environment.yml")).unwrap();
    let all = AllRecords::read(&snapshot.join("conda-forge"), target.channels[0].url.as_str());
    let end: Timestamp = "2019-02-01T00:00:00Z".parse().unwrap();
    let is_younger = |record: &RepoDataRecord| built(record).is_some_and(|time| time >= end);
    let wanted = |record: &&RepoDataRecord| {
        let is_pinned = |wish: &Wish| wish.pin.name == record.package_record.name && wish.pin.want.accepts(record);
        wishes.iter().any(is_pinned)
    };

    let younger: Vec<&RepoDataRecord> =
        solution.records.iter().filter(|record| is_younger(record) && !wanted(record)).collect();
    assert!(!younger.is_empty(), "the snapshot has little of that time");
    for record in younger {
        let of_name = all.of(record.package_record.name.as_normalized()).iter().map(|index| &all.records[*index]);
        for older in of_name.filter(|other| !is_younger(other)) {
            let serves = would_do(older, record, &solution.records, &target.virtual_packages);
            assert!(!serves, "{} would serve as well as {}", older.url, record.url);
        }
    }
}

#[test]
fn the_seed_stays_as_it_is_when_conda_forge_grows() {
    let Some(snapshot) = snapshot_channel() else { return };
    let workspace = Workspace::with("seed");
    let outputs = || ["conda-lock.yml", "Dockerfile"].map(|file| workspace.read(file));
    let convert = |directory: &Path| {
        done(&mut workspace.convert_from(&[&format!("conda-forge={}", directory.display())]));
        outputs()
    };
    let before = convert(&snapshot.join("conda-forge"));
    let later = workspace.path().join("later");
    grow(&snapshot.join("conda-forge"), &later, &["appnope", "lapack", "mkl_fft", "cvxcanon"]);
    assert_eq!(convert(&later), before);
    assert_eq!(convert(&snapshot.join("conda-forge")), before);
}
