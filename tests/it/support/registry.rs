//! Debian's `docker-registry` on loopback, and images to push to it.

use std::{
    collections::BTreeMap,
    io::Write as _,
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use envlock::lockfile::sha256_hex;
use flate2::{Compression, write::GzEncoder};
use reqwest::{Body, Client};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{Workspace, tool};

const INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const CONFIG: &str = "application/vnd.docker.container.image.v1+json";
const LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/// What the registry is told of `ada` and her password `s3cr3t`: its bcrypt hash.
pub const HTPASSWD: &str = "ada:$2b$04$yb1X8nrheFq/hVHDVuitUOZe34Fej7E/ZxQTkJ214Ab7Z4eiedet6";

/// An image for one platform.
#[derive(Clone, Debug)]
pub struct Image {
    architecture: &'static str,
    layers: Vec<Layer>,
    config: Value,
}

/// A layer of an image.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The compressed archive.
    pub bytes: Vec<u8>,
    /// The digest of the archive before it was compressed.
    pub diff_id: String,
}

impl Layer {
    /// Compresses an archive.
    pub fn new(tar: &[u8]) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(tar).unwrap();
        Self { bytes: encoder.finish().unwrap(), diff_id: digest(tar) }
    }
}

impl Image {
    /// An image without any file.
    pub fn empty(architecture: &'static str) -> Self {
        Self { architecture, layers: Vec::new(), config: json!({}) }
    }

    /// An image of layers, with what a container of it is started with.
    pub fn new(architecture: &'static str, layers: Vec<Layer>, config: Value) -> Self {
        Self { architecture, layers, config }
    }
}

/// A registry of its own for a test; it stops when it is dropped.
pub struct Registry {
    child: Child,
    host: String,
    login: Option<(&'static str, &'static str)>,
    runtime: Runtime,
    _storage: Workspace,
}

impl Registry {
    /// Starts one; for those only who know a password, where user, password and the line of its file are given. `None`
    /// where the program is missing.
    pub fn start(guard: Option<(&'static str, &'static str, &str)>) -> Option<Self> {
        let program = tool("docker-registry")?;
        let storage = Workspace::empty();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let host = format!("127.0.0.1:{port}");
        let root = storage.path().join("storage");
        let auth = guard.map(|(_, _, line)| {
            storage.write("htpasswd", format!("{line}\n"));
            let file = storage.path().join("htpasswd");
            format!("auth:\n  htpasswd:\n    realm: test\n    path: {}\n", file.display())
        });
        let config = format!(
            "version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: {host}\n{}",
            root.display(),
            auth.unwrap_or_default()
        );
        storage.write("config.yml", config);
        let mut command = Command::new(program);
        command.arg("serve").arg(storage.path().join("config.yml"));
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while TcpStream::connect(&host).is_err() {
            thread::sleep(Duration::from_millis(50));
        }
        // The program installs one itself; this is for the client of the test.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let login = guard.map(|(user, password, _)| (user, password));
        Some(Self { child, host, login, runtime: Runtime::new().unwrap(), _storage: storage })
    }

    /// Its host and port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Pushes an index of these images as `NAME:TAG`, and gives the digests of the images, then that of the index.
    pub fn push(&self, name: &str, images: &[Image]) -> Vec<String> {
        self.runtime.block_on(self.push_all(name, images))
    }

    /// Pushes a file as `NAME:TAG`, as the one layer of this kind.
    pub fn push_artifact(&self, name: &str, kind: &str, bytes: Vec<u8>) {
        const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
        let (repository, tag) = name.split_once(':').unwrap();
        let base = format!("http://{}/v2/{repository}", self.host);
        let layer = json!({"mediaType": kind, "digest": digest(&bytes), "size": bytes.len()});
        let config = json!({"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest(b"{}"), "size": 2});
        let manifest = json!({"schemaVersion": 2, "mediaType": OCI, "config": config, "layers": [layer]}).to_string();
        self.runtime.block_on(async {
            self.upload(&base, bytes).await;
            self.upload(&base, b"{}".to_vec()).await;
            self.put(format!("{base}/manifests/{tag}"), OCI, manifest).await;
        });
    }

    /// The digests and sizes of the layers of an image, `NAME:TAG`.
    pub fn layers(&self, name: &str) -> BTreeMap<String, u64> {
        let (repository, tag) = name.split_once(':').unwrap();
        let url = format!("http://{}/v2/{repository}/manifests/{tag}", self.host);
        let request =
            Client::new().get(url).header("Accept", format!("{MANIFEST}, application/vnd.oci.image.manifest.v1+json"));
        let body = self.runtime.block_on(async { request.send().await.unwrap().bytes().await.unwrap() });
        let manifest: Value = serde_json::from_slice(&body).unwrap();
        let layers = manifest["layers"].as_array().unwrap().iter();
        layers.map(|it| (it["digest"].as_str().unwrap().to_owned(), it["size"].as_u64().unwrap())).collect()
    }

    async fn push_all(&self, name: &str, images: &[Image]) -> Vec<String> {
        let (repository, tag) = name.split_once(':').unwrap();
        let base = format!("http://{}/v2/{repository}", self.host);
        let (mut entries, mut digests) = (Vec::new(), Vec::new());
        for Image { architecture, layers, config } in images {
            let diff_ids: Vec<&str> = layers.iter().map(|layer| layer.diff_id.as_str()).collect();
            let history: Vec<Value> = layers.iter().map(|_| json!({"created_by": "a test"})).collect();
            let config = json!({"architecture": architecture, "os": "linux", "config": config, "history": history,
                                "rootfs": {"type": "layers", "diff_ids": diff_ids}});
            let config = config.to_string();
            self.upload(&base, config.clone().into_bytes()).await;
            let mut parts = Vec::new();
            for layer in layers {
                self.upload(&base, layer.bytes.clone()).await;
                parts.push(json!({"mediaType": LAYER, "digest": digest(&layer.bytes), "size": layer.bytes.len()}));
            }
            let manifest = json!({
                "schemaVersion": 2, "mediaType": MANIFEST, "layers": parts,
                "config": {"mediaType": CONFIG, "digest": digest(config.as_bytes()), "size": config.len()},
            });
            let manifest = manifest.to_string();
            let digest = digest(manifest.as_bytes());
            entries.push(json!({
                "mediaType": MANIFEST, "digest": digest, "size": manifest.len(),
                "platform": {"os": "linux", "architecture": architecture},
            }));
            self.put(format!("{base}/manifests/{digest}"), MANIFEST, manifest).await;
            digests.push(digest);
        }
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).to_string();
        self.put(format!("{base}/manifests/{tag}"), INDEX, index.clone()).await;
        digests.push(digest(index.as_bytes()));
        digests
    }

    async fn upload(&self, base: &str, blob: Vec<u8>) {
        let request = Client::new().post(format!("{base}/blobs/uploads/"));
        let answer = self.with_login(request).send().await.unwrap();
        let location = answer.headers()["location"].to_str().unwrap();
        let url = format!("{location}&digest={}", digest(&blob));
        self.put(url, "application/octet-stream", blob).await;
    }

    async fn put(&self, url: String, kind: &str, body: impl Into<Body>) {
        let request = Client::new().put(url).header("Content-Type", kind).body(body);
        let answer = self.with_login(request).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }

    fn with_login(&self, request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        match self.login {
            Some((user, password)) => request.basic_auth(user, Some(password)),
            None => request,
        }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", sha256_hex(bytes))
}
