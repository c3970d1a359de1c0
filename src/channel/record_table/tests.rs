use proptest::prelude::*;
use rattler_conda_types::PackageRecord;
use serde_json::{Value, json};

use super::*;
use crate::channel::RecordOrigin;

/// A record table of records of linux-64, which were found under these file names.
fn block(name: &str, records: &[(&str, Value)]) -> RecordTable {
    RecordTable::open(built(name, records).finish().unwrap().into()).unwrap()
}

fn built(name: &str, records: &[(&str, Value)]) -> RecordTableBuilder {
    let mut builder = RecordTableBuilder::new(name);
    for (file, record) in records {
        builder.push(Bucket::Files, file, "linux-64", &serde_json::from_str(&record.to_string()).unwrap());
    }
    builder
}

fn record(version: &str, build: &str) -> Value {
    json!({"name": "app", "version": version, "build": build, "build_number": 0, "depends": ["a", "b >=1"]})
}

fn files(block: &RecordTable) -> Vec<String> {
    block.rows().iter().map(|row| row.file_name()).collect()
}

fn origin() -> RecordOrigin {
    let base = "https://conda.anaconda.org/conda-forge/linux-64/".parse().unwrap();
    RecordOrigin {
        channel: "https://conda.anaconda.org/conda-forge/".parse().unwrap(),
        rank: 0,
        subdir: "linux-64".to_owned(),
        base,
    }
}

#[test]
fn a_record_comes_back_as_it_was() {
    let json = json!({
        "name": "app", "version": "1!2.0rc1", "build": "py36_h0_3", "build_number": 3, "subdir": "linux-64",
        "depends": ["python >=3.6,<3.7.0a0", "__glibc >=2.17"], "constrains": ["other <2"],
        "track_features": "one two,three", "features": "vc9", "license": "MIT AND \"X\"", "license_family": "Other",
        "md5": "d41d8cd98f00b204e9800998ecf8427e", "noarch": "python", "size": 123_456_789_012_u64,
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "timestamp": 1_543_500_000_123_u64, "python_site_packages_path": "lib/python3.13t/site-packages",
        "purls": ["pkg:pypi/app@2.0"],
    });
    let block = block("app", &[("app-1!2.0rc1-py36_h0_3.conda", json.clone())]);
    let row = block.rows().row(0);
    let record = row.record(&origin()).unwrap();
    assert_eq!(record.package_record, serde_json::from_value::<PackageRecord>(json).unwrap());
    assert_eq!(record.url.as_str(), "https://conda.anaconda.org/conda-forge/linux-64/app-1!2.0rc1-py36_h0_3.conda");
    assert_eq!(record.channel.as_deref(), Some("https://conda.anaconda.org/conda-forge/"));
}

#[test]
fn a_record_without_what_may_be_missing_comes_back_as_it_was() {
    let json = json!({"name": "app", "version": "1.0", "build": "0", "build_number": 0, "subdir": "linux-64"});
    let block = block("app", &[("app-1.0-0.tar.bz2", json.clone())]);
    let record = block.rows().row(0).record(&origin()).unwrap();
    let mut expected: PackageRecord = serde_json::from_value(json).unwrap();
    expected.build_number = 0;
    assert_eq!(record.package_record, expected);
    assert!(!block.rows().row(0).has_hash());
}

#[test]
fn a_time_in_seconds_is_taken_as_such() {
    let of = |time: u64| {
        let mut record = record("1.0", "0");
        record["timestamp"] = time.into();
        block("app", &[("app-1.0-0.conda", record)]).rows().row(0).timestamp().unwrap().as_second()
    };
    assert_eq!(of(1_543_500_000), 1_543_500_000);
    assert_eq!(of(1_543_500_000_000), 1_543_500_000);
}

#[test]
fn the_time_of_the_server_goes_before_that_of_the_build() {
    let indexed = |time: u64| {
        let mut record = record("1.0", "0");
        record["timestamp"] = 1_543_500_000_000_u64.into();
        record["indexed_timestamp"] = time.into();
        block("app", &[("app-1.0-0.conda", record.clone())])
    };
    let block = indexed(1_780_000_000_000);
    let row = block.rows().row(0);
    assert_eq!(row.timestamp().unwrap().as_second(), 1_780_000_000);
    let whole = row.record(&origin()).unwrap();
    assert_eq!(whole.package_record.timestamp.unwrap().jiff_timestamp().as_second(), 1_543_500_000);
    assert_eq!(crate::solve::built(&whole), row.timestamp());
    // It is in milliseconds, however small it is.
    assert_eq!(indexed(1_000).rows().row(0).timestamp().unwrap().as_second(), 1);
}

