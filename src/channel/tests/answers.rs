//! What servers answer, other than what was asked for.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use super::{
    servers::{BOTH, channel_server, mirror_at, serve, serve_json},
    *,
};

#[test]
fn a_busy_server_is_asked_again() {
    run(async {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(path("/c/linux-64/repodata.json"))
            .respond_with(ResponseTemplate::new(503))
            .up_to_n_times(2)
            .mount(&server)
            .await;
        serve_json(&server, "linux-64", &repodata("linux-64", &[("app-1.0-0.conda", &["lib"])])).await;
        serve_json(&server, "noarch", &repodata("noarch", &[("lib-1.0-0.tar.bz2", &[])])).await;
        let cache = tempfile::tempdir().unwrap();
        let channels = mirror_at(&server, "conda-forge", cache.path());
        assert_eq!(urls(&fetch_into(cache.path(), &channels, &["app"], false).await.unwrap()), BOTH);
    });
}

#[test]
fn a_server_that_stays_busy_or_forbids_is_an_error_with_its_status() {
    run(async {
        for (status, text) in [(503, "503 Service Unavailable"), (401, "401 Unauthorized")] {
            let server = MockServer::start().await;
            Mock::given(method("GET")).respond_with(ResponseTemplate::new(status)).mount(&server).await;
            let cache = tempfile::tempdir().unwrap();
            let channels = mirror_at(&server, "conda-forge", cache.path());
            let error = fetch_into(cache.path(), &channels, &["app"], false).await.unwrap_err();
            assert!(matches!(&error, ChannelError::Http { status, .. } if status == text), "{error:?}");
        }
    });
}

#[test]
fn a_server_that_forbids_what_it_has_not_is_asked_for_the_whole_file() {
    run(async {
        let server = channel_server().await;
        for subdir in ["linux-64", "noarch"] {
            serve(&server, &format!("{subdir}/repodata_shards.msgpack.zst"), ResponseTemplate::new(403)).await;
        }
        let cache = tempfile::tempdir().unwrap();
        let channels = mirror_at(&server, "conda-forge", cache.path());
        assert_eq!(urls(&fetch_into(cache.path(), &channels, &["app"], false).await.unwrap()), BOTH);
    });
}

#[test]
fn an_answer_that_breaks_off_is_asked_for_again() {
    run(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let channel = format!("conda-forge=http://{}/c", listener.local_addr().unwrap());
        let json = repodata("noarch", &[("lib-1.0-0.tar.bz2", &[])]);
        let serving = tokio::spawn(async move {
            let mut cut_off = 0;
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = vec![0; 4096];
                let length = stream.read(&mut request).await.unwrap();
                let answer = if request[..length].starts_with(b"GET /c/noarch/repodata.json HTTP") {
                    cut_off += 1;
                    let sent = if cut_off < 3 { &json[..json.len() / 2] } else { &json };
                    format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{sent}", json.len())
                } else {
                    "HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".to_owned()
                };
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        let cache = tempfile::tempdir().unwrap();
        let records = fetch_into(cache.path(), &chosen(&[&channel], cache.path()), &["lib"], false).await.unwrap();
        assert_eq!(urls(&records), BOTH[1..]);
        serving.abort();
    });
}

#[test]
fn an_answer_that_leads_elsewhere_is_followed() {
    run(async {
        let server = channel_server().await;
        Mock::given(path("/moved/linux-64/repodata.json"))
            .respond_with(ResponseTemplate::new(302).insert_header("location", "/c/linux-64/repodata.json"))
            .mount(&server)
            .await;
        Mock::given(path("/moved/noarch/repodata.json"))
            .respond_with(ResponseTemplate::new(301).insert_header("location", "../../c/noarch/repodata.json"))
            .mount(&server)
            .await;
        let cache = tempfile::tempdir().unwrap();
        let channels = chosen(&[&format!("conda-forge={}/moved", server.uri())], cache.path());
        assert_eq!(urls(&fetch_into(cache.path(), &channels, &["app"], false).await.unwrap()), BOTH);
    });
}

#[test]
fn a_missing_channel_is_named() {
    run(async {
        let server = MockServer::start().await;
        let cache = tempfile::tempdir().unwrap();
        let channels = mirror_at(&server, "conda-forge", cache.path());
        let error = fetch_into(cache.path(), &channels, &["app"], false).await.unwrap_err();
        let place = format!("{}/c/", server.uri());
        assert!(matches!(&error, ChannelError::NoSuchChannel { url, .. } if *url == place), "{error:?}");
    });
}

#[test]
fn garbage_is_an_error_that_leaves_no_trace() {
    run(async {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(200).set_body_string("<html>Log in to the network</html>"))
            .mount(&server)
            .await;
        let cache = tempfile::tempdir().unwrap();
        // A good channel beside it must not be blamed.
        write_json(&cache.path().join("own"), "noarch", &repodata("noarch", &[("lib-1.0-0.conda", &[])]));
        let channels = chosen(&["own=./own", &format!("conda-forge={}/c", server.uri())], cache.path());
        let error = fetch_into(cache.path(), &channels, &["app"], false).await.unwrap_err();
        assert!(matches!(&error, ChannelError::Garbage { channel, .. } if channel == "conda-forge"), "{error:?}");

        server.reset().await;
        serve_json(&server, "linux-64", &repodata("linux-64", &[("app-1.0-0.conda", &["lib"])])).await;
        serve_json(&server, "noarch", &repodata("noarch", &[("lib-1.0-0.tar.bz2", &[])])).await;
        let records = fetch_into(cache.path(), &channels[1..], &["app"], false).await.unwrap();
        assert_eq!(urls(&records), BOTH);
    });
}

