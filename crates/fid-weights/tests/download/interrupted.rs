//! Transfers that break off, and the parts they leave.

use super::*;

#[test]
fn a_cut_transfer_is_resumed() {
    let server = cutting_server(1);
    Cache::new(&server.url("/")).good();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].start(), Some(HALF));
    assert_eq!(requests[1].header("if-range"), Some(TAG));
}

#[test]
fn a_server_that_always_cuts_is_given_up_and_the_part_is_kept() {
    let server = Server::start(|_, request, stream| serve(stream, request, &content(), TAG, 1000));
    let mut cache = Cache::new(&server.url("/"));
    cache.options.resumptions = 2;
    let problem = cache.bad();
    assert!(matches!(problem, DownloadProblem::Cut { received: 3000, .. }), "{problem}");
    assert_eq!(server.requests().len(), 3);

    // Another address: its tag means nothing there, the bytes do.
    let other = good_server();
    cache.options.url = Some(other.url("/"));
    cache.good();
    assert_eq!(other.requests()[0].start(), Some(3000));
    assert_eq!(other.requests()[0].header("if-range"), None);
}

#[test]
fn a_silent_server_is_given_up_and_the_part_is_kept() {
    let server = stalling_server();
    let mut cache = Cache::new(&server.url("/"));
    cache.options.resumptions = 0;
    cache.options.stall = Duration::from_secs(1);
    let problem = cache.bad();
    assert!(matches!(problem, DownloadProblem::Stalled { seconds: 1, .. }), "{problem}");
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
    assert!(matches!(problem, DownloadProblem::Stalled { received: 0, .. }), "{problem}");
    assert_eq!(cache.part(), None);
}

#[test]
fn a_new_version_starts_again() {
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
fn a_wrong_part_of_an_earlier_run_is_replaced() {
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
fn servers_without_ranges_send_the_whole_file() {
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
