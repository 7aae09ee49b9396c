//! Runs `fid-gpu weights`, and the main command's search and download of weights.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[allow(dead_code)]
#[path = "../../fid-weights/tests/server/mod.rs"]
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use server::{Server, reply};
use temp_dir::TempDir;

const FILE: &str = "pt_inception-2015-12-05-6726825d.pth";
const URL: &str = "https://github.com/mseitzer/pytorch-fid/releases/";
const SHA256: &str = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2";

/// An environment with empty caches and no network access except the address that a test sets.
struct Machine(TempDir);

impl Machine {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().into()
    }

    fn run(&self, args: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fid-gpu"));
        for name in ["TORCH_HOME", "FID_GPU_OFFLINE", "FID_GPU_WEIGHTS_URL", "SSL_CERT_FILE"] {
            command.env_remove(name);
        }
        for name in ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"] {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command
            .args(args)
            .env("HOME", self.0.path())
            .env("XDG_CACHE_HOME", self.path("xdg"))
            .env("FID_GPU_CACHE", self.path("cache"))
            .envs(environment.iter().copied())
            .output()
            .unwrap()
    }

    fn good(&self, args: &[&str]) -> String {
        let output = self.run(args, &[("FID_GPU_OFFLINE", "1")]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn bad(&self, args: &[&str], environment: &[(&str, &str)]) -> String {
        let output = self.run(args, environment);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
        String::from_utf8(output.stderr).unwrap()
    }
}

fn samples() -> [String; 2] {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples");
    ["real", "fake"].map(|side| folder.join(side).to_str().unwrap().into())
}

fn has(text: &str, hints: &[&str]) {
    for hint in hints {
        assert!(text.contains(hint), "no {hint} in: {text}");
    }
}

/// A local address on which no server listens.
fn nobody() -> String {
    Server::start(|_, _, _| {}).url("/")
}

#[test]
fn without_a_connection_the_error_describes_the_manual_install() {
    let machine = Machine::new();
    let [real, fake] = samples();
    let args = ["--real", &real, "--fake", &fake, "--device", "cpu"];
    let place = machine.path("cache").join(FILE);
    let hints = [FILE, URL, SHA256, place.to_str().unwrap(), "--weights seeded"];

    let nobody = nobody();
    let message = machine.bad(&args, &[("FID_GPU_WEIGHTS_URL", &nobody)]);
    has(&message, &hints);
    has(&message, &["cannot download", &nobody, "no connection", "HTTPS_PROXY"]);

    let message = machine.bad(&[&args[..], &["--offline"]].concat(), &[]);
    has(&message, &hints);
    let message = machine.bad(&args, &[("FID_GPU_OFFLINE", "1")]);
    has(&message, &hints);
    let message = machine.bad(&["weights", "fetch"], &[("FID_GPU_OFFLINE", "1")]);
    has(&message, &hints);
    has(&message, &["FID_GPU_OFFLINE"]);
}

#[test]
fn the_main_command_fetches_and_refuses_a_login_page() {
    let server = Server::start(|_, _, stream| {
        reply(stream, "200 OK", &["Content-Length: 18".into()], b"<html>login</html>");
    });
    let machine = Machine::new();
    let [real, fake] = samples();
    let url = server.url("/mirror/");
    let args = ["--real", &real, "--fake", &fake, "--device", "cpu"];
    let message = machine.bad(&args, &[("FID_GPU_WEIGHTS_URL", &url)]);
    has(&message, &["18 bytes", "95628359"]);
    assert_eq!(server.requests()[0].line(), format!("GET /mirror/{FILE} HTTP/1.1"));
    // The flag overrides the environment.
    let other = server.url("/other");
    machine.bad(&["weights", "fetch", "--mirror", &other], &[("FID_GPU_WEIGHTS_URL", &url)]);
    assert_eq!(server.requests()[1].line(), "GET /other HTTP/1.1");
}

#[test]
fn proxies_come_from_the_environment() {
    let proxy = Server::start(|_, _, stream| reply(stream, "403 Forbidden", &[], b""));
    let machine = Machine::new();
    for (name, url) in [
        ("HTTPS_PROXY", "https://weights.invalid/file"),
        ("http_proxy", "http://weights.invalid/file"),
    ] {
        let message = machine.bad(&["weights", "fetch", "--url", url], &[(name, &proxy.url(""))]);
        has(&message, &["cannot download", url]);
        let requests = proxy.requests();
        has(requests.last().unwrap().line(), &["weights.invalid"]);
    }
    // Local addresses and those in NO_PROXY use no proxy.
    let before = proxy.requests().len();
    machine.bad(&["weights", "fetch", "--url", &nobody()], &[("HTTP_PROXY", &proxy.url(""))]);
    let direct = ["weights", "fetch", "--url", "http://weights.invalid/file"];
    let environment = [("HTTP_PROXY", proxy.url("")), ("NO_PROXY", "weights.invalid".into())];
    machine.bad(&direct, &environment.each_ref().map(|(name, value)| (*name, value.as_str())));
    assert_eq!(proxy.requests().len(), before);
}

#[test]
fn where_lists_the_places_in_order() {
    let machine = Machine::new();
    let text = machine.good(&["weights", "where"]);
    let places: Vec<_> = text.lines().filter(|line| line.ends_with(": not there")).collect();
    assert_eq!(places.len(), 2, "{text}");
    assert!(places[0].contains("cache") && places[1].contains("hub"), "{text}");
    has(&text, &["weights fetch"]);

    let torch = machine.path("xdg/torch/hub/checkpoints");
    fs::create_dir_all(&torch).unwrap();
    fs::write(torch.join(FILE), "damaged").unwrap();
    let text = machine.good(&["weights", "where"]);
    has(&text, &["not there", "there, used; 7 bytes"]);
    // Errors name a damaged and a missing file.
    let message = machine.bad(&["weights", "verify"], &[]);
    has(&message, &[torch.join(FILE).to_str().unwrap()]);
    let message = machine.bad(&["weights", "import", &machine.text("none")], &[]);
    has(&message, &["none", "cannot read"]);
}

#[test]
fn exported_weights_are_the_same_weights() {
    let machine = Machine::new();
    // The minimum of images for a distance.
    for (name, pixels) in [("a", "0189"), ("b", "abzz"), ("c", "0123"), ("d", "4567")] {
        let folder = machine.path(if name < "c" { "real" } else { "fake" });
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name).with_extension("pgm"), format!("P5 2 2 255\n{pixels}"))
            .unwrap();
    }
    let (real, fake) = (machine.text("real"), machine.text("fake"));
    let fid = |extra: &[&str]| -> Value {
        let args = ["--real", &real, "--fake", &fake, "--device", "cpu", "--json", "--quiet"];
        serde_json::from_str(&machine.good(&[&args[..], extra].concat())).unwrap()
    };
    let (onnx, safetensors) = (machine.text("a.onnx"), machine.text("b.safetensors"));
    machine.good(&["weights", "export", &onnx, "--weights", "seeded"]);
    machine.good(&["weights", "export", &safetensors, "--weights", &onnx]);

    // Only `--force` imports weights other than the published ones.
    has(
        &machine.bad(&["weights", "verify", &onnx], &[]),
        &["a.onnx", "not the published", "bytes"],
    );
    let message = machine.bad(&["weights", "import", &safetensors], &[]);
    has(&message, &["b.safetensors", "safetensors", SHA256, "--force"]);
    assert!(!machine.path("cache").join(FILE).exists());
    let text = machine.good(&["weights", "import", &safetensors, "--force"]);
    has(&text, &[FILE, "not the published file"]);
    has(&machine.good(&["weights", "where"]), &["used; "]);

    // Through two formats and the cache: the same bits, the same value, and a note.
    let (found, seeded) = (fid(&[]), fid(&["--weights", "seeded"]));
    assert_eq!(found["fid"], seeded["fid"]);
    has(&found["notes"].to_string(), &["not the published file"]);
    assert!(!seeded["notes"].to_string().contains("not the published file"));
}

#[test]
fn exports_overwrite_nothing_unasked() {
    let machine = Machine::new();
    fs::write(machine.path("there.onnx"), "precious").unwrap();
    let export = |name: &str| {
        machine.bad(&["weights", "export", &machine.text(name), "--weights", "seeded"], &[])
    };
    has(&export("there.onnx"), &["there.onnx", "--force"]);
    has(&export("a.pth"), &["a.pth", ".safetensors"]);
    has(&export("no/such/folder.onnx"), &["no/such/folder.onnx"]);
    assert_eq!(fs::read(machine.path("there.onnx")).unwrap(), b"precious");
    assert_eq!(fs::read_dir(machine.0.path()).unwrap().count(), 1);
    let message =
        machine.bad(&["weights", "export", &machine.text("b.onnx")], &[("FID_GPU_OFFLINE", "1")]);
    has(&message, &["weights fetch", URL]);
}
