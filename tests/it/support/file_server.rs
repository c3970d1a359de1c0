//! A server of files that takes its time, or that is reached by TLS.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read, Write},
    net::TcpListener,
    sync::Arc,
    thread,
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// How many pieces an answer comes in.
const PIECES: usize = 40;

/// A server on loopback, which stays until the test program ends.
pub struct FileServer {
    address: String,
}

impl FileServer {
    /// Serves files by their paths, each within so long a time, and answers everything else with 404 at once.
    pub fn slowly(files: BTreeMap<String, Vec<u8>>, within: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        Self::serve(listener, files, within, |stream| stream);
        Self { address }
    }

    /// Serves files by TLS, with a certificate of an authority that nobody knows; its own certificate, in PEM. The host
    /// isn't one that counts as this machine where images are concerned.
    pub fn with_tls(files: BTreeMap<String, Vec<u8>>) -> (Self, String) {
        const HOST: &str = "127.0.0.2";
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new([HOST.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind((HOST, 0)).unwrap();
        let address = format!("https://{}", listener.local_addr().unwrap());
        Self::serve(listener, files, Duration::ZERO, move |stream| {
            StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream)
        });
        (Self { address }, authority.pem())
    }

    fn serve<S: Read + Write>(
        listener: TcpListener,
        files: BTreeMap<String, Vec<u8>>,
        within: Duration,
        wrap: impl Fn(std::net::TcpStream) -> S + Clone + Send + 'static,
    ) {
        let files = Arc::new(files);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (files, wrap) = (Arc::clone(&files), wrap.clone());
                // Whoever asks may go away before the end.
                thread::spawn(move || answer(wrap(stream), &files, within));
            }
        });
    }

    /// Its address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Its host and port.
    pub fn host(&self) -> &str {
        self.address.split_once("://").unwrap().1
    }
}

fn answer(stream: impl Read + Write, files: &BTreeMap<String, Vec<u8>>, within: Duration) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut request = String::new();
    stream.read_line(&mut request).ok()?;
    let mut header = String::new();
    while header != "\r\n" {
        header.clear();
        if stream.read_line(&mut header).ok()? == 0 {
            return None;
        }
    }
    let stream = stream.get_mut();
    let (method, path) = request.split(' ').next().zip(request.split(' ').nth(1))?;
    let Some(file) = files.get(path) else {
        stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok()?;
        return stream.flush().ok();
    };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", file.len());
    stream.write_all(head.as_bytes()).ok()?;
    for piece in file.chunks(file.len().div_ceil(PIECES)).filter(|_| method == "GET") {
        thread::sleep(within / u32::try_from(PIECES).unwrap());
        stream.write_all(piece).ok()?;
    }
    stream.flush().ok()
}
