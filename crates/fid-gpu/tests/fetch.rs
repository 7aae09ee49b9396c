//! Downloads from a server on this machine that misbehaves in every way.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use fid_gpu::observer::{Observer, Silent};
use fid_gpu::weights::{FetchError, FetchOptions, FetchProblem, Published, fetch};
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

fn entry() -> Published {
    let mut entry = Published::default();
    entry.name = "test".into();
    entry.file = "weights.bin".into();
    entry.url = "https://example.invalid/weights.bin".into();
    entry.size = SIZE as u64;
    entry.sha256 = Sha256::digest(content()).iter().map(|byte| format!("{byte:02x}")).collect();
    entry
}

/// A cache folder of its own, and how to fetch into it.
struct Cache {
    folder: TempDir,
    options: FetchOptions,
}

impl Cache {
    fn new(url: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let mut options = FetchOptions::new(Some(folder.path().into()));
        options.url = Some(url.into());
        options.pause = Duration::ZERO;
        Self { folder, options }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn fetch(&self) -> Result<PathBuf, FetchError> {
        fetch(&entry(), &self.options, &Silent)
    }

    /// Fetches what must come out right, and leaves nothing else behind.
    fn good(&self) {
        assert_eq!(self.fetch().unwrap(), self.path("weights.bin"));
        assert_eq!(fs::read(self.path("weights.bin")).unwrap(), content());
        assert!(!self.path("weights.bin.part").exists());
        assert!(!self.path("weights.bin.part.tag").exists());
    }

    /// Fetches what must fail, with an error that says what to do.
    fn bad(&self) -> FetchProblem {
        let error = self.fetch().unwrap_err();
        let text = error.to_string();
        let path = self.path("weights.bin");
        for part in [&entry().url, &entry().sha256, path.to_str().unwrap(), "--weights"] {
            assert!(text.contains(part), "no {part} in: {text}");
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

#[test]
fn a_file_comes_once() {
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
fn progress_is_told() {
    #[derive(Default)]
    struct Log(Mutex<Vec<u64>>);
    impl Observer for Log {
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
    fetch(&entry(), &cache.options, &log).unwrap();
    let log = log.0.into_inner().unwrap();
    assert!(log.is_sorted() && log.ends_with(&[SIZE as u64, u64::MAX]), "{log:?}");
}

#[test]
fn a_cut_transfer_goes_on() {
    let server = cutting_server(1);
    Cache::new(&server.url("/")).good();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].start(), Some(HALF));
    assert_eq!(requests[1].header("if-range"), Some(TAG));
}

#[test]
fn a_server_that_always_cuts_is_given_up_and_what_came_is_kept() {
    let server = Server::start(|_, request, stream| serve(stream, request, &content(), TAG, 1000));
    let mut cache = Cache::new(&server.url("/"));
    cache.options.resumptions = 2;
    let problem = cache.bad();
    assert!(matches!(problem, FetchProblem::Cut { received: 3000, .. }), "{problem}");
    assert_eq!(server.requests().len(), 3);

    // Another address: its tag means nothing there, the bytes do.
    let other = good_server();
    cache.options.url = Some(other.url("/"));
    cache.good();
    assert_eq!(other.requests()[0].start(), Some(3000));
    assert_eq!(other.requests()[0].header("if-range"), None);
}

#[test]
fn a_silent_server_is_given_up_and_what_came_is_kept() {
    let server = Server::start(|number, request, stream| {
        if number == 0 {
            serve(stream, request, &content(), TAG, HALF);
            stall(stream);
        } else {
            serve(stream, request, &content(), TAG, usize::MAX);
        }
    });
    let mut cache = Cache::new(&server.url("/"));
    cache.options.resumptions = 0;
    cache.options.stall = Duration::from_secs(1);
    let problem = cache.bad();
    assert!(matches!(problem, FetchProblem::Stalled { seconds: 1, .. }), "{problem}");
    assert_eq!(cache.part().unwrap(), content()[..HALF]);
    cache.options.stall = Duration::from_secs(30);
    cache.good();
    assert_eq!(server.requests()[1].start(), Some(HALF));
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let server = Server::start(|_, _, stream| stall(stream));
    let mut cache = Cache::new(&server.url("/"));
    cache.options.stall = Duration::from_secs(1);
    let problem = cache.bad();
    assert!(matches!(problem, FetchProblem::Stalled { received: 0, .. }), "{problem}");
    assert_eq!(cache.part(), None);
}

#[test]
fn another_version_starts_again() {
    let server = good_server();
    let cache = Cache::new(&server.url("/"));
    fs::write(cache.path("weights.bin.part"), [7; HALF]).unwrap();
    fs::write(
        cache.path("weights.bin.part.tag"),
        format!("{}weights.bin\n\"old\"", server.url("/")),
    )
    .unwrap();
    cache.good();
    let requests = server.requests();
    assert_eq!(requests.len(), 1, "the server knows by the tag: {requests:?}");
    assert_eq!(requests[0].header("if-range"), Some("\"old\""));
}

#[test]
fn what_an_earlier_run_left_is_found_out_by_the_hash() {
    // Half of another file, all of another file, and more than there is.
    for (length, requests) in [(HALF, 2), (SIZE, 1), (SIZE + 1, 1)] {
        let server = good_server();
        let cache = Cache::new(&server.url("/"));
        fs::write(cache.path("weights.bin.part"), vec![7; length]).unwrap();
        cache.good();
        assert_eq!(server.requests().len(), requests, "{length}");
    }
    // All bytes are there: only the name was missing.
    let cache = Cache::new("http://127.0.0.1:9/");
    fs::write(cache.path("weights.bin.part"), content()).unwrap();
    cache.good();
}

#[test]
fn servers_that_know_no_ranges_start_again() {
    for (status, header) in [
        ("200 OK", format!("Content-Length: {SIZE}")),
        ("416 Range Not Satisfiable", format!("Content-Range: bytes */{SIZE}")),
        ("206 Partial Content", format!("Content-Range: bytes 0-9/{SIZE}")),
        ("206 Partial Content", "Content-Range: nonsense".into()),
    ] {
        let server = Server::start(move |_, request, stream| match request.start() {
            Some(_) => reply(stream, status, std::slice::from_ref(&header), &content()),
            None => serve(stream, request, &content(), TAG, usize::MAX),
        });
        let cache = Cache::new(&server.url("/"));
        fs::write(cache.path("weights.bin.part"), &content()[..HALF]).unwrap();
        cache.good();
    }
}

#[test]
fn lies_about_the_length_are_found_out() {
    // A whole file of another length is not even begun.
    for length in [0, 1, SIZE - 1, SIZE + 1] {
        let server = Server::start(move |_, _, stream| {
            reply(stream, "200 OK", &[format!("Content-Length: {length}")], &vec![0; length]);
        });
        let cache = Cache::new(&server.url("/"));
        let problem = cache.bad();
        assert!(
            matches!(problem, FetchProblem::Size { found, .. } if found == length as u64),
            "{problem}"
        );
        assert_eq!(cache.part(), None);
    }
    // Nor is the rest of one.
    let server = Server::start(|_, _, stream| {
        let range = format!("Content-Range: bytes {HALF}-{SIZE}/{}", SIZE + 1);
        reply(stream, "206 Partial Content", &[range], &[0; HALF]);
    });
    let cache = Cache::new(&server.url("/"));
    fs::write(cache.path("weights.bin.part"), &content()[..HALF]).unwrap();
    assert!(matches!(cache.bad(), FetchProblem::Size { .. }));

    // Without a length, too much, too little and just enough.
    let endless = |length: usize| {
        Server::start(move |_, _, stream| reply(stream, "200 OK", &[], &vec![0; length]))
    };
    let server = endless(SIZE + 1);
    let cache = Cache::new(&server.url("/"));
    assert!(matches!(cache.bad(), FetchProblem::TooLong { .. }));
    assert_eq!(cache.part(), None);
    let server = endless(HALF);
    assert!(matches!(Cache::new(&server.url("/")).bad(), FetchProblem::Cut { .. }));
    let server = Server::start(|_, _, stream| reply(stream, "200 OK", &[], &content()));
    Cache::new(&server.url("/")).good();
}

#[test]
fn another_file_is_not_kept() {
    let server = Server::start(|_, request, stream| {
        serve(stream, request, &vec![7; SIZE], TAG, usize::MAX);
    });
    let cache = Cache::new(&server.url("/"));
    let problem = cache.bad();
    assert!(matches!(problem, FetchProblem::Hash { .. }), "{problem}");
    assert_eq!(cache.part(), None);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn redirects_are_followed_but_not_in_circles() {
    let server = Server::start(|_, request, stream| match request.line() {
        "GET /old HTTP/1.1" => reply(stream, "302 Found", &["Location: new/".into()], b"moved"),
        "GET /new/ HTTP/1.1" => reply(
            stream,
            "307 Temporary Redirect",
            &["Location: /newest".into(), "Content-Length: 0".into()],
            b"",
        ),
        "GET /newest HTTP/1.1" => serve(stream, request, &content(), TAG, usize::MAX),
        _ => reply(stream, "301 Moved Permanently", &["Location: /circle".into()], b""),
    });
    Cache::new(&server.url("/old")).good();
    let before = server.requests().len();
    let problem = Cache::new(&server.url("/circle")).bad();
    assert!(matches!(problem, FetchProblem::Redirects { .. }), "{problem}");
    assert!(server.requests().len() - before <= 12);
}

#[test]
fn a_refusal_is_final() {
    for (status, code) in [("404 Not Found", 404), ("403 Forbidden", 403), ("503 Busy", 503)] {
        let server = Server::start(move |_, _, stream| reply(stream, status, &[], b"sorry"));
        let problem = Cache::new(&server.url("/")).bad();
        assert!(matches!(problem, FetchProblem::Status { code: c } if c == code), "{problem}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn what_is_no_http_is_no_connection() {
    let server = Server::start(|_, _, stream| {
        use std::io::Write;
        let _ = stream.write_all(&[0x15, 3, 1, 0, 2, 2, 22]);
    });
    let problem = Cache::new(&server.url("/")).bad();
    assert!(matches!(problem, FetchProblem::Connection { .. }), "{problem}");
    let unused = server.url("/");
    drop(server);
    let problem = Cache::new(&unused).bad();
    assert!(matches!(problem, FetchProblem::Connection { .. }), "{problem}");
}

#[test]
fn addresses_and_folders_that_are_none_are_told() {
    for url in ["ftp://host/file", "/a/local/file", "http:///file", "host/file"] {
        let problem = Cache::new(url).bad();
        assert!(matches!(problem, FetchProblem::Url { .. }), "{url}: {problem}");
    }
    let mut cache = Cache::new("http://me:secret@127.0.0.1:9/");
    assert!(!cache.fetch().unwrap_err().to_string().contains("secret"));
    fs::write(cache.path("file"), "").unwrap();
    cache.options.folder = Some(cache.path("file"));
    assert!(matches!(*cache.fetch().unwrap_err().problem, FetchProblem::Io { .. }));
    cache.options.folder = None;
    assert!(matches!(*cache.fetch().unwrap_err().problem, FetchProblem::NoFolder));
}

#[test]
fn offline_asks_nobody_and_still_finds() {
    let server = good_server();
    let mut cache = Cache::new(&server.url("/"));
    cache.options.offline = true;
    assert!(matches!(cache.bad(), FetchProblem::Offline));
    assert!(server.requests().is_empty());
    fs::write(cache.path("weights.bin"), content()).unwrap();
    cache.good();
}

#[test]
fn threads_that_fetch_at_once_ask_once() {
    let server = good_server();
    let cache = Cache::new(&server.url("/"));
    scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| cache.good());
        }
    });
    assert_eq!(server.requests().len(), 1);
}

/// Fetches in another process: this test program, running one test.
fn process(url: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "in_another_process", "--ignored"])
        .env("FID_TEST_FETCH_URL", url)
        .env("FID_TEST_FETCH_FOLDER", folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "run by other tests, in a process of its own"]
fn in_another_process() {
    let Ok(url) = std::env::var("FID_TEST_FETCH_URL") else { return };
    let mut options = FetchOptions::new(std::env::var_os("FID_TEST_FETCH_FOLDER").map(Into::into));
    options.url = Some(url);
    fetch(&entry(), &options, &Silent).unwrap();
}

#[test]
fn processes_that_fetch_at_once_ask_once() {
    let server = Server::start(|_, request, stream| {
        // Long enough for the other to come.
        sleep(Duration::from_millis(500));
        serve(stream, request, &content(), TAG, usize::MAX);
    });
    let cache = Cache::new(&server.url("/"));
    let url = cache.options.url.clone().unwrap();
    let processes = [process(&url, cache.folder.path()), process(&url, cache.folder.path())];
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    assert_eq!(server.requests().len(), 1);
    cache.good();
}

#[test]
fn after_a_killed_process_it_goes_on() {
    let server = Server::start(|number, request, stream| {
        if number == 0 {
            serve(stream, request, &content(), TAG, HALF);
            stall(stream);
        } else {
            serve(stream, request, &content(), TAG, usize::MAX);
        }
    });
    let cache = Cache::new(&server.url("/"));
    let mut killed = process(cache.options.url.as_ref().unwrap(), cache.folder.path());
    let begin = Instant::now();
    while cache.part().is_none_or(|part| part.len() < HALF) {
        assert!(begin.elapsed() < Duration::from_secs(30), "nothing came");
        sleep(Duration::from_millis(10));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    cache.good();
    assert_eq!(server.requests()[1].start(), Some(HALF));
    assert_eq!(server.requests()[1].header("if-range"), Some(TAG));
}
