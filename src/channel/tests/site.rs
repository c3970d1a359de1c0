//! A server that knows what it has sent before.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::any};

use super::*;

/// The forms of repodata on servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SiteForm {
    Json,
    Zst,
    Shards,
}

pub(super) const FORMS: [SiteForm; 3] = [SiteForm::Json, SiteForm::Zst, SiteForm::Shards];

/// A server with a channel `c`.
pub(super) struct Site {
    server: MockServer,
    files: Files,
    told: Mutex<usize>,
}

/// What is at each path; `None` where the server is broken.
type ByPath = Option<BTreeMap<String, Vec<u8>>>;

#[derive(Clone)]
struct Files(Arc<Mutex<ByPath>>);

impl Respond for Files {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let files = self.0.lock().unwrap();
        let Some(files) = &*files else { return ResponseTemplate::new(503) };
        let Some(bytes) = files.get(request.url.path()) else { return ResponseTemplate::new(404) };
        let tag = format!("\"{}\"", const_hex::encode(Sha256::digest(bytes)));
        let is_known = request.headers.get("if-none-match").is_some_and(|known| known.as_bytes() == tag.as_bytes());
        let answer = if is_known {
            ResponseTemplate::new(304)
        } else {
            ResponseTemplate::new(200).set_body_bytes(bytes.clone())
        };
        answer.insert_header("etag", tag)
    }
}

impl Site {
    /// A server without anything.
    pub(super) async fn start() -> Self {
        // One that stops when it is dropped; others are kept for later tests.
        let (server, files) = (MockServer::builder().start().await, Files(Arc::new(Mutex::new(Some(BTreeMap::new())))));
        Mock::given(any()).respond_with(files.clone()).mount(&server).await;
        Self { server, files, told: Mutex::new(0) }
    }

    /// The channel as the mirror of conda-forge.
    pub(super) fn channels(&self) -> Vec<Channel> {
        chosen(&[&format!("conda-forge={}/c", self.server.uri())], Path::new("/"))
    }

    /// The URL of the channel.
    pub(super) fn url(&self) -> String {
        format!("{}/c", self.server.uri())
    }

    /// Puts a file into the channel.
    pub(super) fn put(&self, file: &str, bytes: Vec<u8>) {
        self.files.0.lock().unwrap().get_or_insert_default().insert(format!("/c/{file}"), bytes);
    }

    /// Removes everything whose path in the channel begins like this.
    pub(super) fn remove(&self, start: &str) {
        let is_other = |path: &str| !path.starts_with(&format!("/c/{start}"));
        self.files.0.lock().unwrap().get_or_insert_default().retain(|path, _| is_other(path));
    }

    /// Answers everything with an error from now on.
    pub(super) fn break_down(&self) {
        *self.files.0.lock().unwrap() = None;
    }

    /// Puts the repodata of a subdir there, in the place of what was there before.
    pub(super) fn publish(&self, form: SiteForm, subdir: &str, json: &str) {
        self.remove(&format!("{subdir}/"));
        match form {
            SiteForm::Json => self.put(&format!("{subdir}/repodata.json"), json.into()),
            SiteForm::Zst => {
                self.put(&format!("{subdir}/repodata.json.zst"), zstd::encode_all(json.as_bytes(), 3).unwrap());
            }
            SiteForm::Shards => {
                let (index, shards) = shards(subdir, json);
                self.put(&format!("{subdir}/repodata_shards.msgpack.zst"), index);
                for (hash, shard) in shards {
                    self.put(&format!("{subdir}/shards/{hash}.msgpack.zst"), shard);
                }
            }
        }
    }

    /// What was asked for since this was called before, in order: the path in the channel, with a `?` where only what
    /// has changed was asked for.
    pub(super) async fn requests(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap();
        let told = std::mem::replace(&mut *self.told.lock().unwrap(), requests.len());
        let shown = |request: &Request| {
            let path = request.url.path().trim_start_matches("/c/");
            format!("{path}{}", if request.headers.contains_key("if-none-match") { "?" } else { "" })
        };
        let mut requests: Vec<String> = requests[told..].iter().map(shown).collect();
        requests.sort();
        requests
    }
}

