//! Several threads and processes that download one file.

use super::*;

#[test]
fn threads_that_download_at_once_ask_once() {
    let server = good_server();
    let cache = Cache::new(&server.url("/"));
    scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| cache.good());
        }
    });
    assert_eq!(server.requests().len(), 1);
}

/// Downloads in another process: this test program, running one test.
fn process(url: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "together::in_another_process", "--ignored"])
        .env("FID_TEST_DOWNLOAD_URL", url)
        .env("FID_TEST_DOWNLOAD_FOLDER", folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "run by other tests, in a process of its own"]
fn in_another_process() {
    let Ok(url) = std::env::var("FID_TEST_DOWNLOAD_URL") else { return };
    let mut options =
        DownloadOptions::new(std::env::var_os("FID_TEST_DOWNLOAD_FOLDER").map(Into::into));
    options.url = Some(url);
    download(&entry(), &options, &()).unwrap();
}

#[test]
fn processes_that_download_at_once_ask_once() {
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
fn a_download_is_resumed_after_a_kill() {
    let server = stalling_server();
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
