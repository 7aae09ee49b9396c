//! Servers and addresses that are refused.

use std::error::Error;

use super::*;

#[test]
fn false_lengths_are_refused() {
    // A whole file of another length is not even begun.
    for length in [0, 1, SIZE - 1, SIZE + 1] {
        let server = Server::start(move |_, _, stream| {
            reply(stream, "200 OK", &[format!("Content-Length: {length}")], &vec![0; length]);
        });
        let cache = Cache::new(&server.url("/"));
        let problem = cache.bad();
        assert!(
            matches!(problem, DownloadProblem::Size { found, .. } if found == length as u64),
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
    assert!(matches!(cache.bad(), DownloadProblem::Size { .. }));

    // Without a length, too much, too little and just enough.
    let endless = |length: usize| {
        Server::start(move |_, _, stream| reply(stream, "200 OK", &[], &vec![0; length]))
    };
    let server = endless(SIZE + 1);
    let cache = Cache::new(&server.url("/"));
    assert!(matches!(cache.bad(), DownloadProblem::TooLong { .. }));
    assert_eq!(cache.part(), None);
    let server = endless(HALF);
    assert!(matches!(Cache::new(&server.url("/")).bad(), DownloadProblem::Cut { .. }));
    let server = Server::start(|_, _, stream| reply(stream, "200 OK", &[], &content()));
    Cache::new(&server.url("/")).good();
}

#[test]
fn a_wrong_file_is_not_kept() {
    let server = Server::start(|_, request, stream| {
        serve(stream, request, &vec![7; SIZE], TAG, usize::MAX);
    });
    let cache = Cache::new(&server.url("/"));
    let problem = cache.bad();
    assert!(matches!(problem, DownloadProblem::Hash { .. }), "{problem}");
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
    assert!(matches!(problem, DownloadProblem::Redirects { .. }), "{problem}");
    assert!(server.requests().len() - before <= 12);
}

#[test]
fn the_page_of_a_redirect_is_not_read() {
    let server = Server::start(|_, request, stream| match request.line() {
        "GET /new HTTP/1.1" => serve(stream, request, &content(), TAG, usize::MAX),
        _ => {
            use std::io::Write;
            let page = ["Location: /new".into(), format!("Content-Length: {}", u64::MAX)];
            reply(stream, "302 Found", &page, b"");
            // Goes on for as long as anyone listens.
            while stream.write_all(&[0; 1 << 16]).is_ok() {}
        }
    });
    Cache::new(&server.url("/old")).good();
    for nowhere in ["ftp://localhost/", "http://", "\u{e4}"] {
        let location = format!("Location: {nowhere}");
        let server = Server::start(move |_, _, stream| {
            reply(stream, "302 Found", std::slice::from_ref(&location), b"");
        });
        let problem = Cache::new(&server.url("/")).bad();
        let cause = problem.source().unwrap().to_string();
        assert!(cause.contains("redirects to no address"), "{cause}");
    }
}

#[test]
fn a_refusal_is_final() {
    for (status, code) in [("404 Not Found", 404), ("403 Forbidden", 403), ("503 Busy", 503)] {
        let server = Server::start(move |_, _, stream| reply(stream, status, &[], b"sorry"));
        let problem = Cache::new(&server.url("/")).bad();
        assert!(matches!(problem, DownloadProblem::Status { code: c } if c == code), "{problem}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn an_answer_that_is_not_http_is_a_failed_connection() {
    let server = Server::start(|_, _, stream| {
        use std::io::Write;
        let _ = stream.write_all(&[0x15, 3, 1, 0, 2, 2, 22]);
    });
    let problem = Cache::new(&server.url("/")).bad();
    assert!(matches!(problem, DownloadProblem::Connection { .. }), "{problem}");
    let unused = server.url("/");
    drop(server);
    let problem = Cache::new(&unused).bad();
    assert!(matches!(problem, DownloadProblem::Connection { .. }), "{problem}");
}

#[test]
fn bad_addresses_and_folders_are_named() {
    for url in ["ftp://host/file", "/a/local/file", "http:///file", "host/file"] {
        let problem = Cache::new(url).bad();
        assert!(matches!(problem, DownloadProblem::Url { .. }), "{url}: {problem}");
    }
    let mut cache = Cache::new("http://me:secret@127.0.0.1:9/");
    assert!(!cache.download().unwrap_err().to_string().contains("secret"));
    fs::write(cache.path("file"), "").unwrap();
    cache.options.folder = Some(cache.path("file"));
    assert!(matches!(*cache.download().unwrap_err().problem, DownloadProblem::Io { .. }));
    cache.options.folder = None;
    assert!(matches!(*cache.download().unwrap_err().problem, DownloadProblem::NoFolder));
}

#[test]
fn offline_finds_the_file_without_a_request() {
    let server = good_server();
    let mut cache = Cache::new(&server.url("/"));
    cache.options.offline = true;
    assert!(matches!(cache.bad(), DownloadProblem::Offline));
    assert!(server.requests().is_empty());
    fs::write(cache.path("weights.bin"), content()).unwrap();
    cache.good();
}
