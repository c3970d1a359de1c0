//! The export that envlock is for: a hundred pins of a Mac's python 3.6.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Workspace, done, snapshot_channel};

#[test]
fn the_seed_keeps_what_can_be_kept() {
    let Some(channel) = snapshot_channel() else { return };
    let workspace = Workspace::with("seed");
    let conda_forge = format!("conda-forge={}", channel.join("conda-forge").display());
    let report = done(workspace.convert_from(&[&conda_forge]).args(["--json", "--offline"])).json();

    let counts = &report["counts"];
    assert_eq!(counts["pins"], 100);
    assert!(counts["kept"].as_u64().unwrap() >= 73, "{counts}");
    assert_eq!(report["pip"], serde_json::json!({"lines": 24, "locked": false, "left_out": false}));

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

    let lock = workspace.lock();
    let by_name: BTreeMap<&str, &str> =
        lock.conda_packages().map(|package| (package.name.as_str(), package.url.as_str())).collect();
    assert_eq!(counts["packages"], by_name.len());
    let base = "https://conda.anaconda.org/conda-forge/";
    for url in by_name.values() {
        let place = url.strip_prefix(base).unwrap_or_else(|| panic!("{url} is not of conda-forge"));
        assert!(place.starts_with("linux-64/") || place.starts_with("noarch/"), "{url}");
    }
    let told = done(workspace.convert_from(&[&conda_forge]).arg("--offline")).stderr;
    assert!(told.contains("the pip section (24 lines) is not locked yet"), "{told}");
}
