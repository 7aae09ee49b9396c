//! Files whose size and hash nobody published: those of the first download are kept to.

use super::*;

fn unknown() -> Published {
    let mut entry = entry();
    (entry.size, entry.sha256) = (None, None);
    entry
}

fn get(cache: &Cache) -> Result<PathBuf, DownloadError> {
    download(&unknown(), &cache.options, &())
}

fn record(cache: &Cache) -> String {
    fs::read_to_string(cache.path("weights.bin.sha256")).unwrap()
}

#[test]
fn the_first_hash_is_recorded_and_shown() {
    struct Notes(Mutex<Vec<String>>);
    impl Progress for Notes {
        fn note(&self, text: &str) {
            self.0.lock().unwrap().push(text.into());
        }
        fn download_start(&self, _: &str, bytes: u64) {
            assert_eq!(bytes, SIZE as u64);
        }
    }
    let server = good_server();
    let cache = Cache::new(&server.url("/"));
    let notes = Notes(Mutex::default());
    for _ in 0..2 {
        download(&unknown(), &cache.options, &notes).unwrap();
    }
    assert_eq!(fs::read(cache.path("weights.bin")).unwrap(), content());
    assert_eq!(record(&cache), format!("{}  weights.bin\n", hash(&content())));
    let notes = notes.0.into_inner().unwrap();
    assert!(notes.len() == 1 && notes[0].contains(&hash(&content())), "{notes:?}");
    assert_eq!(server.requests().len(), 1);

    // A file that was put there by hand is recorded as well.
    let cache = Cache::new("http://127.0.0.1:9/");
    fs::write(cache.path("weights.bin"), "by hand").unwrap();
    get(&cache).unwrap();
    assert!(record(&cache).starts_with(&hash(b"by hand")));
}

#[test]
fn a_changed_file_is_an_error_and_stays() {
    let server = good_server();
    let cache = Cache::new(&server.url("/"));
    get(&cache).unwrap();
    fs::write(cache.path("weights.bin"), "changed").unwrap();
    let error = get(&cache).unwrap_err();
    let message = error.problem.to_string();
    for part in [hash(&content()), hash(b"changed"), "weights.bin.sha256 to accept".into()] {
        assert!(message.contains(&part), "no {part} in: {message}");
    }
    assert_eq!(fs::read(cache.path("weights.bin")).unwrap(), b"changed");
    assert_eq!(server.requests().len(), 1);

    // Nor is another file installed that the server sends in place of a removed one.
    fs::remove_file(cache.path("weights.bin")).unwrap();
    let other = Server::start(|_, request, stream| serve(stream, request, b"other", TAG, 9));
    let mut again = cache;
    again.options.url = Some(other.url("/"));
    assert!(matches!(*get(&again).unwrap_err().problem, DownloadProblem::Changed(_)));
    assert!(!again.path("weights.bin").exists() && again.part().is_none());
    again.options.url = Some(server.url("/"));
    get(&again).unwrap();
}

#[test]
fn a_transfer_that_breaks_off_is_resumed_by_its_tag() {
    let server = cutting_server(1);
    let cache = Cache::new(&server.url("/"));
    get(&cache).unwrap();
    assert_eq!(fs::read(cache.path("weights.bin")).unwrap(), content());
    let requests = server.requests();
    assert_eq!(requests[1].header("range"), Some(&*format!("bytes={HALF}-")));
    assert_eq!(requests[1].header("if-range"), Some(TAG));

    // Without a tag, nothing tells whether the rest is of the same file.
    let cache = Cache::new(&server.url("/"));
    fs::write(cache.path("weights.bin.part"), vec![7; HALF]).unwrap();
    get(&cache).unwrap();
    assert_eq!(fs::read(cache.path("weights.bin")).unwrap(), content());
}

#[test]
fn lengths_are_those_of_the_server() {
    let short = Server::start(|_, _, stream| {
        reply(stream, "200 OK", &["Content-Length: 10".into()], b"12345");
    });
    let problem = *get(&Cache::new(&short.url("/"))).unwrap_err().problem;
    assert!(matches!(problem, DownloadProblem::Cut { expected: Some(10), .. }), "{problem}");
    let silent = Server::start(|_, _, stream| reply(stream, "200 OK", &[], &content()));
    let cache = Cache::new(&silent.url("/"));
    get(&cache).unwrap();
    assert_eq!(fs::read(cache.path("weights.bin")).unwrap(), content());
}

#[test]
fn offline_says_where_to_put_the_file() {
    let mut cache = Cache::new("http://127.0.0.1:9/");
    cache.options.offline = true;
    let error = get(&cache).unwrap_err();
    let way_out = error.manual_install.to_string();
    assert!(way_out.contains(&*entry().url) && !way_out.contains("SHA"), "{way_out}");
    assert!(way_out.contains(cache.path("weights.bin").to_str().unwrap()), "{way_out}");
}
