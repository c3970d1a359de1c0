//! `check` of a lock of 400 packages, as a process and as a function. As references, a process that only prints the version,
//! and the parsing of the same lock's YAML by `serde_yaml`, which every reader of the lock has to do.

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use criterion::Criterion;
use envlock::{
    check::{Given, input_changes, lock_flaws, rendered_change},
    dockerfile,
    environment::parse_environment,
    intent::understand,
    lockfile,
};
use serde_json::{Value, json};

const PACKAGES: usize = 400;

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let (environment, text) = made(directory.path());
    let dockerfile = fs::read_to_string(directory.path().join("Dockerfile")).unwrap();
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("check");
    let envlock = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_envlock")).args(arguments).current_dir(directory.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    };
    group.bench_function("process", |bencher| bencher.iter(|| envlock(&["check"])));
    group.bench_function("process that prints its version", |bencher| bencher.iter(|| envlock(&["--version"])));
    group.bench_function("function", |bencher| {
        bencher.iter(|| {
            let lock = lockfile::parse("conda-lock.yml", &text).unwrap();
            let environment = parse_environment("environment.yml", environment.as_bytes()).unwrap();
            let intent = understand(&environment);
            let channels = ["conda-forge".to_owned()];
            let given = Given { environment: &environment, intent: &intent, channels: Some(&channels) };
            let mut findings = input_changes(&given, &lock).unwrap();
            findings.extend(lock_flaws("conda-lock.yml", &lock, &text).unwrap());
            let expected = dockerfile::files(&lock, &lockfile::sha256_hex(&text), None).unwrap().remove(0).text;
            findings.extend(rendered_change("Dockerfile", &expected, Some(&dockerfile)));
            assert!(findings.is_empty(), "{findings:?}");
        });
    });
    group.bench_function("serde_yaml", |bencher| {
        bencher.iter(|| serde_yaml::from_str::<serde_yaml::Value>(&text).unwrap());
    });
    group.finish();
}

/// Converts an environment of so many packages, each of which needs four others, from a channel that is made for it. Returns
/// the texts of the environment file and of the lock.
fn made(directory: &Path) -> (String, String) {
    let record = |index: usize| {
        let needs =
            (1..5).filter(|step| index >= *step * *step).map(|step| format!("p{} >=1.{step}", index - step * step));
        let file = format!("p{index}-1.{index}-h{index}_0.conda");
        let record = json!({
            "name": format!("p{index}"), "version": format!("1.{index}"), "build": format!("h{index}_0"),
            "build_number": 0, "depends": needs.filter(|_| index > 20).collect::<Vec<_>>(), "subdir": "linux-64",
            "md5": format!("{index:032x}"), "sha256": format!("{index:064x}"), "size": 1000 + index,
            "timestamp": 1_700_000_000_000_u64,
        });
        (file, record)
    };
    let records: BTreeMap<String, Value> = (0..PACKAGES).map(record).collect();
    let subdirs = [("linux-64", json!(records)), ("noarch", json!({}))];
    for (subdir, records) in subdirs {
        let repodata =
            json!({"info": {"subdir": subdir}, "packages": {}, "packages.conda": records, "repodata_version": 1});
        fs::create_dir_all(directory.join("channel").join(subdir)).unwrap();
        fs::write(directory.join("channel").join(subdir).join("repodata.json"), repodata.to_string()).unwrap();
    }
    let lines: Vec<String> = (0..PACKAGES).map(|index| format!("  - p{index}=1.{index}=hwin{index}_0\n")).collect();
    let environment = format!("channels: [conda-forge]\ndependencies:\n{}", lines.concat());
    fs::write(directory.join("environment.yml"), &environment).unwrap();
    let image = format!("mambaorg/micromamba:2.6.1@sha256:{}", "ab".repeat(32));
    let converted = Command::new(env!("CARGO_BIN_EXE_envlock"))
        .args(["convert", "--base-image", &image, "--channel", "conda-forge=channel"])
        .current_dir(directory)
        .env("ENVLOCK_CACHE_DIR", directory.join(".cache"))
        .output()
        .unwrap();
    assert!(converted.status.success(), "{}", String::from_utf8_lossy(&converted.stderr));
    let text = fs::read_to_string(directory.join("conda-lock.yml")).unwrap();
    assert_eq!(lockfile::parse("conda-lock.yml", &text).unwrap().conda_packages().count(), PACKAGES);
    (environment, text)
}
