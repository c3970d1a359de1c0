//! Reading what the seed environment can depend on from channels of growing size, and the same by rattler's gateway.
//!
//! `ENVLOCK_SCALE` names a directory that holds channels by their number of records, with shards beside the one file:
//! `1100000/linux-64/repodata.json.zst` and so on. Where it is missing, nothing is measured.

#[path = "support/reference.rs"]
mod reference;
#[path = "support/server.rs"]
mod server;

use std::{
    env,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use criterion::{BenchmarkId, Criterion, SamplingMode};
use envlock::{
    channel::{self, Channel, FetchOptions},
    environment::read_environment,
    intent,
    progress::Silent,
};
use rattler_conda_types::PackageName;
use rattler_repodata_gateway::RepoData;
use tokio::runtime::Runtime;

const SIZES: [&str; 3] = ["100000", "300000", "1100000"];

fn main() {
    let Some(scale) = env::var_os("ENVLOCK_SCALE").map(PathBuf::from).filter(|scale| scale.is_dir()) else {
        println!("skipped: ENVLOCK_SCALE names no directory of scaled channels");
        return;
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let runtime = Runtime::new().expect("threads can be started");
    let server = server::serve(&scale).expect("a server can be started");
    let names = seed();
    for size in SIZES.into_iter().filter(|size| scale.join(size).is_dir()) {
        for form in ["file", "shards"] {
            let url = format!("{server}/{form}/{size}");
            measure(&mut criterion, &runtime, form, size, &Ours::new(&url, &names));
            measure(&mut criterion, &runtime, form, size, &Gateways { url, names: names.clone(), form });
        }
    }
    criterion.final_summary();
}

/// The names of the seed environment.
fn seed() -> Vec<PackageName> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/seed/environment.yml");
    let environment = read_environment(&file).expect("the seed can be read");
    intent::understand(&environment).pins.into_iter().map(|pin| pin.name).collect()
}

/// Somebody who reads records. What is returned is how many there are.
trait Reader {
    const NAME: &'static str;

    async fn read(&self, cache: &Path) -> usize;
}

fn measure<R: Reader>(criterion: &mut Criterion, runtime: &Runtime, form: &str, size: &str, reader: &R) {
    let cache = tempfile::tempdir().expect("there is room for a cache");
    let count = runtime.block_on(reader.read(cache.path()));
    println!("{} finds {count} records in {form} {size}", R::NAME);

    let mut group = criterion.benchmark_group(format!("{form} warm"));
    let id = BenchmarkId::new(R::NAME, size);
    group.bench_function(id.clone(), |bencher| bencher.iter(|| runtime.block_on(reader.read(cache.path()))));
    group.finish();

    let mut group = criterion.benchmark_group(format!("{form} cold"));
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function(id, |bencher| {
        bencher.iter_custom(|times| {
            let mut total = Duration::ZERO;
            for _ in 0..times {
                let cache = tempfile::tempdir().expect("there is room for a cache");
                let start = Instant::now();
                runtime.block_on(reader.read(cache.path()));
                total += start.elapsed();
            }
            total
        });
    });
    group.finish();
}

/// What envlock does, up to the answer that nothing has changed.
struct Ours {
    channels: Vec<Channel>,
    names: Vec<PackageName>,
}

impl Ours {
    fn new(url: &str, names: &[PackageName]) -> Self {
        let channels =
            channel::select(&[url.to_owned()], &[], Path::new(""), &envlock::machine::ChannelNames::default())
                .expect("it is the URL of a channel")
                .channels;
        Self { channels, names: names.to_vec() }
    }
}

impl Reader for Ours {
    const NAME: &'static str = "envlock";

    async fn read(&self, cache: &Path) -> usize {
        let options = FetchOptions {
            offline: false,
            cache_dir: cache.to_owned(),
            limits: envlock::http::Limits::default(),
            machine: Arc::default(),
            events: Arc::new(Silent),
        };
        let fetched = channel::fetch(&self.channels, self.names.iter().cloned(), &options).await;
        let mut fetched = fetched.expect("the channel can be read");
        let count = fetched.records().iter().flat_map(|(_, found)| found).map(|found| found.block.rows().len()).sum();
        assert!(fetched.renewed().await.expect("the server answers").is_none());
        count
    }
}

/// What rattler's gateway does.
struct Gateways<'f> {
    url: String,
    names: Vec<PackageName>,
    form: &'f str,
}

impl Reader for Gateways<'_> {
    const NAME: &'static str = "gateway";

    async fn read(&self, cache: &Path) -> usize {
        let found = reference::fetch(&self.url, cache, self.form == "shards", self.names.iter().cloned()).await;
        found.iter().map(RepoData::len).sum()
    }
}
