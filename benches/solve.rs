//! The re-solve of the seed environment on a snapshot of conda-forge, beside a plain `rattler_solve` of the same names.
//!
//! The snapshot is a directory with the channel `conda-forge`, named by `ENVLOCK_SNAPSHOT` or beside the repository;
//! where there is none, the bench says so and measures nothing.

use std::{collections::BTreeMap, hint::black_box, path::PathBuf};

use criterion::Criterion;
use envlock::{
    channel::{self, FetchOptions, Records},
    environment::read_environment,
    image::{self, BaseImage},
    intent::{self, Intent, Wish},
    solve::{self, Request},
};
use rattler_conda_types::{GenericVirtualPackage, MatchSpec, ParseMatchSpecOptions, RepoDataRecord};
use rattler_solve::{SolverImpl, SolverTask, resolvo};

/// What both solve.
struct Seed {
    intent: Intent,
    records: Records,
    wishes: Vec<Wish>,
    virtual_packages: Vec<GenericVirtualPackage>,
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    match snapshot() {
        Some(snapshot) => solve_seed(&mut criterion, &load(&snapshot)),
        None => println!("skipped: no snapshot of conda-forge; name its directory with ENVLOCK_SNAPSHOT"),
    }
    criterion.final_summary();
}

fn snapshot() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/channel");
    let directory = std::env::var_os("ENVLOCK_SNAPSHOT").map_or_else(beside, PathBuf::from).join("conda-forge");
    directory.is_dir().then_some(directory)
}

fn load(snapshot: &std::path::Path) -> Seed {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let environment = read_environment(&root.join("fixtures/seed/environment.yml")).unwrap();
    let intent = intent::understand(&environment);
    let mirror = format!("conda-forge={}", snapshot.display());
    let channels = channel::select(&[mirror], &[], &root).unwrap().channels;
    let cache = tempfile::tempdir().unwrap();
    let options = FetchOptions { offline: true, cache_dir: cache.path().to_owned(), progress: None };
    let names = intent.pins.iter().map(|pin| pin.name.clone());
    let records = tokio::runtime::Runtime::new().unwrap().block_on(channel::fetch(&channels, names, &options)).unwrap();
    let digest = "0".repeat(64);
    let image = BaseImage::parse(&format!("{}@sha256:{digest}", image::DEFAULT_IMAGE)).unwrap();
    let virtual_packages = image::virtual_packages(&image, &[]).unwrap();
    let wishes = intent::rank(&intent, &records);
    Seed { intent, records, wishes, virtual_packages }
}

fn solve_seed(criterion: &mut Criterion, seed: &Seed) {
    let mut group = criterion.benchmark_group("seed");
    let as_of = solve::infer_as_of(seed.intent.kind, &seed.wishes, &seed.records);
    group.bench_function("closest", |bench| {
        bench.iter(|| {
            let elsewhere = BTreeMap::new();
            let request = Request {
                wishes: black_box(&seed.wishes),
                records: &seed.records,
                elsewhere: &elsewhere,
                virtual_packages: &seed.virtual_packages,
                as_of,
            };
            solve::solve(&request).unwrap()
        });
    });
    let records: Vec<&RepoDataRecord> = seed.records.iter().collect();
    let specs = plain_specs(seed);
    group.bench_function("reference: rattler_solve, python and the names of the roots", |bench| {
        bench.iter(|| {
            let task = SolverTask {
                virtual_packages: seed.virtual_packages.clone(),
                specs: black_box(specs.clone()),
                ..SolverTask::from_iter([records.clone()])
            };
            resolvo::Solver.solve(task).unwrap()
        });
    });
    group.finish();
}

/// Python's minor version and the names of the roots that it can have: what a person would ask for by hand.
fn plain_specs(seed: &Seed) -> Vec<MatchSpec> {
    let request = Request {
        wishes: &seed.wishes,
        records: &seed.records,
        elsewhere: &BTreeMap::new(),
        virtual_packages: &seed.virtual_packages,
        as_of: None,
    };
    let solution = solve::solve(&request).unwrap();
    let there = |name| solution.records.iter().any(|record| record.package_record.name == name);
    let roots = seed.wishes.iter().filter(|wish| wish.root && there(wish.pin.name.clone()));
    let names = roots.map(|wish| wish.pin.name.as_normalized()).filter(|name| *name != "python");
    let spec = |text: &str| MatchSpec::from_str(text, ParseMatchSpecOptions::lenient()).unwrap();
    names.map(spec).chain([spec("python 3.6.*")]).collect()
}
