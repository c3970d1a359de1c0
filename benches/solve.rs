//! The re-solve itself, with the records in memory: of the seed and of two of the largest exports, on the snapshot of
//! conda-forge. As a reference, `rattler_solve` is asked for the same packages by their names alone, with the same
//! records.
//!
//! The snapshot is `ENVLOCK_SNAPSHOT`, or `../shared/channel` beside the repository, and the exports are those of
//! `ENVLOCK_ENVIRONMENTS`, or of `../shared/envs`. Where they are missing, nothing is measured.

#[path = "support/material.rs"]
mod material;
#[path = "support/reference.rs"]
mod reference;

use std::{path::Path, sync::Arc};

use criterion::{BatchSize, Criterion};
use envlock::{
    channel::{self, Channel, FetchOptions, Records},
    environment::read_environment,
    intent::{self, Wish},
    progress::Silent,
    rank::rank,
    solve::{ChannelPriority, Fate, Prefer, Request, Solution, infer_as_of, second_opinion::confirm, solve},
};
use jiff::Timestamp;
use material::material;
use rattler_conda_types::{MatchSpec, RepoDataRecord};
use rattler_solve::{SolverImpl as _, SolverTask, resolvo::Solver};
use tokio::runtime::Runtime;

const EXPORTS: [&str; 2] = ["win-export-py39-07", "osx-export-py310-02"];

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Some((snapshot, environments)) = material() else { return };
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    let exports = EXPORTS.iter().map(|name| (*name, environments.join(format!("{name}.yml"))));
    for (name, file) in [("seed", root.join("fixtures/seed/environment.yml"))].into_iter().chain(exports) {
        let task = Task::read(&file, &snapshot.join("conda-forge"));
        let solution = task.solve();
        let kept = solution.outcomes.iter().filter(|outcome| matches!(outcome.fate, Fate::Kept { .. })).count();
        println!("{name}: {kept} of {} kept, proven: {}", solution.outcomes.len(), solution.proven);
        let specs = specs(&solution);
        let records: Vec<RepoDataRecord> = task.records.iter().flat_map(|(name, _)| task.records.whole(name)).collect();

        let mut group = criterion.benchmark_group(name);
        group.bench_function("envlock", |bencher| bencher.iter(|| task.solve()));
        let offered = reference::offered();
        group.bench_function("second opinion", |bencher| bencher.iter(|| confirm(&solution, &offered).is_ok()));
        group.bench_function("rattler_solve", |bencher| {
            let solver_task = || SolverTask {
                virtual_packages: reference::offered(),
                specs: specs.clone(),
                ..[records.as_slice()].into_iter().collect()
            };
            bencher.iter_batched(solver_task, |task| Solver.solve(task).is_ok(), BatchSize::LargeInput);
        });
        group.finish();
    }
    criterion.final_summary();
}

/// A file and what the channel has for it.
struct Task {
    wishes: Vec<Wish>,
    records: Records,
    channels: Vec<Channel>,
    as_of: Option<Timestamp>,
}

impl Task {
    fn read(file: &Path, channel: &Path) -> Self {
        let environment = read_environment(file).expect("the file can be read");
        let intent = intent::understand(&environment);
        let place = format!("conda-forge={}", channel.display());
        let channels = channel::select(&[place], &[], channel, &envlock::machine::ChannelNames::default())
            .expect("the snapshot is a channel")
            .channels;
        let cache = tempfile::tempdir().expect("there is room for a cache");
        let options = FetchOptions {
            offline: true,
            cache_dir: cache.path().to_owned(),
            limits: envlock::http::Limits::default(),
            machine: Arc::default(),
            events: Arc::new(Silent),
        };
        let names = intent.pins.iter().map(|pin| pin.name.clone());
        let runtime = Runtime::new().expect("threads can be started");
        let fetched = runtime.block_on(channel::fetch(&channels, names, &options)).expect("the snapshot can be read");
        let records = fetched.records().clone();
        let as_of = infer_as_of(&intent, &records);
        Self { wishes: rank(&intent, &records, as_of), records, channels, as_of }
    }

    fn solve(&self) -> Solution {
        let request = Request {
            wishes: &self.wishes,
            records: &self.records,
            channels: &self.channels,
            priority: ChannelPriority::Strict,
            virtual_packages: &reference::offered(),
            as_of: self.as_of,
            horizon: None,
            prefer: Prefer::default(),
            only: None,
            timeout: None,
            trees: false,
        };
        solve(&request).expect("it can be solved")
    }
}

/// What the reference is asked for.
fn specs(solution: &Solution) -> Vec<MatchSpec> {
    let specs = solution.outcomes.iter().filter_map(|outcome| {
        let (Fate::Kept { record } | Fate::Moved { record, .. }) = &outcome.fate else { return None };
        let version = record.package_record.version.to_string();
        reference::asks(outcome.pin.name.as_normalized(), &version, outcome.root)
    });
    specs.map(|text| reference::spec(&text)).collect()
}
