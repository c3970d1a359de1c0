//! Processes that run at the same time and share a cold cache: what they want of a server is fetched once.

use std::{
    collections::BTreeMap,
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use wiremock::{Request, Respond, ResponseTemplate};

use crate::support::{
    Workspace, done,
    server::{Server, repodata},
};

const SUBDIRS: [&str; 2] = ["linux-64", "noarch"];

/// A file that takes a while to come, and that nobody gets anew who has it.
struct Slow {
    bytes: Vec<u8>,
    delay: Duration,
}

impl Respond for Slow {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let status = if is_renewal(request) { 304 } else { 200 };
        let bytes = if is_renewal(request) { Vec::new() } else { self.bytes.clone() };
        ResponseTemplate::new(status).insert_header("ETag", "\"1\"").set_body_bytes(bytes).set_delay(self.delay)
    }
}

fn is_renewal(request: &Request) -> bool {
    request.headers.contains_key("if-none-match")
}

/// The channel of the fixtures; each file of it takes as long as that to come.
fn serve(server: &Server, delay: Duration) {
    for subdir in SUBDIRS {
        let bytes = zstd::encode_all(repodata(subdir).as_slice(), 3).unwrap();
        server.respond(&path(subdir), Slow { bytes, delay });
    }
}

fn path(subdir: &str) -> String {
    format!("/channel/{subdir}/repodata.json.zst")
}

/// Starts a conversion with a cache that others share.
fn start(cache: &Workspace, server: &Server) -> (Workspace, Child) {
    let workspace = Workspace::holding("dependencies: [numpy]\n");
    let mut command = workspace.convert_from(&[&format!("conda-forge={}", server.channel())]);
    command.env("ENVLOCK_CACHE_DIR", cache.path());
    let program = Command::new(command.get_program());
    let child = workspace.start(program, &command);
    (workspace, child)
}

#[test]
fn twenty_processes_fetch_each_subdir_once() {
    let (server, cache) = (Server::empty(), Workspace::empty());
    serve(&server, Duration::from_millis(1500));
    let mut running: Vec<(Workspace, Child)> = (0..20).map(|_| start(&cache, &server)).collect();
    for (_, child) in &mut running {
        assert!(child.wait().unwrap().success());
    }
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for request in server.requests().iter().filter(|it| !is_renewal(it)) {
        *asked.entry(request.url.path().to_owned()).or_default() += 1;
    }
    for subdir in SUBDIRS {
        assert_eq!(asked[&path(subdir)], 1, "{asked:?}");
    }
    let locks: Vec<String> = running.iter().map(|(workspace, _)| workspace.read("conda-lock.yml")).collect();
    assert!(locks.iter().all(|lock| *lock == locks[0]));
}

#[test]
fn who_is_killed_keeps_nobody_waiting() {
    let (server, cache) = (Server::empty(), Workspace::empty());
    serve(&server, Duration::ZERO);
    for subdir in SUBDIRS {
        server.respond_once(&path(subdir), Slow { bytes: Vec::new(), delay: Duration::from_mins(10) });
    }
    let (_first, mut killed) = start(&cache, &server);
    while server.requests().len() < 4 {
        thread::sleep(Duration::from_millis(20));
    }
    let (second, mut waiting) = start(&cache, &server);
    thread::sleep(Duration::from_millis(1500));
    assert!(waiting.try_wait().unwrap().is_none());
    assert_eq!(server.requests().len(), 4);
    let moment = Instant::now();
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(waiting.wait().unwrap().success());
    assert!(moment.elapsed() < Duration::from_secs(20), "{:?}", moment.elapsed());
    second.lock();
}

#[test]
fn who_waits_is_told_so() {
    let (server, cache) = (Server::empty(), Workspace::empty());
    serve(&server, Duration::from_secs(4));
    let (_first, mut child) = start(&cache, &server);
    while server.requests().len() < 4 {
        thread::sleep(Duration::from_millis(20));
    }
    let workspace = Workspace::holding("dependencies: [numpy]\n");
    let mut command = workspace.convert_from(&[&format!("conda-forge={}", server.channel())]);
    let told = done(command.env("ENVLOCK_CACHE_DIR", cache.path())).stderr;
    assert!(told.contains("Another envlock fetches the repodata of conda-forge for noarch; waiting for it"), "{told}");
    assert!(child.wait().unwrap().success());
}
