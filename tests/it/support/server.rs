//! Channels on a server of this machine.

use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use tokio::runtime::Runtime;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::path};

use crate::support::fixtures;

/// A server on loopback; it stops when it is dropped.
pub struct Server {
    server: MockServer,
    runtime: Runtime,
}

impl Server {
    /// A server that answers everything with 404.
    pub fn empty() -> Self {
        Self::at("127.0.0.1:0")
    }

    /// The same at an address.
    pub fn at(address: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = TcpListener::bind(address).unwrap();
        let server = runtime.block_on(MockServer::builder().listener(listener).start());
        Self { server, runtime }
    }

    /// A server with the channel of the fixtures at `/channel`, as plain JSON.
    pub fn of_json() -> Self {
        let server = Self::empty();
        for subdir in ["linux-64", "noarch"] {
            server.serve(&format!("/channel/{subdir}/repodata.json"), repodata(subdir));
        }
        server
    }

    /// The same, compressed.
    pub fn of_zst() -> Self {
        let server = Self::empty();
        for subdir in ["linux-64", "noarch"] {
            let compressed = zstd::encode_all(repodata(subdir).as_slice(), 3).unwrap();
            server.serve(&format!("/channel/{subdir}/repodata.json.zst"), compressed);
        }
        server
    }

    /// Serves the packages of the fixtures' channel, too.
    pub fn with_packages(self) -> Self {
        for (subdir, name, path) in channel_packages() {
            self.serve(&format!("/channel/{subdir}/{name}"), fs::read(path).unwrap());
        }
        self
    }

    /// Serves bytes at a path.
    pub fn serve(&self, at: &str, bytes: Vec<u8>) {
        self.respond(at, ResponseTemplate::new(200).set_body_bytes(bytes));
    }

    /// Serves bytes at a path once it has answered with an error as often as that.
    pub fn serve_after(&self, failures: usize, status: u16, at: &str, bytes: Vec<u8>) {
        self.respond(at, Flaky { failures, status, bytes, asked: AtomicUsize::new(0) });
    }

    pub fn respond(&self, at: &str, answer: impl Respond + 'static) {
        self.runtime.block_on(Mock::given(path(at)).respond_with(answer).mount(&self.server));
    }

    /// Answers like this once, before anything else is answered.
    pub fn respond_once(&self, at: &str, answer: impl Respond + 'static) {
        let mock = Mock::given(path(at)).respond_with(answer).up_to_n_times(1).with_priority(1);
        self.runtime.block_on(mock.mount(&self.server));
    }

    /// Answers everything with 404 again.
    pub fn forget(&self) {
        self.runtime.block_on(self.server.reset());
    }

    /// Its address.
    pub fn address(&self) -> String {
        self.server.uri()
    }

    /// The URL of the channel.
    pub fn channel(&self) -> String {
        format!("{}/channel", self.server.uri())
    }

    /// The requests that were answered.
    pub fn requests(&self) -> Vec<Request> {
        self.runtime.block_on(self.server.received_requests()).unwrap()
    }
}

/// The files of the fixtures' channel: subdir, name, and where it is.
pub fn channel_files() -> impl Iterator<Item = (&'static str, String, PathBuf)> {
    ["linux-64", "noarch"].into_iter().flat_map(|subdir| {
        let entries = fs::read_dir(fixtures().join("channel").join(subdir)).unwrap().map(|entry| entry.unwrap().path());
        entries.map(move |path| (subdir, path.file_name().unwrap().to_str().unwrap().to_owned(), path))
    })
}

/// Those of them that are packages.
pub fn channel_packages() -> impl Iterator<Item = (&'static str, String, PathBuf)> {
    channel_files().filter(|(_, name, _)| !name.starts_with("repodata"))
}

/// The repodata of a subdir of the fixtures.
pub fn repodata(subdir: &str) -> Vec<u8> {
    fs::read(fixtures().join("channel").join(subdir).join("repodata.json")).unwrap()
}

/// The URL of a channel where nothing listens.
pub fn nowhere() -> String {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    format!("http://{address}/channel")
}

/// An answer that fails at first.
struct Flaky {
    failures: usize,
    status: u16,
    bytes: Vec<u8>,
    asked: AtomicUsize,
}

impl Respond for Flaky {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        // A HEAD asks whether there is something, and isn't the request that this is about.
        if request.method == "GET" && self.asked.fetch_add(1, Ordering::SeqCst) < self.failures {
            return ResponseTemplate::new(self.status);
        }
        ResponseTemplate::new(200).set_body_bytes(self.bytes.clone())
    }
}