#[test]
fn what_is_wrong_with_the_compressed_file_counts_for_nothing_where_the_other_is_in_order() {
    run(async {
        let empty = ResponseTemplate::new(204);
        let garbage = ResponseTemplate::new(200).set_body_string("<html>");
        for answer in [empty, ResponseTemplate::new(200), garbage] {
            let server = channel_server().await;
            for subdir in ["linux-64", "noarch"] {
                serve(&server, &format!("{subdir}/repodata.json.zst"), answer.clone()).await;
            }
            let cache = tempfile::tempdir().unwrap();
            let channels = mirror_at(&server, "conda-forge", cache.path());
            assert_eq!(urls(&fetch_into(cache.path(), &channels, &["app"], false).await.unwrap()), BOTH);
        }
    });
}

#[test]
fn packages_are_where_a_server_can_have_them() {
    run(async {
        for base in ["javascript:x", "data:,x", "file:///etc/", "ftp://me:pw@host/x"] {
            let server = MockServer::start().await;
            let mut json: serde_json::Value =
                serde_json::from_str(&repodata("noarch", &[("lib-1.0-0.tar.bz2", &[])])).unwrap();
            json["info"]["base_url"] = base.into();
            serve_json(&server, "noarch", &json.to_string()).await;
            let cache = tempfile::tempdir().unwrap();
            let channels = chosen(&[&format!("{}/c", server.uri())], cache.path());
            let found = fetch_into(cache.path(), &channels, &["lib"], false).await.unwrap();
            assert_eq!(urls(&found), [format!("{}/c/noarch/lib-1.0-0.tar.bz2", server.uri())], "{base}");
            let said = base.replace("me:pw@", "");
            let note = format!("{}/c/noarch says that its packages are below `{said}`", server.uri());
            assert!(matches!(&found.notes().always[..], [one] if one.starts_with(&note)), "{:?}", found.notes());
        }
    });
}

#[test]
fn a_closed_port_and_an_unknown_host_are_unreachable() {
    run(async {
        let port = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        for url in [format!("http://user:secret@127.0.0.1:{port}/c"), "https://host.invalid/c".to_owned()] {
            let cache = tempfile::tempdir().unwrap();
            let error = fetch_into(cache.path(), &chosen(&[&url], cache.path()), &["app"], false).await.unwrap_err();
            assert!(matches!(&error, ChannelError::Unreachable { .. }), "{error:?}");
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
    });
}
