//! Servers of this machine that are slow, busy, or lead elsewhere.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use reqwest::header::HeaderMap;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::sleep,
};
use url::Url;

use super::{Broken, Client, Failure, Limits};
use crate::progress::Progress;

/// A server that answers each request by a function, which is told how many there were before.
pub(crate) struct Server {
    pub url: Url,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) async fn start<F: Future<Output = ()> + Send>(
        answer: impl Fn(TcpStream, usize) -> F + Send + Sync + Clone + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (seen, answer) = (Arc::clone(&seen), answer.clone());
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") && stream.read_buf(&mut request).await.is_ok_and(|it| it > 0)
                    {
                    }
                    let before = {
                        let mut seen = seen.lock().unwrap();
                        seen.push(String::from_utf8(request).unwrap());
                        seen.len() - 1
                    };
                    answer(stream, before).await;
                });
            }
        });
        Self { url, requests }
    }

    /// One that always says the same.
    pub(crate) async fn saying(answer: String) -> Self {
        Self::start(move |stream, _| say(stream, answer.clone())).await
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn say(mut stream: TcpStream, answer: impl AsRef<[u8]>) {
    stream.write_all(answer.as_ref()).await.unwrap();
    stream.shutdown().await.unwrap();
}

pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
}

pub(crate) fn leading_to(url: &str) -> String {
    answer("302 Found", &format!("location: {url}\r\n"), "")
}

fn client(places: &[Url], timeout: f64) -> Client {
    let limits = Limits::new(Duration::from_secs_f64(timeout));
    Client::new(places.to_vec(), &Arc::default(), limits, Progress::default())
}

/// Gets the whole of an answer.
async fn get(client: &Client, url: &Url) -> Result<(u16, Bytes), Failure> {
    let mut asked = client.ask(url, HeaderMap::new());
    loop {
        let answer = asked.answer().await?;
        let status = answer.status().as_u16();
        let taken = answer.bytes().await.map_err(Broken::<Failure>::Off);
        if let Some(body) = asked.done(taken).await? {
            return Ok((status, body));
        }
    }
}

#[tokio::test]
async fn nothing_of_the_credentials_goes_to_another_server() {
    for (place, asked) in [
        ("http://127.0.0.1/t/se-cret/c/", "c/a.json"),
        ("http://127.0.0.1/conda/t/se-cret/c/", "conda/c/a.json"),
        ("http://ada:se-cret@127.0.0.1/c/", "c/a.json"),
    ] {
        let other = Server::saying(answer("200 OK", "", "there")).await;
        let (own, target) = (other.url.clone(), other.url.join("t/se-cret/c/a.json").unwrap());
        let server = Server::saying(leading_to(target.as_str())).await;
        let mut place: Url = place.parse().unwrap();
        place.set_port(server.url.port()).unwrap();
        let asked = server.url.join(asked).unwrap();
        let (status, body) = get(&client(&[place.clone()], 4.0), &asked).await.unwrap();
        assert_eq!((status, &body[..]), (200, &b"there"[..]));
        let sent = server.requests().concat();
        assert!(sent.contains("/t/se-cret/c/a.json") || sent.contains("authorization: Basic "), "{sent}");
        let got = other.requests().concat().to_lowercase();
        let is_told = |what: &str| got.contains(what);
        if place.path().contains("/t/") {
            assert!(!is_told("se-cret"), "{got}");
        }
        assert!(!is_told("referer") && !is_told("authorization") && !is_told("basic"), "{got}");
        assert!(
            is_told(concat!("user-agent: envlock/", env!("CARGO_PKG_VERSION")))
                && is_told(&format!("host: {}", own.authority()))
        );
    }
}

/// One that leads to `b`, at itself and by its whole URL, and then to another server.
async fn leading_on(other: &Url) -> Server {
    let other = other.clone();
    Server::start(move |stream, before| {
        let here = stream.local_addr().unwrap();
        let answer = match before {
            0 => leading_to(&format!("http://{here}/t/se-cret/b")),
            1 => leading_to("c"),
            _ => leading_to(other.as_str()),
        };
        say(stream, answer)
    })
    .await
}

