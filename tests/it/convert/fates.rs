//! What becomes of each pin, held against the tables that were worked out by hand.

use std::collections::BTreeSet;

use envlock::image::{BaseImage, virtual_packages};
use serde_json::{Value, json};

use crate::support::{
    IMAGE, Workspace, done,
    expected::{ALL, Expected, Fate, Record, Why},
    fixtures,
    validity::{flaws, locked},
};

#[test]
fn every_pin_has_the_fate_that_was_worked_out_by_hand() {
    for expected in ALL {
        let workspace = Workspace::with(expected.folder);
        let report = done(workspace.convert().arg("--json")).json();
        let pins = report["pins"].as_array().unwrap();
        let wrong: Vec<String> =
            expected.pins.iter().zip(pins).filter_map(|(pin, found)| difference(pin.name, pin.fate, found)).collect();
        assert_eq!(wrong, [""; 0], "{}", expected.folder);
        assert_eq!(pins.len(), expected.pins.len());

        let count = |is: fn(&Fate) -> bool| expected.pins.iter().filter(|pin| is(&pin.fate)).count();
        let counts = json!({
            "pins": expected.pins.len(),
            "kept": count(|fate| matches!(fate, Fate::Kept(_))),
            "moved": count(|fate| matches!(fate, Fate::Moved(..))),
            "gone": count(|fate| matches!(fate, Fate::Gone(_))),
            "packages": installed(&expected).len(),
            "added": expected.brought_in.len(),
        });
        assert_eq!(report["counts"], counts, "{}", expected.folder);
    }
}

#[test]
fn the_lock_holds_what_was_worked_out_by_hand_and_nothing_else() {
    for expected in ALL {
        let workspace = Workspace::with(expected.folder);
        done(&mut workspace.convert());
        let lock = workspace.lock();
        let records = locked(&lock, &fixtures().join("channel"), "https://conda.anaconda.org/conda-forge/");
        let found: BTreeSet<String> = records
            .iter()
            .map(|record| &record.package_record)
            .map(|record| format!("{} {} {}", record.name.as_normalized(), record.version, record.build))
            .collect();
        let wanted = installed(&expected).into_iter().map(|(name, version, build)| format!("{name} {version} {build}"));
        assert_eq!(found, wanted.collect(), "{}", expected.folder);

        let offered = virtual_packages(&BaseImage::parse(IMAGE).unwrap(), &[]).unwrap();
        assert_eq!(flaws(&records, &offered), [""; 0], "{}", expected.folder);
    }
}

fn installed(expected: &Expected) -> Vec<Record> {
    let of_pins = expected.pins.iter().filter_map(|pin| match pin.fate {
        Fate::Kept(record) | Fate::Moved(record, _) => Some(record),
        Fate::Gone(_) => None,
    });
    of_pins.chain(expected.brought_in.iter().copied()).collect()
}

/// How a pin of the report differs from the table.
fn difference(name: &str, fate: Fate, found: &Value) -> Option<String> {
    let (verdict, record, why) = match fate {
        Fate::Kept(record) => ("kept", Some(record), None),
        Fate::Moved(record, why) => ("moved", Some(record), Some(why)),
        Fate::Gone(why) => ("gone", None, Some(why)),
    };
    let same = found["name"] == name
        && found["fate"] == verdict
        && found["version"] == json!(record.map(|(_, version, _)| version))
        && found["build"] == json!(record.map(|(_, _, build)| build))
        && why.map_or(found["reason"].is_null(), |why| gives(why, &found["reason"]));
    (!same).then(|| format!("{fate:?}: {found}"))
}

/// Whether a reason of the report says what the table says.
fn gives(why: Why, reason: &Value) -> bool {
    let (code, text) = (reason["code"].as_str().unwrap(), reason["text"].as_str().unwrap());
    match why {
        Why::OnlyFor(os) => code == "only-for" && text.contains(if os == "osx" { "macOS" } else { "Windows" }),
        Why::OwnRuntime(os) => code == "own-runtime" && text.contains(if os == "osx" { "macOS" } else { "Windows" }),
        Why::NoSuchName => code == "no-such-name",
        Why::NoSuchVersion => code == "no-such-version",
        // The build is there. The report says what it needs: `__cuda`, or another package of that variant.
        Why::NoSuchVariant(glob) => {
            code == "not-offered" && text.contains("needs __cuda")
                || ["conflict", "unmet"].contains(&code) && text.contains(glob)
        }
        Why::Unusable(what) => code == "unusable" && text.contains(&format!("needs {what}")),
        // A constraint is written as what is allowed.
        Why::Conflict(chain) => code == "conflict" && [chain, &chain.replace("needs", "allows only")].contains(&text),
        Why::NotNeeded => code == "not-needed",
    }
}

#[test]
fn lines_for_other_platforms_decide_nothing() {
    let workspace = Workspace::holding(
        "dependencies:\n  - python=2.7  # [win]\n  - xz=5.2.5  # [linux]\n  - xz=9  # [osx]\n  - zlib\n  - pip: # [osx]\n      - pyobjc\n",
    );
    let run = done(&mut workspace.convert());
    let told = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("kept 2 of 3 conda packages, 1 gone") && !told.contains("macOS"), "{told}");
    assert!(told.contains("the line isn't for linux-64"), "{told}");
    assert!(told.contains("the `pip:` section was left out: it is not for linux-64"), "{told}");
    let names: Vec<String> = workspace.lock().conda_packages().map(|package| package.name.to_string()).collect();
    assert_eq!(names, ["xz", "zlib"]);
    assert_eq!(workspace.lock().pip_packages().count(), 0);
}
