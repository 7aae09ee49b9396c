//! Runs the binary with references by name, from a local server, and with statistics in pickles.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[allow(dead_code)]
#[path = "../../fid-weights/tests/server/mod.rs"]
mod server;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fid_images::npy::{Dtype, write_header, write_values};
use serde_json::Value;
use server::{Server, reply, serve};
use temp_dir::TempDir;

/// A number of features of one of Inception's layers.
const DIM: usize = 64;

/// A cache folder, and a server that publishes the references.
struct Machine {
    folder: TempDir,
    server: Option<Server>,
}

struct Done {
    status: i32,
    out: String,
    err: String,
}

impl Machine {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), server: None }
    }

    /// Serves one file; any other is not found.
    fn serving(name: &'static str, content: Vec<u8>) -> Self {
        let server = Server::start(move |_, request, stream| {
            if request.line() == format!("GET /{name} HTTP/1.1") {
                serve(stream, request, &content, "\"1\"", usize::MAX);
            } else {
                reply(stream, "404 Not Found", &[], b"");
            }
        });
        Self { server: Some(server), ..Self::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, content: &[u8]) -> String {
        fs::write(self.path(name), content).unwrap();
        self.path(name).to_str().unwrap().into()
    }

    fn requests(&self) -> usize {
        self.server.as_ref().map_or(0, |server| server.requests().len())
    }

    fn run(&self, args: &[&str]) -> Done {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fid-gpu"));
        command.args(args).current_dir(self.folder.path()).env("FID_GPU_CACHE", self.path("cache"));
        for name in ["FID_GPU_WEIGHTS_URL", "FID_GPU_REFS_URL", "FID_GPU_OFFLINE", "TORCH_HOME"] {
            command.env_remove(name);
        }
        match &self.server {
            Some(server) => command.env("FID_GPU_REFS_URL", server.url("/")),
            None => command.env("FID_GPU_OFFLINE", "1"),
        };
        let output = command.env("HOME", self.folder.path()).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        Done { status: output.status.code().unwrap(), out, err }
    }

    /// The FID of a run that succeeds, and what it says.
    #[track_caller]
    fn fid(&self, args: &[&str]) -> (f64, String) {
        let done = self.run(&[args, &["--json"]].concat());
        assert_eq!(done.status, 0, "{}", done.err);
        let report: Value = serde_json::from_str(&done.out).unwrap();
        (report["fid"].as_f64().unwrap(), done.err)
    }

    /// What a run says that ends with `status`.
    #[track_caller]
    fn fails(&self, args: &[&str], status: i32, parts: &[&str]) {
        let done = self.run(args);
        assert_eq!(done.status, status, "{}", done.err);
        for part in parts {
            assert!(done.err.contains(part), "no {part} in: {}", done.err);
        }
    }
}

/// Mean `mean` in each direction, and `variance` on the diagonal.
fn moments(dim: usize, mean: f64, variance: f64) -> (Vec<f64>, Vec<f64>) {
    let mut sigma = vec![0.0; dim * dim];
    sigma.iter_mut().step_by(dim + 1).for_each(|value| *value = variance);
    (vec![mean; dim], sigma)
}

fn npz(mean: f64, variance: f64) -> Vec<u8> {
    let (mu, sigma) = moments(DIM, mean, variance);
    let mut file = std::io::Cursor::new(Vec::new());
    let mut zip = zip::ZipWriter::new(&mut file);
    for (name, shape, values) in [("mu", vec![DIM], mu), ("sigma", vec![DIM, DIM], sigma)] {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(format!("{name}.npy"), options).unwrap();
        write_header(&mut zip, Dtype::F64, &shape).unwrap();
        write_values(&mut zip, &values, f64::to_le_bytes).unwrap();
    }
    zip.finish().unwrap();
    file.into_inner()
}

/// The distance of two sets of [`moments`].
fn distance(dim: usize, a: (f64, f64), b: (f64, f64)) -> f64 {
    dim as f64 * ((a.0 - b.0).powi(2) + a.1 + b.1 - 2.0 * (a.1 * b.1).sqrt())
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9 * expected.max(1.0), "{found} {expected}");
}

