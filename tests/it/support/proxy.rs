//! A proxy on this machine.

use std::{
    io::{self, Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A proxy that leads all tunnels to one server, and notes what it was asked for. It stays until the test program ends.
pub struct Proxy {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// One that leads to this `host:port`.
    pub fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (server, seen) = (server.to_owned(), Arc::clone(&asked));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (server, seen) = (server.clone(), Arc::clone(&seen));
                // Whoever asks may go away before the end.
                thread::spawn(move || lead(stream, &server, &seen));
            }
        });
        Self { address, asked }
    }

    /// Its URL.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The first words of each request, such as `CONNECT host:443`, since it was last asked for them.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn lead(mut stream: TcpStream, server: &str, asked: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let words: Vec<&str> = head.split(' ').take(2).collect();
    asked.lock().unwrap().push(words.join(" "));
    if words[0] != "CONNECT" {
        return stream.write_all(b"HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    let mut onward = TcpStream::connect(server)?;
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let (mut from, mut to) = (stream.try_clone()?, onward.try_clone()?);
    let there = thread::spawn(move || {
        _ = io::copy(&mut from, &mut to);
        to.shutdown(Shutdown::Write)
    });
    io::copy(&mut onward, &mut stream)?;
    stream.shutdown(Shutdown::Write)?;
    _ = there.join();
    Ok(())
}