#[test]
fn records_without_additions_take_no_room_for_them() {
    let plain = built("app", &[("app-1.0-0.conda", record("1.0", "0"))]).finish().unwrap();
    let mut flagged = record("1.0", "0");
    flagged["flags"] = json!(["a"]);
    flagged["extra_depends"] = json!({"x": ["y >=1", "z"], "none": []});
    let more = built("app", &[("app-1.0-0.conda", flagged)]).finish().unwrap();
    assert!(more.len() > plain.len() + size_of::<RawAddition>());
    let (plain, more) = (RecordTable::open(plain.into()).unwrap(), RecordTable::open(more.into()).unwrap());
    assert_eq!(plain.rows().additions.len(), 0);
    let row = more.rows().row(0);
    assert_eq!(row.flags().collect::<Vec<_>>(), ["a"]);
    assert_eq!(row.extra_depends().collect::<Vec<_>>(), [("none", ""), ("x", "y >=1"), ("x", "z")]);
}

#[test]
fn what_the_third_revision_says_of_a_file_counts() {
    let mut builder = RecordTableBuilder::new("app");
    let mut push = |bucket, key: &str, version: &str, number: u64| {
        let mut record = record(version, "0");
        record["build_number"] = number.into();
        builder.push(bucket, key, "linux-64", &serde_json::from_str(&record.to_string()).unwrap());
    };
    push(Bucket::Conda, "app-1.0-0", "1.0", 5);
    push(Bucket::Files, "app-1.0-0.conda", "1.0", 4);
    push(Bucket::Files, "app-1.1-0.conda", "1.1", 4);
    push(Bucket::TarBz2, "app-1.1-0", "1.1", 4);
    push(Bucket::TarBz2, "app-1.2-0", "1.2", 4);
    push(Bucket::Wheels, "app-1.3-0", "1.3", 4);
    builder.remove("app-1.2-0.tar.bz2");
    let block = RecordTable::open(builder.finish().unwrap().into()).unwrap();
    assert_eq!(files(&block), ["app-1.0-0.conda", "app-1.1-0.conda"]);
    assert_eq!(block.rows().row(0).build_number(), 5);
    // Without an address of its own, it lies beside the others.
    let wheel = block.rows().wheels().next().unwrap();
    assert_eq!((wheel.version, wheel.url, wheel.sha256), ("1.3", "app-1.3-0.whl", ""));
}

#[test]
fn records_are_in_order_whatever_order_they_came_in() {
    let files = ["app-1.0-a.conda", "app-1.0-b.conda", "app-1.0.0-a.conda", "app-1.2-a.conda", "app-1.10-a.conda"];
    let of = |file: &&'static str| {
        let mut parts = file.trim_end_matches(".conda").split('-').skip(1);
        (*file, record(parts.next().unwrap(), parts.next().unwrap()))
    };
    let forwards: Vec<_> = files.iter().map(of).collect();
    let backwards: Vec<_> = files.iter().rev().map(of).collect();
    for records in [forwards, backwards] {
        let block = block("app", &records);
        assert_eq!(self::files(&block), files);
        let versions: Vec<_> = block.rows().versions().collect();
        assert_eq!(versions, [("1.0", 0..2), ("1.0.0", 2..3), ("1.2", 3..4), ("1.10", 4..5)]);
    }
}

#[test]
fn of_twins_the_conda_is_taken_and_of_a_removed_one_the_other() {
    let twins = [("app-1.0-0.tar.bz2", record("1.0", "0")), ("app-1.0-0.conda", record("1.0", "0"))];
    assert_eq!(files(&block("app", &twins)), ["app-1.0-0.conda"]);
    let mut builder = built("app", &twins);
    builder.remove("app-1.0-0.conda");
    assert_eq!(files(&RecordTable::open(builder.finish().unwrap().into()).unwrap()), ["app-1.0-0.tar.bz2"]);
    let mut builder = built("app", &twins);
    builder.remove("app-1.0-0.conda");
    builder.remove("app-1.0-0.tar.bz2");
    assert_eq!(builder.finish(), None);
}