/// A key or a text of a pickle.
fn text(text: &str) -> Vec<u8> {
    [&b"X"[..], &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()
}

/// An array, as NumPy 2 pickles it with protocol 5.
fn array(shape: &[usize], values: &[f64]) -> Vec<u8> {
    let axes: Vec<u8> =
        shape.iter().flat_map(|&axis| [&b"J"[..], &(axis as u32).to_le_bytes()].concat()).collect();
    let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    [
        &b"cnumpy._core.numeric\n_frombuffer\n(\x96"[..],
        &(data.len() as u64).to_le_bytes(),
        &data,
        b"cnumpy\ndtype\n",
        &text("f8"),
        b"\x89\x88\x87R(K\x03",
        &text("<"),
        b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb(",
        &axes,
        b"t",
        &text("C"),
        b"tR",
    ]
    .concat()
}

/// A dictionary.
fn dict(items: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let items: Vec<u8> = items
        .iter()
        .flat_map(|(key, value)| [text(key), value.clone(), b"s".to_vec()].concat())
        .collect();
    [&b"}"[..], &items].concat()
}

fn entry(
    dim: usize,
    mean: f64,
    variance: f64,
    names: [&'static str; 2],
) -> Vec<(&'static str, Vec<u8>)> {
    let (mu, sigma) = moments(dim, mean, variance);
    vec![(names[0], array(&[dim], &mu)), (names[1], array(&[dim, dim], &sigma))]
}

fn pickle(items: &[(&str, Vec<u8>)]) -> Vec<u8> {
    [&b"\x80\x05"[..], &dict(items), b"."].concat()
}

/// EDM2's form.
fn edm2(fid: (f64, f64), dino: (f64, f64)) -> Vec<u8> {
    let stats =
        |dim, (mean, variance): (f64, f64)| dict(&entry(dim, mean, variance, ["mu", "sigma"]));
    pickle(&[
        ("num_images", b"M\x10\x27".to_vec()),
        ("fid", stats(DIM, fid)),
        ("fd_dinov2", stats(1024, dino)),
    ])
}

#[test]
fn the_encoder_chooses_the_entry_of_edm2s_pickles() {
    let machine = Machine::new();
    let a = machine.file("a.pkl", &edm2((0.5, 2.0), (0.25, 1.0)));
    let b = machine.file("b.pkl", &edm2((1.0, 3.0), (0.75, 4.0)));
    let (fid, said) = machine.fid(&["fid", &a, &b]);
    close(fid, distance(DIM, (0.5, 2.0), (1.0, 3.0)));
    assert!(said.contains("real: EDM2's preset is nvidia"), "{said}");
    let (fid, said) = machine.fid(&["fid", &a, &b, "--encoder", "dinov2-l14"]);
    close(fid, distance(1024, (0.25, 1.0), (0.75, 4.0)));
    assert!(said.contains("real: EDM2's preset is edm2"), "{said}");
    machine.fails(
        &["fid", &a, &b, "--encoder", "clip-b32"],
        2,
        &["a.pkl", "clip-b32", "fd_dinov2"],
    );

    // The same numbers in an .npz of another preset, and of the same.
    let npz = machine.file("c.npz", &npz(1.0, 3.0));
    machine.fails(&["fid", &a, &npz], 2, &["c.npz does not say how it was made"]);
    let (fid, _) = machine.fid(&["fid", &a, &npz, "--assume-preset", "nvidia"]);
    close(fid, distance(DIM, (0.5, 2.0), (1.0, 3.0)));

    // Without an encoder, an entry is named.
    let named =
        machine.run(&["frechet", &format!("{a}:fd_dinov2"), &format!("{b}:fd_dinov2"), "--json"]);
    let report: Value = serde_json::from_str(&named.out).unwrap();
    close(report["frechet"].as_f64().unwrap(), distance(1024, (0.25, 1.0), (0.75, 4.0)));
    assert_eq!(report["real"].as_u64(), Some(10_000));
    machine.fails(&["frechet", &a, &b], 2, &["a.pkl", "fid, fd_dinov2", "FILE.pkl:fid"]);
    machine.fails(&["frechet", &format!("{a}:kid"), &b], 2, &["'kid'", "fid, fd_dinov2"]);
}

#[test]
fn stylegans_sums_and_plain_pairs_are_read() {
    let machine = Machine::new();
    let (images, mean, variance) = (1000.0, 0.5, 2.0);
    let (mu, mut sigma) = moments(DIM, mean * images, variance * images);
    sigma.iter_mut().for_each(|sum| *sum += mean * mean * images);
    let sums = pickle(&[
        ("capture_all", b"\x89".to_vec()),
        ("max_items", b"N".to_vec()),
        ("num_items", b"M\xe8\x03".to_vec()),
        ("all_features", b"]".to_vec()),
        ("raw_mean", array(&[DIM], &mu)),
        ("raw_cov", array(&[DIM, DIM], &sigma)),
    ]);
    let sums = machine.file("gan-metrics.pkl", &sums);
    let plain = machine.file("inception.pkl", &pickle(&entry(DIM, 1.0, 3.0, ["mean", "cov"])));
    let expected = distance(DIM, (mean, variance), (1.0, 3.0));
    close(machine.fid(&["fid", &sums, &plain, "--assume-preset", "nvidia"]).0, expected);
    machine.fails(&["fid", &sums, &plain], 2, &["inception.pkl does not say how it was made"]);
}

#[test]
fn other_pickles_are_refused_and_not_run() {
    let machine = Machine::new();
    let good = machine.file("good.pkl", &edm2((0.5, 2.0), (0.25, 1.0)));
    let shape =
        pickle(&[("fid", dict(&[("mu", array(&[2], &[1.0])), ("sigma", array(&[1], &[1.0]))]))]);
    for (name, content, part) in [
        ("call.pkl", b"\x80\x04cposix\nsystem\nX\x04\0\0\0true\x85R.".to_vec(), "posix.system"),
        ("empty.pkl", Vec::new(), "protocol 2 to 5"),
        ("cut.pkl", edm2((0.5, 2.0), (0.25, 1.0))[..1000].to_vec(), "cut short"),
        (
            "network.pkl",
            pickle(&[("G_ema", b"N".to_vec())]),
            "no statistics of the encoder inception",
        ),
        ("shape.pkl", shape, "'fid.mu' has 8 bytes"),
    ] {
        let file = machine.file(name, &content);
        machine.fails(&["fid", &file, &good], 2, &[name, part]);
    }
}

#[test]
fn a_name_is_downloaded_once_and_compared_with_its_first_hash() {
    let machine = Machine::serving("cifar10_clean_train_32.npz", npz(0.5, 2.0));
    let fake = machine.file("fake.npz", &npz(1.0, 3.0));
    let args = ["fid", "cifar10-train@clean", &fake, "--assume-preset", "clean"];
    let (fid, said) = machine.fid(&args);
    close(fid, distance(DIM, (0.5, 2.0), (1.0, 3.0)));
    for part in
        ["SHA-256", "is recorded", "cifar10-train@clean is", "by clean-fid", "preset is clean"]
    {
        assert!(said.contains(part), "no {part} in: {said}");
    }
    let (again, said) = machine.fid(&args);
    assert!(again.to_bits() == fid.to_bits() && !said.contains("is recorded"), "{said}");
    assert_eq!(machine.requests(), 1);
    // The preset of the run chooses the variant, and the other side must be of the same preset.
    let (chosen, _) =
        machine.fid(&[&args[..1], &["cifar10-train"], &args[2..], &["--preset", "clean"]].concat());
    assert_eq!(chosen.to_bits(), fid.to_bits());
    let other = ["fid", "cifar10-train@clean", &fake, "--assume-preset", "pytorch-fid"];
    machine.fails(&other, 3, &["preset clean and preset pytorch-fid"]);

    let file = machine.path("cache/refs/clean-fid/cifar10_clean_train_32.npz");
    let place = machine.run(&["refs", "where"]).out;
    assert!(place.contains(file.to_str().unwrap()) && place.contains("first used with"), "{place}");
    fs::write(&file, npz(0.5, 2.5)).unwrap();
    machine.fails(
        &args,
        2,
        &["is not the file that was first used", "cifar10_clean_train_32.npz.sha256"],
    );
    machine.fails(
        &["refs", "fetch", "cifar10-train@clean"],
        2,
        &["is not the file that was first used"],
    );
    assert_eq!(machine.requests(), 1);
}

#[test]
fn without_a_network_the_error_says_what_to_put_where() {
    let machine = Machine::new();
    let fake = machine.file("fake.npz", &npz(1.0, 3.0));
    let place = machine.path("cache/refs/clean-fid/cifar10_clean_train_32.npz");
    let args = ["fid", "cifar10-train@clean", &fake, "--assume-preset", "clean"];
    let url = "https://www.cs.cmu.edu/~clean-fid/stats/cifar10_clean_train_32.npz";
    machine.fails(&args, 2, &[url, place.to_str().unwrap(), "fid-gpu refs fetch"]);
    machine.fails(&["frechet", "cifar10-train@clean", &fake], 2, &[url]);
    // And putting it there is enough.
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::write(&place, npz(0.5, 2.0)).unwrap();
    close(machine.fid(&args).0, distance(DIM, (0.5, 2.0), (1.0, 3.0)));
    let frechet = machine.run(&["frechet", "cifar10-train@clean", &fake, "--json"]);
    assert_eq!(frechet.status, 0, "{}", frechet.err);
}

#[test]
fn wrong_names_list_what_is_near() {
    let machine = Machine::serving("nothing", Vec::new());
    let fake = machine.file("fake.npz", &npz(1.0, 3.0));
    let fid = |name: &'static str| ["fid".to_owned(), name.into(), fake.clone()];
    for (name, parts) in [
        ("cifar-10-train@clean", &["cifar10-train, ", "refs list"][..]),
        ("cifar10-train@nonsense", &["cifar10-train@clean, cifar10-train@clean-legacy-tf"]),
        ("edm2-img512@edm2", &["dinov2-l14", "inception"]),
        ("cifar10-test@clean", &["status 404", "FID_GPU_REFS_URL"]),
    ] {
        let args = fid(name);
        machine.fails(&args.each_ref().map(String::as_str), 2, parts);
    }
    machine.fails(&["refs", "fetch", "cifar10"], 2, &["cifar10-t"]);
    machine.fails(&["refs", "fetch", "cifar10-train"], 2, &["cifar10-train@clean"]);
}

#[test]
fn a_local_folder_of_that_name_wins_and_says_so() {
    let machine = Machine::serving("nothing", Vec::new());
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/real");
    fs::create_dir(machine.path("cifar10-train@clean")).unwrap();
    for image in fs::read_dir(&samples).unwrap().take(2) {
        let image = image.unwrap();
        let target = machine.path("cifar10-train@clean").join(image.file_name());
        fs::copy(image.path(), target).unwrap();
    }
    let network = ["--weights", "seeded:1", "--device", "cpu"];
    let args = [&["fid", "cifar10-train@clean", "cifar10-train@clean"][..], &network].concat();
    let (fid, said) = machine.fid(&args);
    close(fid, 0.0);
    assert!(said.contains("cifar10-train@clean is a local file or folder"), "{said}");
    assert_eq!(machine.requests(), 0);
}

#[test]
fn the_list_has_names_presets_and_sides() {
    let machine = Machine::new();
    let list = machine.run(&["refs", "list"]).out;
    for part in
        ["cifar10-train@clean ", "adm-imagenet256@adm", "edm2-img64@edm2", "50000", "ttur-cifar10"]
    {
        assert!(list.contains(part), "no {part} in: {list}");
    }
    let few = machine.run(&["refs", "list", "imagenet256"]).out;
    assert!(few.lines().count() >= 5 && !few.contains("cifar10"), "{few}");
    assert!(machine.run(&["refs", "where"]).out.contains("no reference is on this machine"));
    let place = machine.run(&["refs", "where", "edm-cifar10"]).out;
    assert!(place.contains("edm/cifar10-32x32.npz: not there"), "{place}");
}
