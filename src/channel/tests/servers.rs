//! Servers.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{basic_auth, method, path},
};

use super::*;
use crate::progress::{Events, Extent, Ongoing};

/// Answers a GET, with what a HEAD would need to agree.
pub(super) async fn serve(server: &MockServer, file: &str, answer: ResponseTemplate) {
    Mock::given(path(format!("/c/{file}"))).respond_with(answer).mount(server).await;
}

pub(super) async fn serve_json(server: &MockServer, subdir: &str, json: &str) {
    serve(server, &format!("{subdir}/repodata.json"), ResponseTemplate::new(200).set_body_string(json)).await;
}

/// A server whose channel `c` has app in linux-64 and lib in noarch.
pub(super) async fn channel_server() -> MockServer {
    let server = MockServer::start().await;
    serve_json(&server, "linux-64", &repodata("linux-64", &[("app-1.0-0.conda", &["lib"])])).await;
    serve_json(&server, "noarch", &repodata("noarch", &[("lib-1.0-0.tar.bz2", &[])])).await;
    server
}

/// `NAME=http://127.0.0.1:PORT/c`.
pub(super) fn mirror_at(server: &MockServer, name: &str, base: &Path) -> Vec<Channel> {
    chosen(&[&format!("{name}={}/c", server.uri())], base)
}

pub(super) const BOTH: [&str; 2] = [
    "https://conda.anaconda.org/conda-forge/linux-64/app-1.0-0.conda",
    "https://conda.anaconda.org/conda-forge/noarch/lib-1.0-0.tar.bz2",
];

#[test]
fn a_mirror_on_a_server_gives_canonical_urls_and_works_offline_afterwards() {
    run(async {
        let server = channel_server().await;
        let cache = tempfile::tempdir().unwrap();
        let channels = mirror_at(&server, "conda-forge", cache.path());

        let unknown = fetch_into(cache.path(), &channels, &["app"], true).await.unwrap_err();
        assert!(matches!(unknown, ChannelError::Offline { .. }), "{unknown:?}");
        assert!(server.received_requests().await.unwrap().is_empty());

        let records = fetch_into(cache.path(), &channels, &["app"], false).await.unwrap();
        assert_eq!(urls(&records), BOTH);
        let request = &server.received_requests().await.unwrap()[0];
        let agent = request.headers.get("user-agent").unwrap().to_str().unwrap();
        assert_eq!(agent, concat!("envlock/", env!("CARGO_PKG_VERSION")));

        drop(server);
        let records = fetch_into(cache.path(), &channels, &["app"], true).await.unwrap();
        assert_eq!(urls(&records), BOTH);
    });
}

#[test]
fn a_plain_url_gives_urls_of_the_server() {
    run(async {
        let server = channel_server().await;
        let cache = tempfile::tempdir().unwrap();
        let channels = chosen(&[&format!("{}/c", server.uri())], cache.path());
        let records = fetch_into(cache.path(), &channels, &["app"], false).await.unwrap();
        let base = format!("{}/c/", server.uri());
        assert_eq!(
            urls(&records),
            [format!("{base}linux-64/app-1.0-0.conda"), format!("{base}noarch/lib-1.0-0.tar.bz2")]
        );
    });
}

#[test]
fn compressed_repodata_is_preferred() {
    run(async {
        let server = MockServer::start().await;
        let zst =
            |json: String| ResponseTemplate::new(200).set_body_bytes(zstd::encode_all(json.as_bytes(), 3).unwrap());
        let linux = repodata("linux-64", &[("app-1.0-0.conda", &["lib"])]);
        serve(&server, "linux-64/repodata.json.zst", zst(linux)).await;
        let noarch = repodata("noarch", &[("lib-1.0-0.tar.bz2", &[])]);
        serve(&server, "noarch/repodata.json.zst", zst(noarch)).await;
        let cache = tempfile::tempdir().unwrap();
        let channels = mirror_at(&server, "conda-forge", cache.path());
        assert_eq!(urls(&fetch_into(cache.path(), &channels, &["app"], false).await.unwrap()), BOTH);
    });
}

