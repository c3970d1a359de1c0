//! The flow from a file up to its solution, on the snapshot.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use envlock::{
    channel::{self, Channel, FetchOptions, Records},
    environment::read_environment,
    image::{BaseImage, virtual_packages},
    intent::{self, Wish},
    machine::ChannelNames,
    progress::Silent,
    rank::rank,
    solve::{ChannelPriority, Prefer, Request, Solution, SolveError, infer_as_of, solve},
};
use jiff::Timestamp;
use rattler_conda_types::GenericVirtualPackage;
use tokio::runtime::Runtime;

use crate::{
    snapshot::files::{environment_files, stem},
    support::IMAGE,
};

/// What to solve on.
pub struct Target {
    /// The channels, the most important first.
    pub channels: Vec<Channel>,
    /// What the image offers.
    pub virtual_packages: Vec<GenericVirtualPackage>,
}

/// A solution with what was wished for.
pub struct Resolved {
    /// How many pins the file has.
    pub pins: usize,
    /// The wishes, the most important first.
    pub wishes: Vec<Wish>,
    /// What came of them.
    pub solution: Solution,
}

impl Target {
    /// Some of the snapshot's channels, the most important first.
    pub fn new(snapshot: &Path, channels: &[&str]) -> Self {
        let places: Vec<String> =
            channels.iter().map(|name| format!("{name}={}", snapshot.join(name).display())).collect();
        Self {
            channels: channel::select(&places, &[], snapshot, &ChannelNames::default()).unwrap().channels,
            virtual_packages: virtual_packages(&BaseImage::parse(IMAGE).unwrap(), &[]).unwrap(),
        }
    }

    /// Everything that the channels have for an intent.
    fn records(&self, intent: &intent::Intent) -> Records {
        let options = FetchOptions {
            offline: true,
            cache_dir: env!("CARGO_TARGET_TMPDIR").into(),
            limits: envlock::http::Limits::default(),
            machine: Arc::default(),
            events: Arc::new(Silent),
        };
        let names = intent.pins.iter().map(|pin| pin.name.clone());
        let fetched = Runtime::new().unwrap().block_on(channel::fetch(&self.channels, names, &options)).unwrap();
        fetched.records().clone()
    }

    /// Solves a file.
    pub fn resolve(&self, file: &Path) -> Result<Resolved, SolveError> {
        self.resolve_up_to(None, file)
    }

    /// Solves a file as if what was built after the horizon didn't exist.
    pub fn resolve_up_to(&self, horizon: Option<Timestamp>, file: &Path) -> Result<Resolved, SolveError> {
        let environment = read_environment(file).unwrap();
        let intent = intent::understand(&environment);
        let records = self.records(&intent);
        let as_of = infer_as_of(&intent, &records);
        let wishes = rank(&intent, &records, as_of);
        let request = Request {
            wishes: &wishes,
            records: &records,
            channels: &self.channels,
            priority: ChannelPriority::Strict,
            virtual_packages: &self.virtual_packages,
            as_of,
            horizon,
            prefer: Prefer::default(),
            only: None,
            timeout: None,
            trees: false,
        };
        let solution = solve(&request)?;
        Ok(Resolved { pins: intent.pins.len(), wishes, solution })
    }
}

/// The files whose names say that they are exports, by name.
pub fn exports(directory: &Path) -> Vec<PathBuf> {
    environment_files(directory).into_iter().filter(|file| stem(file).contains("-export")).collect()
}

/// Does something with each of the files, with two at once. What comes of them is in their order.
pub fn each<T: Send>(files: &[PathBuf], work: impl Fn(&Path) -> T + Sync) -> Vec<T> {
    let next = Mutex::new(files.iter().enumerate());
    let worker = || {
        let mut done = Vec::new();
        loop {
            let Some((index, file)) = next.lock().unwrap().next() else { return done };
            done.push((index, work(file)));
        }
    };
    let mut done: Vec<(usize, T)> = std::thread::scope(|scope| {
        let workers = [scope.spawn(worker), scope.spawn(worker)];
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, done)| done).collect()
}