#[test]
fn a_file_is_called_after_its_package_and_nothing_else() {
    for file in [
        "app-1.0-0_copy.conda",
        "app-1-0.tar.bz2",
        "app-1.0.conda",
        "application-1.0-0.conda",
        "../app-1.0-0.conda",
        "//evil.example/app-1.0-0.conda",
        "file:///etc/app-1.0-0.conda",
        "..%2Fapp-1.0-0.conda",
        "app-1.0-0.conda?x.conda",
        " app-1.0-0.conda",
    ] {
        let block = block("app", &[(file, record("1.0", "0")), ("app-2.0-0.conda", record("2.0", "0"))]);
        assert_eq!(files(&block), ["app-2.0-0.conda"]);
        let (count, first) = block.rows().fault().unwrap();
        assert!(count == 1 && first.starts_with(&format!("`{file}`: ")), "{first}");
    }
    let block = block("app", &[("App-1.0-0.conda", record("1.0", "0"))]);
    assert_eq!(files(&block), ["App-1.0-0.conda"]);
    let mut builder = built("app", &[("App-1.0-0.conda", record("1.0", "0"))]);
    builder.remove("App-1.0-0.conda");
    assert_eq!(builder.finish(), None);
}

#[test]
fn what_is_for_another_platform_or_no_archive_is_left_out() {
    let of = |subdir: &str, file: &str| {
        let mut record = record("1.0", "0");
        record["subdir"] = subdir.into();
        built("app", &[(file, record)]).finish().is_some()
    };
    assert!(of("linux-64", "app-1.0-0.conda") && of("noarch", "app-1.0-0.conda") && of("", "app-1.0-0.conda"));
    assert!(!of("osx-64", "app-1.0-0.conda") && !of("linux-64", "app-1.0-0.whl"));
}

#[test]
fn a_version_or_build_that_makes_no_sense_is_left_out() {
    let long = "1".repeat(300);
    for (version, build) in [
        ("=", "0"),
        ("1..0", "0"),
        ("", "0"),
        ("../1", "0"),
        ("1%2f", "0"),
        ("1", "../x"),
        ("1", "a%2f"),
        ("1", "a\u{1b}[2J"),
        ("1", "a\u{202e}"),
        ("1", "x?y"),
        ("1", ""),
        (&long, "0"),
        ("1", &long),
    ] {
        let file = format!("app-{version}-{build}.conda");
        let block = block("app", &[("app-1.0-0.conda", record("1.0", "0")), (&file, record(version, build))]);
        assert_eq!(files(&block), ["app-1.0-0.conda"], "{version} {build}");
        assert_eq!(block.rows().fault().unwrap().0, 1);
    }
}

proptest! {
    #[test]
    fn a_record_lies_beside_the_others(version in "[0-9a-z.!+%/\\\\?#:-]{1,6}", build in "[0-9a-z_.%/\\\\?#:-]{1,6}") {
        let file = format!("app-{version}-{build}.conda");
        let bytes = built("app", &[(&file, record(&version, &build))]).finish().unwrap();
        for record in RecordTable::open(bytes.into()).unwrap().rows().iter().filter_map(|row| row.record(&origin())) {
            let url = record.url.as_str();
            prop_assert_eq!(url.strip_prefix(origin().base.as_str()), Some(&*file));
        }
    }

    #[test]
    fn bytes_that_are_no_block_are_refused_or_harmless(
        at in 0_usize..500,
        byte: u8,
        end in 0_usize..500,
    ) {
        let records = [("app-1.0-0.conda", record("1.0", "0")), ("app-1.1-0.conda", record("1.1", "0"))];
        let mut bytes = built("app", &records).finish().unwrap();
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        bytes.truncate(end.max(at));
        if let Some(block) = RecordTable::open(bytes.into()) {
            for row in block.rows().iter() {
                let _ = (row.record(&origin()), row.depends().count(), row.timestamp(), row.file_name());
            }
            prop_assert!(block.rows().versions().count() <= block.rows().len());
        }
    }
}
