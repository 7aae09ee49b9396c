//! Downloads from a local server that misbehaves in every way.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod hugging_face;
mod interrupted;
mod refused;
#[path = "../server/mod.rs"]
mod server;
mod together;
mod unknown;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use fid_weights::hub::{
    DownloadError, DownloadOptions, DownloadProblem, Progress, Published, download,
};
use server::{Server, reply, serve, stall};
use sha2::{Digest, Sha256};
use temp_dir::TempDir;

const SIZE: usize = 300_000;
const HALF: usize = 150_000;
const TAG: &str = "\"version-1\"";

/// The file that is published in these tests.
fn content() -> Vec<u8> {
    (0..SIZE as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// SHA-256 in hexadecimal.
fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn entry() -> Published {
    let mut entry = Published::default();
    entry.name = "test".into();
    entry.file = "weights.bin".into();
    entry.url = "https://example.invalid/weights.bin".into();
    entry.size = Some(SIZE as u64);
    entry.sha256 = Some(hash(&content()).into());
    entry
}

/// A private cache folder, and the options to download into it.
struct Cache {
    folder: TempDir,
    options: DownloadOptions,
}

impl Cache {
    fn new(url: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let mut options = DownloadOptions::new(Some(folder.path().into()));
        options.url = Some(url.into());
        options.pause = Duration::ZERO;
        Self { folder, options }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn download(&self) -> Result<PathBuf, DownloadError> {
        download(&entry(), &self.options, &())
    }

    /// A download that must succeed and leave nothing else behind.
    fn good(&self) {
        assert_eq!(self.download().unwrap(), self.path("weights.bin"));
        assert_eq!(fs::read(self.path("weights.bin")).unwrap(), content());
        assert!(!self.path("weights.bin.part").exists());
        assert!(!self.path("weights.bin.part.tag").exists());
    }

    /// A download that must fail, with the way out.
    fn bad(&self) -> DownloadProblem {
        let error = self.download().unwrap_err();
        let way_out = error.manual_install.to_string();
        let path = self.path("weights.bin");
        for part in [&*entry().url, &*entry().sha256.unwrap(), path.to_str().unwrap()] {
            assert!(way_out.contains(part), "no {part} in: {way_out}");
        }
        assert!(!path.exists());
        *error.problem
    }

    fn part(&self) -> Option<Vec<u8>> {
        fs::read(self.path("weights.bin.part")).ok()
    }
}

fn good_server() -> Server {
    Server::start(|_, request, stream| serve(stream, request, &content(), TAG, usize::MAX))
}

/// Sends half of what it promises, `times` times.
fn cutting_server(times: usize) -> Server {
    Server::start(move |number, request, stream| {
        let most = if number < times { HALF } else { usize::MAX };
        serve(stream, request, &content(), TAG, most);
    })
}

/// Sends half of what it promises and falls silent, the first time.
fn stalling_server() -> Server {
    Server::start(|number, request, stream| {
        if number == 0 {
            serve(stream, request, &content(), TAG, HALF);
            stall(stream);
        } else {
            serve(stream, request, &content(), TAG, usize::MAX);
        }
    })
}

#[test]
fn a_file_is_downloaded_once() {
    let server = good_server();
    let cache = Cache::new(&server.url("/some/weights.bin"));
    cache.good();
    cache.good();
    let requests = server.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert_eq!(requests[0].line(), "GET /some/weights.bin HTTP/1.1");
    assert_eq!(requests[0].header("range"), None);
    assert_eq!(requests[0].header("accept-encoding"), Some("identity"));
    assert!(requests[0].header("user-agent").unwrap().starts_with("fid-gpu/"));
}

#[test]
fn a_mirror_may_be_a_folder() {
    let server = good_server();
    Cache::new(&server.url("/mirror/")).good();
    assert_eq!(server.requests()[0].line(), "GET /mirror/weights.bin HTTP/1.1");
}

#[test]
fn a_damaged_file_is_replaced() {
    let server = good_server();
    let cache = Cache::new(&server.url("/"));
    fs::write(cache.path("weights.bin"), "damaged").unwrap();
    cache.good();
}

#[test]
fn progress_is_reported() {
    #[derive(Default)]
    struct Log(Mutex<Vec<u64>>);
    impl Progress for Log {
        fn download_start(&self, file: &str, bytes: u64) {
            assert_eq!((file, bytes), ("weights.bin", SIZE as u64));
        }
        fn download_progress(&self, bytes: u64) {
            self.0.lock().unwrap().push(bytes);
        }
        fn download_finish(&self) {
            self.0.lock().unwrap().push(u64::MAX);
        }
    }
    let server = good_server();
    let cache = Cache::new(&server.url("/"));
    let log = Log::default();
    download(&entry(), &cache.options, &log).unwrap();
    let log = log.0.into_inner().unwrap();
    assert!(log.is_sorted() && log.ends_with(&[SIZE as u64, u64::MAX]), "{log:?}");
}