#[test]
fn a_directory_and_a_server_depend_on_each_other() {
    run(async {
        let server = channel_server().await;
        let cache = tempfile::tempdir().unwrap();
        let own = cache.path().join("own");
        write_json(
            &own,
            "linux-64",
            &repodata("linux-64", &[("mine-1.0-0.conda", &["app"]), ("lib-2.0-0.conda", &[])]),
        );
        let channels = chosen(&["own=./own", &format!("conda-forge={}/c", server.uri())], cache.path());
        let records = fetch_into(cache.path(), &channels, &["mine"], false).await.unwrap();
        assert_eq!(
            urls(&records),
            [
                BOTH[0],
                "https://conda.anaconda.org/own/linux-64/lib-2.0-0.conda",
                BOTH[1],
                "https://conda.anaconda.org/own/linux-64/mine-1.0-0.conda",
            ]
        );
    });
}

#[test]
fn a_channel_with_noarch_alone_is_enough() {
    run(async {
        let server = MockServer::start().await;
        serve_json(&server, "noarch", &repodata("noarch", &[("lib-1.0-0.tar.bz2", &[])])).await;
        let cache = tempfile::tempdir().unwrap();
        let channels = mirror_at(&server, "conda-forge", cache.path());
        assert_eq!(urls(&fetch_into(cache.path(), &channels, &["lib"], false).await.unwrap()), BOTH[1..]);
    });
}

#[test]
fn a_spoilt_cache_is_fetched_again_and_counts_for_nothing_offline() {
    run(async {
        let server = MockServer::start().await;
        let fresh = |json: String| {
            ResponseTemplate::new(200).set_body_string(json).insert_header("cache-control", "public, max-age=3600")
        };
        let linux = repodata("linux-64", &[("app-1.0-0.conda", &["lib"])]);
        serve(&server, "linux-64/repodata.json", fresh(linux)).await;
        serve(&server, "noarch/repodata.json", fresh(repodata("noarch", &[("lib-1.0-0.tar.bz2", &[])]))).await;
        let cache = tempfile::tempdir().unwrap();
        let channels = mirror_at(&server, "conda-forge", cache.path());
        fetch_into(cache.path(), &channels, &["app"], false).await.unwrap();

        spoil(cache.path());
        assert_eq!(urls(&fetch_into(cache.path(), &channels, &["app"], false).await.unwrap()), BOTH);
        spoil(cache.path());
        let error = fetch_into(cache.path(), &channels, &["app"], true).await.unwrap_err();
        assert!(matches!(&error, ChannelError::Offline { .. }), "{error:?}");
    });
}

/// Overwrites cached repodata with nonsense of the same size and age, which only reading it tells.
fn spoil(cache: &Path) {
    let mut spoilt = 0;
    for entry in fs::read_dir(cache.join("repodata")).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|extension| extension == "pack") {
            let metadata = fs::metadata(&file).unwrap();
            fs::write(&file, "x".repeat(usize::try_from(metadata.len()).unwrap())).unwrap();
            fs::File::options().write(true).open(&file).unwrap().set_modified(metadata.modified().unwrap()).unwrap();
            spoilt += 1;
        }
    }
    assert_eq!(spoilt, 2);
}

#[test]
fn credentials_reach_the_server_and_nothing_else() {
    run(async {
        let server = MockServer::start().await;
        for (subdir, package) in [("linux-64", "app-1.0-0.conda"), ("noarch", "lib-1.0-0.tar.bz2")] {
            Mock::given(path(format!("/c/{subdir}/repodata.json")))
                .and(basic_auth("us er", "se+cr&et"))
                .respond_with(ResponseTemplate::new(200).set_body_string(repodata(subdir, &[(package, &[])])))
                .mount(&server)
                .await;
        }
        let cache = tempfile::tempdir().unwrap();
        let url = server.uri().replace("http://", "http://us%20er:se+cr%26et@") + "/c";
        let channels = chosen(&[&url], cache.path());
        let records = fetch_into(cache.path(), &channels, &["app", "lib"], false).await.unwrap();
        assert_eq!(records.iter().count(), 2);
        for record in whole(&records) {
            assert!(record.url.as_str().starts_with(&server.uri()), "{}", record.url);
            assert!(!format!("{record:?}").contains("se+cr"), "{record:?}");
        }
        for entry in fs::read_dir(cache.path().join("repodata")).unwrap() {
            let text = String::from_utf8_lossy(&fs::read(entry.unwrap().path()).unwrap()).into_owned();
            assert!(!text.contains("se+cr") && !text.contains("us%20er"), "{text}");
        }
    });
}