/// Turns repodata into an index and shards, each with its hash.
pub(super) fn shards(subdir: &str, json: &str) -> (Vec<u8>, Vec<(String, Vec<u8>)>) {
    let repodata: Value = serde_json::from_str(json).unwrap();
    let mut by_name: BTreeMap<String, Value> = BTreeMap::new();
    let old = ["packages", "packages.conda"].map(|section| vec![section]);
    let new = repodata["v3"].as_object().into_iter().flatten().map(|(bucket, _)| vec!["v3", bucket]);
    for place in old.into_iter().chain(new) {
        let section = place.iter().fold(&repodata, |value, key| &value[*key]);
        for (file, record) in section.as_object().into_iter().flatten() {
            let mut record = record.clone();
            for hash in ["md5", "sha256"] {
                if let Some(hex) = record.get_mut(hash) {
                    *hex = format!("hex:{}", hex.as_str().unwrap()).into();
                }
            }
            let Some(name) = record["name"].as_str() else { continue };
            let shard = by_name.entry(name.to_lowercase()).or_insert_with(|| {
                json!({"packages": {}, "packages.conda": {}, "removed": repodata["removed"].as_array().into_iter().flatten().collect::<Vec<_>>()})
            });
            let section = place.iter().fold(shard, |value, key| &mut value[*key]);
            section[file] = record;
        }
    }
    let (mut index, mut shards) = (serde_json::Map::new(), Vec::new());
    for (name, shard) in by_name {
        let shard = compressed(&shard);
        let hash = const_hex::encode(Sha256::digest(&shard));
        index.insert(name, format!("hex:{hash}").into());
        shards.push((hash, shard));
    }
    let base_url = repodata["info"].get("base_url").cloned().unwrap_or(json!("./"));
    let mut info = json!({"subdir": subdir, "base_url": base_url, "shards_base_url": "./shards/"});
    for key in ["channel_relations", "repodata_revisions"] {
        if let Some(said) = repodata["info"].get(key) {
            info[key] = said.clone();
        }
    }
    (compressed(&json!({"version": 1, "info": info, "shards": index})), shards)
}

pub(super) fn compressed(value: &Value) -> Vec<u8> {
    zstd::encode_all(msgpack(value).as_slice(), 3).unwrap()
}

/// JSON as MessagePack, with the types that repodata has. A text `hex:…` becomes binary.
fn msgpack(value: &Value) -> Vec<u8> {
    let length = |n: usize| u16::try_from(n).unwrap().to_be_bytes();
    match value {
        Value::Number(number) => {
            let (marker, bytes) = match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => (0xcf, number.to_be_bytes()),
                (None, Some(number)) => (0xd3, number.to_be_bytes()),
                (None, None) => (0xcb, number.as_f64().unwrap().to_be_bytes()),
            };
            [&[marker][..], &bytes].concat()
        }
        Value::String(text) => match text.strip_prefix("hex:") {
            Some(hex) => {
                let bytes = const_hex::decode(hex).unwrap();
                [&[0xc5][..], &length(bytes.len()), &bytes].concat()
            }
            None => [&[0xda][..], &length(text.len()), text.as_bytes()].concat(),
        },
        Value::Array(items) => {
            [&[0xdc][..], &length(items.len()), &items.iter().flat_map(msgpack).collect::<Vec<_>>()].concat()
        }
        Value::Object(fields) => {
            let pair = |(key, value): (&String, &Value)| [msgpack(&json!(key)), msgpack(value)].concat();
            [&[0xde][..], &length(fields.len()), &fields.iter().flat_map(pair).collect::<Vec<_>>()].concat()
        }
        Value::Null => vec![0xc0],
        Value::Bool(_) => unreachable!("not in these tests"),
    }
}
