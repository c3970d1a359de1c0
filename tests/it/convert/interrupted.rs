//! Ctrl-C.
#![cfg(unix)]

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::mpsc::{Receiver, channel},
    thread,
    time::{Duration, Instant},
};

use crate::support::Workspace;

/// What is a matter of milliseconds has failed after this.
const LONG: Duration = Duration::from_secs(20);

/// A channel whose server says that it has much to send, sends little, and then nothing more; and who it did that to.
fn stalling_channel() -> (String, Receiver<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/channel", listener.local_addr().unwrap());
    let (stalled, receiver) = channel();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut request = [0; 4096];
            let read = connection.read(&mut request).unwrap();
            if String::from_utf8_lossy(&request[..read]).contains("/repodata.json ") {
                let answer = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{\"info\": {\"subdir\": ";
                connection.write_all(answer.as_bytes()).unwrap();
                stalled.send(connection).unwrap();
            } else {
                let answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                connection.write_all(answer.as_bytes()).unwrap();
            }
        }
    });
    (url, receiver)
}

#[test]
fn an_interruption_stops_at_once_and_leaves_nothing_behind() {
    let workspace = Workspace::with("macos");
    let before = workspace.contents();
    let (channel, stalled) = stalling_channel();
    let command = workspace.convert_from(&[&channel]);
    let mut child = workspace.start(Command::new(command.get_program()), &command);
    let _connection = stalled.recv_timeout(LONG).unwrap();

    let asked = Instant::now();
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    while child.try_wait().unwrap().is_none() {
        assert!(asked.elapsed() < LONG, "it goes on");
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(workspace.contents(), before);
    let cache = fs::read_dir(workspace.path().join(".cache/repodata")).into_iter().flatten();
    let mut left = cache.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    // Whose turn it is says the lock of a file, which stays.
    assert_eq!(
        left.find(|name| Path::new(name).extension().is_none_or(|it| it != "lock") && !name.starts_with(".turn-")),
        None
    );
}
