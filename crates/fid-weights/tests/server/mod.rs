//! A local HTTP server that misbehaves on demand.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

/// Nothing here waits longer than this.
const LIMIT: Duration = Duration::from_secs(30);

/// The head of a request: its first line, then its headers in lower case.
#[derive(Debug, Clone)]
pub(crate) struct Request(pub(crate) Vec<String>);

impl Request {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let start = format!("{name}:");
        self.0.iter().find_map(|line| line.strip_prefix(&start)).map(str::trim)
    }

    /// Method and path.
    pub(crate) fn line(&self) -> &str {
        &self.0[0]
    }

    /// First byte of the range that is asked for.
    pub(crate) fn start(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

/// A server for as long as it lives.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers every request with `answer`, which gets the number of earlier requests and writes
    /// any bytes.
    pub(crate) fn start(
        answer: impl Fn(usize, &Request, &mut TcpStream) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let over = Arc::new(AtomicBool::new(false));
        let (log, stop, answer) = (Arc::clone(&requests), Arc::clone(&over), Arc::new(answer));
        let thread = spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                spawn(move || {
                    let mut stream = stream.unwrap();
                    stream.set_read_timeout(Some(LIMIT)).unwrap();
                    stream.set_write_timeout(Some(LIMIT)).unwrap();
                    let Some(request) = head(&stream) else { return };
                    let number = {
                        let mut log = log.lock().unwrap();
                        log.push(request.clone());
                        log.len() - 1
                    };
                    answer(number, &request, &mut stream);
                });
            }
        });
        Self { address, requests, over, thread: Some(thread) }
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // Wakes the thread up.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn head(stream: &TcpStream) -> Option<Request> {
    let mut lines = Vec::new();
    for line in BufReader::new(stream).lines() {
        let line = line.ok()?;
        if line.is_empty() {
            return Some(Request(lines));
        }
        match line.split_once(':') {
            Some((name, value)) if !lines.is_empty() => {
                lines.push(format!("{}:{value}", name.to_ascii_lowercase()));
            }
            _ => lines.push(line),
        }
    }
    None
}

/// Writes an answer. Ignores clients that closed the connection.
pub(crate) fn reply(stream: &mut TcpStream, status: &str, headers: &[String], body: &[u8]) {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n");
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(body);
    let _ = stream.flush();
}

/// Answers like a good server, with the version `tag` of `content`, whole or from the requested
/// byte. Sends at most `most` bytes, whatever it promised.
pub(crate) fn serve(
    stream: &mut TcpStream,
    request: &Request,
    content: &[u8],
    tag: &str,
    most: usize,
) {
    let same = request.header("if-range").is_none_or(|asked| asked == tag);
    let start = request.start().filter(|_| same).unwrap_or(0);
    let rest = &content[start.min(content.len())..];
    let mut headers = vec![format!("ETag: {tag}"), format!("Content-Length: {}", rest.len())];
    let sent = &rest[..most.min(rest.len())];
    if start == 0 {
        return reply(stream, "200 OK", &headers, sent);
    }
    let (last, length) = (content.len() - 1, content.len());
    headers.push(format!("Content-Range: bytes {start}-{last}/{length}"));
    reply(stream, "206 Partial Content", &headers, sent);
}

/// Sends nothing until the client gives up.
pub(crate) fn stall(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0]);
}