#[tokio::test]
async fn where_a_server_leads_to_itself_credentials_go_along_once() {
    let other = Server::saying(answer("200 OK", "", "")).await;
    let server = leading_on(&other.url).await;
    let place = server.url.join("t/se-cret/").unwrap();
    get(&client(&[place], 4.0), &server.url.join("a").unwrap()).await.unwrap();
    let lines: Vec<String> = server.requests().iter().map(|it| it.lines().next().unwrap().to_owned()).collect();
    assert_eq!(lines, ["GET /t/se-cret/a HTTP/1.1", "GET /t/se-cret/b HTTP/1.1", "GET /t/se-cret/c HTTP/1.1"]);

    // Those of the very URL that is asked for.
    let server = leading_on(&other.url).await;
    let mut asked = server.url.join("a").unwrap();
    asked.set_username("ada").unwrap();
    asked.set_password(Some("pw")).unwrap();
    get(&client(&[], 4.0), &asked).await.unwrap();
    let is_signed = |request: &String| request.contains("authorization: Basic YWRhOnB3");
    assert!(server.requests().len() == 3 && server.requests().iter().all(is_signed), "{:?}", server.requests());
    assert!(!other.requests().concat().contains("authorization"), "{:?}", other.requests());
}

#[tokio::test]
async fn the_manifest_of_a_package_is_not_read_without_end() {
    let manifest = |blanks: usize| {
        let layer = r#"{"digest": "sha256:00", "mediaType": "application/vnd.conda.repodata.v1+json", "size": 1}"#;
        let body = format!(r#"{{"schemaVersion": 2, "config": {layer}, "layers": [{layer}]{}}}"#, " ".repeat(blanks));
        // Its end is where the connection ends.
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{body}")
    };
    let blanks = usize::try_from(4 * crate::limits::MIB).unwrap();
    for (blanks, is_read) in [(blanks - 1000, true), (blanks, false)] {
        let said = manifest(blanks);
        let server = Server::start(move |mut stream, _| {
            let said = said.clone();
            // Nobody may listen any more.
            async move { _ = stream.write_all(said.as_bytes()).await }
        });
        let url = format!("oci://{}/c/repodata.json", server.await.url.authority()).parse().unwrap();
        let read = get(&client(&[], 4.0), &url).await;
        assert_eq!(read.is_ok(), is_read, "{read:?}");
        if let Err(failure) = read {
            assert!(failure.to_string().starts_with("it is larger than the manifest of an image may be (4 MiB)"));
        }
    }
}

#[tokio::test]
async fn credentials_of_a_channel_go_nowhere_else_on_its_server() {
    let server = Server::saying(answer("200 OK", "", "")).await;
    let mut place = server.url.join("team/").unwrap();
    place.set_username("ada").unwrap();
    place.set_password(Some("pw")).unwrap();
    let client = client(&[place], 4.0);
    for (path, is_signed) in [("team/a", true), ("teams/a", false), ("a", false)] {
        get(&client, &server.url.join(path).unwrap()).await.unwrap();
        let last = server.requests().pop().unwrap();
        assert_eq!(last.contains("authorization: "), is_signed, "{last}");
    }
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let server = Server::saying(leading_to("/again")).await;
    let error = get(&client(&[], 4.0), &server.url).await.unwrap_err();
    assert_eq!(error.to_string(), "it leads from one place to another, more than 10 times");
    assert_eq!(server.requests().len(), 11);
}

#[tokio::test]
async fn silent_stalling_and_dripping_servers_are_given_up_in_time() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n";
    let silent = Server::start(|stream, _| async move {
        sleep(Duration::from_mins(1)).await;
        drop(stream);
    });
    let stalling = Server::start(move |mut stream, _| async move {
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&[0; 5000]).await.unwrap();
        sleep(Duration::from_mins(1)).await;
    });
    let dripping = Server::start(move |mut stream, _| async move {
        stream.write_all(head.as_bytes()).await.unwrap();
        while stream.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    });
    let slow_head = Server::start(move |mut stream, _| async move {
        for byte in head.as_bytes() {
            _ = stream.write_all(&[*byte]).await;
            sleep(Duration::from_millis(100)).await;
        }
    });
    let nothing = "nothing came for 500ms (2 tries; --timeout gives a server more time)";
    let little = "less than 1000 bytes a second came for 500ms (2 tries; --timeout gives a server more time)";
    for (server, expected) in
        [(silent.await, nothing), (stalling.await, nothing), (dripping.await, little), (slow_head.await, nothing)]
    {
        let begun = Instant::now();
        let error = get(&client(&[], 1.0), &server.url).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
        // The pause between the two tries, and a busy machine.
        assert!((1.0..4.0).contains(&begun.elapsed().as_secs_f64()), "{:?}", begun.elapsed());
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_slow_reader_is_no_slow_server() {
    let server = Server::saying(answer("200 OK", "", &"x".repeat(3_000_000))).await;
    let client = client(&[], 0.4);
    let mut answer = client.ask(&server.url, HeaderMap::new()).answer().await.unwrap();
    let (mut length, mut chunks) = (0, 0);
    while let Some(chunk) = answer.chunk().await.unwrap() {
        length += chunk.len();
        chunks += 1;
        if chunks < 4 {
            sleep(Duration::from_millis(300)).await;
        }
    }
    assert_eq!(length, 3_000_000);
}

#[tokio::test]
async fn lost_connections_and_answers_that_break_off_are_tried_again() {
    let server = Server::start(|stream, before| async move {
        match before {
            0 => drop(stream),
            1 => say(stream, &answer("200 OK", "", "the whole")[..85]).await,
            2 => say(stream, answer("500 Internal Server Error", "", "")).await,
            _ => say(stream, answer("200 OK", "", "the whole")).await,
        }
    })
    .await;
    let (status, body) = get(&client(&[], 4.0), &server.url).await.unwrap();
    assert_eq!((status, &body[..], server.requests().len()), (200, &b"the whole"[..], 4));

    let broken = Server::start(|stream, _| async move { drop(stream) }).await;
    let error = get(&client(&[], 4.0), &broken.url).await.unwrap_err();
    assert!(error.to_string().ends_with("(4 tries)"));
    assert_eq!(broken.requests().len(), 4);
}

#[tokio::test]
async fn a_busy_server_is_waited_for_as_it_asks() {
    for (status, wait) in [("429 Too Many Requests", "1"), ("503 Service Unavailable", "1")] {
        let server = Server::start(move |stream, before| async move {
            let busy = answer(status, &format!("retry-after: {wait}\r\n"), "");
            say(stream, if before == 0 { busy } else { answer("200 OK", "", "") }).await;
        })
        .await;
        let begun = Instant::now();
        assert_eq!(get(&client(&[], 4.0), &server.url).await.unwrap().0, 200);
        assert!(begun.elapsed() >= Duration::from_secs(1));
    }
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_an_error_at_once() {
    let server = Server::saying(answer("429 Too Many Requests", "retry-after: 3600\r\n", "")).await;
    let begun = Instant::now();
    let error = get(&client(&[], 4.0), &server.url).await.unwrap_err().to_string();
    let authority = server.url.authority();
    let expected = format!(
        "{authority} answers 429 Too Many Requests and wants it to be tried again after 3600 s; `--timeout 3600` waits as \
         long"
    );
    assert_eq!(error, expected);
    assert!(begun.elapsed() < Duration::from_secs(1) && server.requests().len() == 1);

    // Nor does the longest wait of all break anything.
    let greedy = Server::start(|stream, before| async move {
        let wait = if before == 0 { 1 } else { u64::MAX };
        say(stream, answer("503 Service Unavailable", &format!("retry-after: {wait}\r\n"), "")).await;
    })
    .await;
    let error = get(&client(&[], 4.0), &greedy.url).await.unwrap_err();
    assert!(error.to_string().contains("after 18446744073709551615 s"), "{error}");

    let without = Server::saying(answer("429 Too Many Requests", "", "")).await;
    assert_eq!(get(&client(&[], 4.0), &without.url).await.unwrap().0, 429);
    assert_eq!(without.requests().len(), 4);
}

#[tokio::test]
async fn few_requests_are_sent_at_first_and_more_as_they_are_answered() {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let (of_server, seen) = (Arc::clone(&now), Arc::clone(&most));
    let server = Server::start(move |stream, _| {
        let (now, seen) = (Arc::clone(&of_server), Arc::clone(&seen));
        async move {
            seen.lock().unwrap().push(now.fetch_add(1, Ordering::SeqCst) + 1);
            sleep(Duration::from_millis(50)).await;
            now.fetch_sub(1, Ordering::SeqCst);
            say(stream, answer("200 OK", "", "")).await;
        }
    })
    .await;
    let client = client(&[], 4.0);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..300 {
        let (client, url) = (client.clone(), server.url.clone());
        tasks.spawn(async move {
            let _permit = client.permit().await;
            get(&client, &url).await.unwrap();
        });
    }
    tasks.join_all().await;
    let seen = most.lock().unwrap();
    assert_eq!(seen[..4].iter().max(), Some(&4));
    assert!(seen[..12].iter().all(|at_once| *at_once <= 8), "{seen:?}");
    assert!((20..=50).contains(seen.iter().max().unwrap()), "{seen:?}");
}
