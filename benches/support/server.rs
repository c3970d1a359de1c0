//! A server of files on loopback, which says what has not changed. It has a thread for each connection, so that what is
//! measured waits for nothing but itself.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

/// Serves a directory until the program ends: with its shards below `/shards`, and without them below `/file`. Returns
/// the URL of the server.
pub fn serve(directory: &Path) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let directory = directory.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let directory = directory.clone();
            // A client that hangs up is no error.
            std::thread::spawn(move || _ = answer_all(&stream, &directory));
        }
    });
    Ok(url)
}

/// Answers one request after the other.
fn answer_all(mut stream: &TcpStream, directory: &Path) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut lines = BufReader::new(stream).lines();
    while let Some(request) = lines.next() {
        let request = request?;
        let mut known = None;
        for header in lines.by_ref() {
            let header = header?;
            if header.is_empty() {
                break;
            }
            if let Some((name, value)) = header.split_once(": ")
                && name.eq_ignore_ascii_case("if-none-match")
            {
                known = Some(value.to_owned());
            }
        }
        let path = request.split(' ').nth(1).unwrap_or_default();
        match file(directory, path).and_then(|path| File::open(path).ok()) {
            None => stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")?,
            Some(mut file) => {
                let metadata = file.metadata()?;
                let changed = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
                let tag = format!("\"{:x}-{:x}\"", changed.as_nanos(), metadata.len());
                if known.as_ref() == Some(&tag) {
                    write!(stream, "HTTP/1.1 304 Not Modified\r\netag: {tag}\r\n\r\n")?;
                } else {
                    let length = metadata.len();
                    write!(stream, "HTTP/1.1 200 OK\r\netag: {tag}\r\ncontent-length: {length}\r\n\r\n")?;
                    if !request.starts_with("HEAD ") {
                        io::copy(&mut file, &mut stream)?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// The file at a path of the server.
fn file(directory: &Path, path: &str) -> Option<PathBuf> {
    let (form, path) = path.strip_prefix('/')?.split_once('/')?;
    let is_hidden = form == "file" && path.ends_with("repodata_shards.msgpack.zst");
    (!is_hidden && !path.contains("..")).then(|| directory.join(path))
}
