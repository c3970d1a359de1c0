//! Fifty environments in one run of `convert`, and, as a reference, in fifty runs one after the other, with a warm cache.
//!
//! They are exports of `ENVLOCK_ENVIRONMENTS`, or of `../shared/envs`, converted from the snapshot of conda-forge
//! (`ENVLOCK_SNAPSHOT`, or `../shared/channel`). Where these are missing, nothing is measured.

#[path = "support/material.rs"]
mod material;

use std::{fs, path::PathBuf, process::Command};

use criterion::{Criterion, SamplingMode};
use material::material;

const ENVIRONMENTS: usize = 50;

fn main() {
    let Some((snapshot, environments)) = material() else { return };
    let directory = tempfile::tempdir().unwrap();
    let convert = |files: &[PathBuf]| {
        let image = format!("mambaorg/micromamba:2.6.1@sha256:{}", "ab".repeat(32));
        let channel = format!("conda-forge={}", snapshot.join("conda-forge").display());
        let mut command = Command::new(env!("CARGO_BIN_EXE_envlock"));
        command.args(["convert", "--no-pip", "--quiet", "--base-image", &image, "--channel", &channel]);
        command.args(files).env("ENVLOCK_CACHE_DIR", directory.path().join(".cache"));
        command.output().unwrap().status.success()
    };
    let mut found: Vec<PathBuf> = fs::read_dir(&environments).unwrap().map(|it| it.unwrap().path()).collect();
    found.retain(|file| file.file_name().unwrap().to_string_lossy().contains("-export"));
    found.sort();
    // Some of the files are there because they can't be converted.
    let mut files = Vec::new();
    for file in found {
        let own = directory.path().join(file.file_stem().unwrap()).join("environment.yml");
        fs::create_dir_all(own.parent().unwrap()).unwrap();
        fs::copy(&file, &own).unwrap();
        if files.len() < ENVIRONMENTS && convert(std::slice::from_ref(&own)) {
            files.push(own);
        }
    }
    let forget = || {
        for file in &files {
            fs::remove_file(file.with_file_name("conda-lock.yml")).unwrap();
        }
    };
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut group = criterion.benchmark_group(format!("{} environments", files.len()));
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("in one run", |bencher| {
        bencher.iter_batched(forget, |()| assert!(convert(&files)), criterion::BatchSize::PerIteration);
    });
    group.bench_function("in a run each", |bencher| {
        let each = || files.iter().all(|file| convert(std::slice::from_ref(file)));
        bencher.iter_batched(forget, |()| assert!(each()), criterion::BatchSize::PerIteration);
    });
    group.finish();
}
