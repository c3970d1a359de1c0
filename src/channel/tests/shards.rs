//! A server with sharded repodata, as conda-forge has it:
//! <https://github.com/conda/ceps/blob/main/cep-0016.md>.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

use super::*;

/// JSON as `MessagePack`, with the types that repodata has. A text `hex:…` becomes binary.
fn msgpack(value: &Value) -> Vec<u8> {
    let length = |n: usize| u16::try_from(n).unwrap().to_be_bytes();
    match value {
        Value::Number(number) => [&[0xcf][..], &number.as_u64().unwrap().to_be_bytes()].concat(),
        Value::String(text) => match text.strip_prefix("hex:") {
            Some(hex) => {
                let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
                let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
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
        Value::Null | Value::Bool(_) => unreachable!("not in these tests"),
    }
}

fn compressed(value: &Value) -> Vec<u8> {
    zstd::encode_all(msgpack(value).as_slice(), 3).unwrap()
}

/// Serves a subdir of the channel `c` with one shard for each package. With `spoilt`, the shards are not what their
/// hashes say.
async fn serve(server: &MockServer, subdir: &str, packages: &[(&str, &[&str])], spoilt: bool) {
    let put = |file: String, body: Vec<u8>| {
        let answer = ResponseTemplate::new(200).set_body_bytes(body);
        Mock::given(path(format!("/c/{subdir}/{file}"))).respond_with(answer).mount(server)
    };
    let mut index = serde_json::Map::new();
    for package in packages {
        let mut shard: Value = serde_json::from_str(&repodata(subdir, &[*package])).unwrap();
        let shard = shard.as_object_mut().unwrap();
        shard.retain(|key, _| key.starts_with("packages"));
        for record in shard.values_mut().flat_map(|records| records.as_object_mut().unwrap().values_mut()) {
            record.as_object_mut().unwrap().remove("md5");
        }
        let body = compressed(&Value::Object(shard.clone()));
        let hash = Sha256::digest(&body).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        index.insert(package.0.split('-').next().unwrap().to_owned(), json!(format!("hex:{hash}")));
        put(format!("shards/{hash}.msgpack.zst"), if spoilt { b"spoilt".to_vec() } else { body }).await;
    }
    let info = json!({"subdir": subdir, "base_url": "./", "shards_base_url": "./shards/"});
    put("repodata_shards.msgpack.zst".to_owned(), compressed(&json!({"version": 1, "info": info, "shards": index})))
        .await;
}

const LINUX: [(&str, &[&str]); 2] = [("app-1.0-0.conda", &["lib >=1"]), ("unrelated-1.0-0.conda", &[])];
const NOARCH: [(&str, &[&str]); 1] = [("lib-1.0-0.tar.bz2", &[])];

#[test]
fn shards_are_fetched_for_the_names_in_reach_alone_and_serve_offline() {
    run(async {
        let server = MockServer::start().await;
        serve(&server, "linux-64", &LINUX, false).await;
        serve(&server, "noarch", &NOARCH, false).await;
        let cache = tempfile::tempdir().unwrap();
        let channels = chosen(&[&format!("conda-forge={}/c", server.uri())], cache.path());
        let expected = [
            "https://conda.anaconda.org/conda-forge/linux-64/app-1.0-0.conda",
            "https://conda.anaconda.org/conda-forge/noarch/lib-1.0-0.tar.bz2",
        ];
        assert_eq!(urls(&fetch_into(cache.path(), &channels, &["app"], false).await.unwrap()), expected);
        // Two indices and two shards.
        assert_eq!(server.received_requests().await.unwrap().len(), 4);

        drop(server);
        assert_eq!(urls(&fetch_into(cache.path(), &channels, &["app"], true).await.unwrap()), expected);
        let unknown = fetch_into(cache.path(), &channels, &["unrelated"], true).await.unwrap_err();
        assert!(matches!(&unknown, ChannelError::Offline { what } if what.ends_with("unrelated")), "{unknown:?}");
    });
}

#[test]
fn spoilt_shards_give_way_to_the_one_file() {
    run(async {
        let server = MockServer::start().await;
        serve(&server, "linux-64", &LINUX, true).await;
        serve(&server, "noarch", &NOARCH, true).await;
        let cache = tempfile::tempdir().unwrap();
        let channels = chosen(&[&format!("{}/c", server.uri())], cache.path());
        let error = fetch_into(cache.path(), &channels, &["app"], false).await.unwrap_err();
        assert!(matches!(&error, ChannelError::NoSuchChannel { .. }), "{error:?}");

        for (subdir, packages) in [("linux-64", &LINUX[..]), ("noarch", &NOARCH[..])] {
            let json = ResponseTemplate::new(200).set_body_string(repodata(subdir, packages));
            Mock::given(path(format!("/c/{subdir}/repodata.json"))).respond_with(json).mount(&server).await;
        }
        let records = fetch_into(cache.path(), &channels, &["app"], false).await.unwrap();
        assert_eq!(records.iter().count(), 2);
    });
}
