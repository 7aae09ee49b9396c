//! Files of Hugging Face: its mirror, the user's token, its cache.

use std::env;

use fid_weights::hub::{find_entry, locations};

use super::*;

fn hosted() -> Published {
    let mut entry = entry();
    entry.url = "https://huggingface.co/some/model/resolve/main/model.safetensors".into();
    entry.hugging_face = &[["some/model", "model.safetensors"]];
    entry
}

fn options(cache: &Cache, endpoint: &Server) -> DownloadOptions {
    let mut options = cache.options.clone();
    options.url = None;
    options.hugging_face.endpoint = Some(endpoint.url("/mirror/"));
    options.hugging_face.token = Some("secret".into());
    options
}

#[test]
fn the_token_goes_to_the_endpoint_alone() {
    let store = good_server();
    let target = store.url("/store/file");
    let hub = Server::start(move |_, _, stream| {
        reply(stream, "302 Found", &[format!("Location: {target}")], b"");
    });
    let cache = Cache::new("");
    let path = download(&hosted(), &options(&cache, &hub), &()).unwrap();
    assert_eq!(path, cache.path("weights.bin"));
    let asked = hub.requests();
    let [first] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(first.line(), "GET /mirror/some/model/resolve/main/model.safetensors HTTP/1.1");
    assert_eq!(first.header("authorization"), Some("Bearer secret"));
    let asked = store.requests();
    let [second] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(second.header("authorization"), None);
}

#[test]
fn other_addresses_get_no_token() {
    let server = good_server();
    let cache = Cache::new("");
    let mut options = options(&cache, &server);
    // Published elsewhere.
    let mut entry = hosted();
    entry.url = server.url("/weights.bin").into();
    download(&entry, &options, &()).unwrap();
    // A mirror of our own.
    fs::remove_file(cache.path("weights.bin")).unwrap();
    options.url = Some(server.url("/"));
    download(&hosted(), &options, &()).unwrap();
    let asked = server.requests();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|request| request.header("authorization").is_none()), "{asked:?}");
    assert!(!format!("{options:?}").contains("secret"));
}

/// Runs as a process of its own, with an environment of its own.
#[test]
fn the_cache_of_hugging_face_is_searched() {
    let this = "hugging_face::the_cache_of_hugging_face_is_searched";
    let Some(cache) = env::var_os("FID_TEST_HF_CACHE") else {
        let folder = TempDir::new().unwrap();
        let repository = folder.child("models--some--model");
        let version = repository.join("snapshots").join("0123abc");
        fs::create_dir_all(repository.join("refs")).unwrap();
        fs::create_dir_all(&version).unwrap();
        fs::write(repository.join("refs/main"), "0123abc").unwrap();
        fs::write(version.join("model.safetensors"), "weights").unwrap();
        let status = Command::new(env::current_exe().unwrap())
            .args([this, "--exact", "--quiet"])
            .env("FID_TEST_HF_CACHE", folder.path())
            .env("HF_HUB_CACHE", folder.path())
            .env("HF_TOKEN", "")
            .env("HF_TOKEN_PATH", version.join("model.safetensors"))
            .env("HF_ENDPOINT", "https://mirror.invalid")
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success());
        return;
    };
    let file = PathBuf::from(cache).join("models--some--model/snapshots/0123abc/model.safetensors");
    assert_eq!(find_entry(&hosted()).unwrap(), file);
    let mut missing = hosted();
    missing.hugging_face = &[["another/model", "model.safetensors"]];
    let error = find_entry(&missing).unwrap_err();
    assert_eq!(error.searched, locations(&missing));
    assert!(error.searched.iter().any(|path| path.to_str().unwrap().contains("another--model")));
    let options = DownloadOptions::from_env();
    assert_eq!(options.hugging_face.token.as_deref(), Some("weights"));
    assert_eq!(options.hugging_face.endpoint.as_deref(), Some("https://mirror.invalid"));
}
