//! `envlock convert` as a whole process, and rattler's gateway with `rattler_solve` as another, which is asked for the
//! same packages by their names alone. Both are told of one server, and each has its own cache.
//!
//! `ENVLOCK_SCALE` names a directory that holds channels by their number of records, with shards beside the one file:
//! `1100000/linux-64/repodata.json.zst` and so on. Where it is missing, nothing is measured. `ENVLOCK_BENCH_EXPORTS`
//! adds every export from macOS and Windows of `ENVLOCK_ENVIRONMENTS`, or of `../shared/envs`, whose name has one of its
//! words in it: `osx win` are all of them. `ENVLOCK_BENCH_SEED=0` leaves the seed out.

#[path = "support/process.rs"]
mod process;
#[path = "support/reference.rs"]
mod reference;
#[path = "support/server.rs"]
mod server;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use criterion::{BenchmarkId, Criterion, SamplingMode};
use process::{Usage, median, myself, usage};
use reference::{IMAGE, asks};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const REFERENCE: &str = "reference";
const BOTH: [&str; 2] = ["envlock", REFERENCE];
const SIZES: [&str; 3] = ["100000", "300000", "1100000"];

fn main() {
    match process::role().as_deref() {
        Some("watch") => return process::watch(),
        Some(form) => return refer(form == "shards"),
        None => {}
    }
    let Some(scale) = env::var_os("ENVLOCK_SCALE").map(PathBuf::from).filter(|scale| scale.is_dir()) else {
        println!("skipped: ENVLOCK_SCALE names no directory of scaled channels");
        return;
    };
    let server = server::serve(&scale).expect("a server can be started");
    let sizes: Vec<&str> = SIZES.into_iter().filter(|size| scale.join(size).is_dir()).collect();
    let is_seed_meant = env::var("ENVLOCK_BENCH_SEED").as_deref() != Ok("0");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seed = root.join("fixtures/seed/environment.yml");
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut table =
        vec!["| what | envlock | reference | time | memory |".to_owned(), "|---|---|---|---|---|".to_owned()];
    for form in ["file", "shards"] {
        for size in sizes.iter().filter(|_| is_seed_meant) {
            let caches = caches();
            let contest =
                Contest::new(&seed, &format!("{server}/{form}/{size}"), form, &caches).expect("the seed converts");
            for is_warm in [true, false] {
                let temper = if is_warm { "warm" } else { "cold" };
                let usages = contest.measure(&mut criterion, &format!("seed {form} {temper}"), size, is_warm);
                table.extend(usages.map(|usages| line(&format!("seed, {size} records, {form}, {temper}"), usages)));
            }
        }
    }
    criterion.final_summary();
    if let Some(largest) = sizes.last() {
        for form in ["file", "shards"] {
            let caches = caches();
            for export in exports(root) {
                let name = export.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                // A few can't be converted: the channels have no such python.
                let Some(contest) = Contest::new(&export, &format!("{server}/{form}/{largest}"), form, &caches) else {
                    continue;
                };
                table.push(line(&format!("{name}, {form}, warm"), contest.medians(3)));
            }
        }
    }
    println!("\n{}", table.join("\n"));
}

/// Solves in the place of envlock: a channel, a cache, and specs.
fn refer(is_sharded: bool) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [url, cache, specs @ ..] = arguments.as_slice() else { panic!("a channel and a cache are wanted") };
    let runtime = Runtime::new().expect("threads can be started");
    println!("{}", runtime.block_on(reference::solve(url, Path::new(cache), is_sharded, specs)));
}

/// The exports from macOS and Windows.
fn exports(root: &Path) -> Vec<PathBuf> {
    let directory = env::var_os("ENVLOCK_ENVIRONMENTS").map_or_else(|| root.join("../shared/envs"), PathBuf::from);
    let entries = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let words = env::var("ENVLOCK_BENCH_EXPORTS").unwrap_or_default();
    let is_meant = |name: &str| words.split_whitespace().any(|word| name.contains(word));
    let is_export = |file: &PathBuf| {
        file.file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| (name.starts_with("osx-export") || name.starts_with("win-export")) && is_meant(name))
    };
    let mut exports: Vec<PathBuf> = entries.filter(is_export).collect();
    exports.sort();
    exports
}