#[test]
fn a_token_within_a_path_is_asked_for_and_stands_nowhere_else() {
    run(async {
        let server = MockServer::start().await;
        // The server says its own address as it was asked.
        let info = format!("\"base_url\":\"{}/conda/t/se-cret/files\"", server.uri());
        for subdir in ["linux-64", "noarch"] {
            let text =
                repodata(subdir, &[("app-1.0-0.conda", &[])]).replace("\"info\":{", &format!("\"info\":{{{info},"));
            Mock::given(path(format!("/conda/t/se-cret/c/{subdir}/repodata.json")))
                .respond_with(ResponseTemplate::new(200).set_body_string(text))
                .mount(&server)
                .await;
        }
        let cache = tempfile::tempdir().unwrap();
        let channels = chosen(&[&format!("{}/conda/t/se-cret/c", server.uri())], cache.path());
        assert_eq!(channels[0].name, format!("{}/conda/c", server.uri()));
        let records = fetch_into(cache.path(), &channels, &["app"], false).await.unwrap();
        let expected = format!("{}/conda/files/app-1.0-0.conda", server.uri());
        assert_eq!(urls(&records), [expected.clone(), expected]);
        for entry in fs::read_dir(cache.path().join("repodata")).unwrap() {
            let text = String::from_utf8_lossy(&fs::read(entry.unwrap().path()).unwrap()).into_owned();
            assert!(!text.contains("se-cret"), "{text}");
        }
    });
}

#[test]
fn a_token_is_asked_for_in_the_path_and_missing_in_errors() {
    run(async {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(path("/t/se-cret/c/noarch/repodata.json"))
            .respond_with(ResponseTemplate::new(500))
            .mount(&server)
            .await;
        let cache = tempfile::tempdir().unwrap();
        let channels = chosen(&[&format!("{}/t/se-cret/c", server.uri())], cache.path());
        let error = fetch_into(cache.path(), &channels, &["app"], false).await.unwrap_err();
        assert!(matches!(&error, ChannelError::Http { status, .. } if status.starts_with("500")), "{error:?}");
        assert!(!format!("{error:?} {}", shown(&error)).contains("se-cret"), "{error:?}");
    });
}

#[test]
fn a_cache_that_cannot_be_written_is_done_without() {
    run(async {
        let server = channel_server().await;
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        let channels = mirror_at(&server, "conda-forge", directory.path());
        assert_eq!(urls(&fetch_into(&file, &channels, &["app"], false).await.unwrap()), BOTH);
        let error = fetch_into(&file, &channels, &["app"], true).await.unwrap_err();
        assert!(matches!(&error, ChannelError::Offline { .. }), "{error:?}");
    });
}

/// Remembers what it is told.
#[derive(Clone, Debug, Default)]
struct Heard(Arc<Mutex<Vec<(String, Extent)>>>);

impl Events for Heard {
    fn begin(&self, what: &str) -> Box<dyn Ongoing> {
        self.0.lock().unwrap().push((what.to_owned(), Extent::default()));
        Box::new(self.clone())
    }

    fn note(&self, _: &str) {}
}

impl Ongoing for Heard {
    fn tell(&self, extent: Extent) {
        self.0.lock().unwrap().last_mut().unwrap().1 = extent;
    }
}

#[test]
fn what_is_fetched_is_told() {
    run(async {
        let server = channel_server().await;
        let cache = tempfile::tempdir().unwrap();
        let heard = Heard::default();
        let events = Arc::new(heard.clone());
        let limits = crate::http::Limits::default();
        let options = FetchOptions { limits, events, ..options(cache.path(), false) };
        let channels = mirror_at(&server, "conda-forge", cache.path());
        assert_eq!(urls(fetch(&channels, names(&["app"]), &options).await.unwrap().records()), BOTH);
        let heard = heard.0.lock().unwrap();
        let whole = |subdir, package| repodata(subdir, &[package]).len() as u64;
        let bytes = whole("linux-64", ("app-1.0-0.conda", &["lib"][..])) + whole("noarch", ("lib-1.0-0.tar.bz2", &[]));
        let extent = Extent { bytes, total_bytes: Some(bytes), done: 2, total: 2 };
        // Both, once, to their ends.
        assert_eq!(*heard, [("Fetching repodata".to_owned(), extent)]);
    });
}
