//! A channel as it is months later: everything that was there, and more.

use std::{fs, path::Path};

use serde_json::{Value, json};

/// When what was gained is built, in milliseconds since 1970: in 2040.
const LATER: u64 = 2_208_988_800_000;

/// Writes the channel of a directory to another one, with a new build of each record, a new version of each, and packages
/// for names that weren't there.
pub fn grow(from: &Path, to: &Path, new_names: &[&str]) {
    for subdir in ["linux-64", "noarch"] {
        let plain = from.join(subdir).join("repodata.json");
        let json = if plain.exists() {
            fs::read(plain).unwrap()
        } else {
            let compressed = fs::File::open(from.join(subdir).join("repodata.json.zst")).unwrap();
            zstd::decode_all(compressed).unwrap()
        };
        let mut repodata: Value = serde_json::from_slice(&json).unwrap();
        for section in ["packages", "packages.conda"] {
            let Some(records) = repodata.get_mut(section).and_then(Value::as_object_mut) else { continue };
            let gained: Vec<(String, Value)> = records.values().flat_map(gained).collect();
            records.extend(gained);
        }
        for name in new_names {
            let record = json!({"name": name, "version": "1.0", "build": "0", "build_number": 0, "depends": []});
            let (file, record) = later(record, subdir);
            repodata["packages.conda"][file] = record;
        }
        fs::create_dir_all(to.join(subdir)).unwrap();
        fs::write(to.join(subdir).join("repodata.json"), serde_json::to_vec(&repodata).unwrap()).unwrap();
    }
}

/// A new build and a new version of what a record is of; without constraints, so that they are easy to have.
fn gained(record: &Value) -> [(String, Value); 2] {
    let subdir = record["subdir"].as_str().unwrap_or_default();
    let mut build = record.clone();
    build["build_number"] = json!(record["build_number"].as_u64().unwrap_or(0) + 1000);
    build["build"] = json!(format!("{}9", record["build"].as_str().unwrap()));
    let mut version = record.clone();
    version["version"] = json!(format!("{}.9", record["version"].as_str().unwrap()));
    [build, version].map(|mut gained| {
        gained["constrains"] = json!([]);
        later(gained, subdir)
    })
}

/// A record with another file, of later.
fn later(mut record: Value, subdir: &str) -> (String, Value) {
    let text = |field: &str| record[field].as_str().unwrap().to_owned();
    let file = format!("{}-{}-{}.conda", text("name"), text("version"), text("build"));
    record["timestamp"] = json!(LATER);
    record["subdir"] = json!(subdir);
    record["sha256"] = json!("ab".repeat(32));
    (file, record)
}