/// Caches, envlock's and the reference's.
fn caches() -> [TempDir; 2] {
    [(); 2].map(|()| tempfile::tempdir().expect("there is room for a cache"))
}

/// A file to convert from a channel, and the reference that it is measured against.
struct Contest<'c> {
    file: &'c Path,
    url: String,
    form: &'static str,
    /// What the reference is asked for: the roots that are there, and python in its minor version.
    specs: Vec<String>,
    caches: &'c [TempDir; 2],
}

impl<'c> Contest<'c> {
    /// Converts once, and has the reference solve once, so that both caches are warm. `None` where it can't be converted.
    fn new(file: &'c Path, url: &str, form: &'static str, caches: &'c [TempDir; 2]) -> Option<Self> {
        let mut contest = Self { file, url: url.to_owned(), form, specs: Vec::new(), caches };
        let output = tempfile::tempdir().expect("there is room for the files");
        let document = contest.envlock(contest.caches[0].path(), output.path()).arg("--json").output().ok()?.stdout;
        let report: Value = serde_json::from_slice(&document).ok()?;
        let pins = report["pins"].as_array()?;
        let spec = |pin: &Value| asks(pin["name"].as_str()?, pin["version"].as_str()?, pin["root"] == true);
        contest.specs = pins.iter().filter_map(spec).collect();
        usage(&contest.reference(contest.caches[1].path()));
        Some(contest)
    }

    fn envlock(&self, cache: &Path, output: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_envlock"));
        command.arg("convert").arg(self.file).args(["--quiet", "--no-pip", "--base-image", IMAGE]);
        command.args(["--channel", &format!("conda-forge={}", self.url)]);
        command.arg("--output-dir").arg(output).env("ENVLOCK_CACHE_DIR", cache);
        command
    }

    fn reference(&self, cache: &Path) -> Command {
        let mut command = myself(self.form);
        command.arg(&self.url).arg(cache).args(&self.specs);
        command
    }

    /// What one of the two takes once. Without a warm cache, everything is fetched again. envlock never finds a lock that
    /// is there already.
    fn once(&self, who: &str, is_warm: bool) -> Usage {
        let [cache, output] = [(); 2].map(|()| tempfile::tempdir().expect("there is room for the files"));
        let own = &self.caches[usize::from(who == REFERENCE)];
        let cache = if is_warm { own.path() } else { cache.path() };
        match who {
            REFERENCE => usage(&self.reference(cache)),
            _ => usage(&self.envlock(cache, output.path())),
        }
    }

    /// What both take, the one after the other.
    fn medians(&self, times: usize) -> [Usage; 2] {
        BOTH.map(|who| median(&(0..times).map(|_| self.once(who, true)).collect::<Vec<_>>()))
    }

    /// Has criterion measure both, and gives the medians; `None` where it was told to leave one out.
    fn measure(&self, criterion: &mut Criterion, group: &str, size: &str, is_warm: bool) -> Option<[Usage; 2]> {
        let mut group = criterion.benchmark_group(group);
        group.sampling_mode(SamplingMode::Flat);
        let [ours, theirs] = BOTH.map(|who| {
            let mut usages = Vec::new();
            group.bench_function(BenchmarkId::new(who, size), |bencher| {
                bencher.iter_custom(|times| {
                    let some: Vec<Usage> = (0..times).map(|_| self.once(who, is_warm)).collect();
                    usages.extend_from_slice(&some);
                    some.iter().map(|usage| usage.time).sum()
                });
            });
            usages
        });
        if ours.is_empty() || theirs.is_empty() { None } else { Some([median(&ours), median(&theirs)]) }
    }
}

fn line(what: &str, [ours, theirs]: [Usage; 2]) -> String {
    let cell = |usage: Usage| format!("{:.3} s, {:.0} MiB", usage.time.as_secs_f64(), usage.memory);
    let time = ours.time.as_secs_f64() / theirs.time.as_secs_f64();
    format!("| {what} | {} | {} | {time:.2} | {:.2} |", cell(ours), cell(theirs), ours.memory / theirs.memory)
}
