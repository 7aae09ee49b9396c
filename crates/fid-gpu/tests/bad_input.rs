//! Messages for bad input: each names the file, the cause and the way out. They make the table in
//! `docs/PRECISION.md`, and a test compares the two.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bad_images;

use std::fs;
use std::path::Path;

use fid_core::FEATURE_DIM;
use fid_gpu::decode::{DecodeError, decode};
use fid_gpu::observer::Side;
use fid_gpu::source::{ImageFolder, ImageSet};
use fid_gpu::stats_file::StatsFile;
use fid_gpu::{Error, Shard};
use temp_dir::TempDir;

use bad_images as bad;

/// The document that contains the table.
const PAGE: &str = "../../docs/PRECISION.md";
const BEGIN: &str = "<!-- bad input: cargo test --test bad_input prints it -->";
const END: &str = "<!-- end of bad input -->";

/// A row of the table: input and message.
type Row = (&'static str, String);

fn said(folder: &Path, error: impl Into<Error>) -> String {
    // The folder's name differs from run to run.
    let error = error.into();
    let chain = error.chain();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        assert_eq!(chain.matches(&error.to_string()).count(), 1, "told twice: {chain}");
        cause = error.source();
    }
    let hint = fid_gpu::cli::hint(&error);
    let lines = [Some(chain), hint].into_iter().flatten().collect::<Vec<_>>();
    lines
        .join("; ")
        .replace(&format!("{}/", folder.display()), "")
        .replace(&folder.display().to_string(), "photos")
}

/// The error of a result. `unwrap_err` would print every pixel.
#[track_caller]
fn refused(path: &Path) -> DecodeError {
    decode(path).err().unwrap_or_else(|| panic!("{} is decoded", path.display()))
}

fn images(rows: &mut Vec<Row>) {
    let folder = TempDir::new().unwrap();
    let png = bad::good_png(1);
    let jpeg = bad::jpeg(22, 17);
    let mut cases: Vec<(&str, &str, Vec<u8>)> = vec![
        ("zero bytes", "a.png", Vec::new()),
        ("cut in the middle, PNG", "a.png", png[..png.len() / 2].to_vec()),
        ("cut at the end, JPEG", "a.jpg", jpeg[..jpeg.len() - 12].to_vec()),
        ("a text file named .png", "a.png", b"once upon a time".to_vec()),
        ("a web page named .jpg", "a.jpg", b"<!DOCTYPE html>".to_vec()),
        ("a palette of no length, GIF", "a.gif", b"GIF89a\x01\0\x01\0\0\0\0".to_vec()),
        ("no width", "a.bmp", bad::bmp(0, 8)),
        ("50,000 x 50,000, PNG", "a.png", bad::png(50_000, 50_000)),
        ("50,000 x 50,000, TIFF", "a.tif", bad::tiff(50_000, 50_000)),
        ("13,000 x 13,000 in 54 bytes, BMP", "a.bmp", bad::bmp(13_000, 13_000)),
        ("sides that overflow when multiplied", "a.ppm", bad::pnm(4_294_967_296, 4_294_967_296)),
    ];
    for (what, name, bytes) in cases.drain(..) {
        bad::write(folder.path(), name, &bytes);
        let error = refused(&folder.child(name));
        rows.push((what, said(folder.path(), error)));
    }
    let missing = refused(&folder.child("gone.png"));
    rows.push(("gone since it was listed", said(folder.path(), missing)));
    let huge = fs::File::create(folder.child("huge.png")).unwrap();
    huge.set_len(3 << 30).unwrap();
    let error = refused(&folder.child("huge.png"));
    rows.push(("3 GiB in one file", said(folder.path(), error)));
}

fn folders(rows: &mut Vec<Row>) {
    let list = |rows: &mut Vec<Row>, what, folder: &Path, name: &str| {
        let error = ImageFolder::open(folder.join(name), true).unwrap_err();
        rows.push((what, said(folder, Error::Source { side: Side::Real, error })));
    };
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.child("empty")).unwrap();
    fs::write(folder.child("readme.txt"), "").unwrap();
    list(rows, "a folder that does not exist", folder.path(), "fotos");
    list(rows, "a folder without images", folder.path(), "empty");
    list(rows, "a file for a folder", folder.path(), "readme.txt");
    #[cfg(unix)]
    for (what, make) in [
        ("a link that leads nowhere", (|folder| link("gone", folder, "a.png")) as fn(&Path)),
        ("a link in a circle", |folder| link("a.png", folder, "a.png")),
        ("a link to its own folder", |folder| link("../sub", folder, "again")),
        ("a named pipe", |folder| {
            let made = std::process::Command::new("mkfifo").arg(folder.join("a.png")).status();
            assert!(made.unwrap().success());
        }),
        ("a socket", |folder| {
            std::os::unix::net::UnixListener::bind(folder.join("a.png")).unwrap();
        }),
    ] {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.child("sub")).unwrap();
        make(&folder.child("sub"));
        list(rows, what, folder.path(), "sub");
    }
}

#[cfg(unix)]
fn link(target: &str, folder: &Path, name: &str) {
    std::os::unix::fs::symlink(target, folder.join(name)).unwrap();
}

fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

fn sets(rows: &mut Vec<Row>) {
    let folder = TempDir::new().unwrap();
    let image = zip_of("a.png", &bad::good_png(1));
    let array = |descr: &str, shape: &str| {
        let header =
            format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        npy(&header, &[0; 96])
    };
    for (what, name, content) in [
        ("a zip archive that is cut", "a.zip", image[..image.len() / 2].to_vec()),
        ("a zip archive without images", "a.zip", zip_of("a.txt", b"")),
        ("a tar archive that is cut", "a.tar", vec![b'x'; 300]),
        ("a compressed tar archive", "a.tar.gz", Vec::new()),
        ("floats in an array", "a.npy", array("<f4", "(2, 2, 2, 3)")),
        ("an array of features", "a.npy", array("<f4", "(2, 12)")),
        ("an array of four channels", "a.npy", array("|u1", "(2, 4, 3, 4)")),
        ("an array of 2 to the 62 images", "a.npy", array("|u1", "(4611686018427387904, 2, 2, 3)")),
        ("an array of images of 4 GB", "a.npy", array("|u1", "(1, 40000, 40000, 3)")),
        ("an array without a header", "a.npz", zip_of("x.npy", b"")),
        ("statistics where images are needed", "a.npz", zip_of("mu.npy", b"")),
        ("labels of MNIST", "t10k-labels-idx1-ubyte", [&[0, 0, 8, 1], &[0; 12][..]].concat()),
        ("a .bin file that is not of CIFAR", "a.bin", vec![0; 3072]),
        ("a list that names a missing file", "list.txt", b"a.zip\n\nb.png\n".to_vec()),
        ("a list of nothing", "list.txt", b"\n".to_vec()),
        ("one image for a set", "a.png", bad::good_png(1)),
        ("images of a format that is not read", "a.heic", Vec::new()),
        ("a video", "a.mp4", Vec::new()),
        ("a store of images that is not read", "a.h5", Vec::new()),
        ("a zip archive without its ending", "photos.data", image.clone()),
        ("a kind that is not read", "a.xyz", Vec::new()),
    ] {
        fs::write(folder.child(name), content).unwrap();
        let error = ImageSet::open(folder.child(name), false).unwrap_err();
        rows.push((what, said(folder.path(), Error::Source { side: Side::Fake, error })));
    }
    let error = ImageSet::open(folder.child("s-{9..0}.tar"), false).unwrap_err();
    rows.push((
        "a range that ends before it begins",
        said(folder.path(), Error::Source { side: Side::Fake, error }),
    ));
}

/// An archive with one member.
fn zip_of(name: &str, content: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    zip.start_file(name, options).unwrap();
    zip.write_all(content).unwrap();
    zip.finish().unwrap().into_inner()
}

fn statistics(rows: &mut Vec<Row>) {
    let folder = TempDir::new().unwrap();
    let mut case = |what, bytes: &[u8]| {
        fs::write(folder.child("a.npz"), bytes).unwrap();
        let error = StatsFile::read(&folder.child("a.npz"), FEATURE_DIM).unwrap_err();
        rows.push((what, said(folder.path(), error)));
    };
    let archive = |member: &[u8]| zip_of("mu.npy", member);
    let header = |descr: &str, shape: &str| {
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n")
    };
    case(".npz: no archive", b"mu and sigma");
    case(".npz: an archive of nothing", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    for (what, descr, shape) in [
        (".npz: a shape of 2 to the 62", "<f8", "(4611686018427387904,)"),
        (".npz: a shape whose product overflows", "<f8", "(4294967296, 4294967296, 2)"),
        (".npz: a negative shape", "<f8", "(-1,)"),
        (".npz: features of another network", "<f8", "(512,)"),
        (".npz: pickled objects", "|O", "(2048,)"),
        (".npz: integers", "<i8", "(2048,)"),
        (".npz: complex numbers", "<c16", "(2048,)"),
    ] {
        case(what, &archive(&npy(&header(descr, shape), &[0; 64])));
    }
    let mu = npy(&header("<f8", "(2048,)"), &[0; 64]);
    case(".npz: fewer values than the shape", &archive(&mu));
    let bomb = npy(&header("<f8", "(2048,)"), &vec![0; 64 << 20]);
    case(".npz: 64 MiB in 64 kB", &archive(&bomb));
}

fn others(rows: &mut Vec<Row>) {
    let too_few = Error::TooFew { side: Side::Real, path: "photos".into(), count: 1 };
    rows.push(("one image", too_few.chain()));
    let shard = "9/8".parse::<Shard>().unwrap_err();
    rows.push(("--shard 9/8", shard.to_string()));
}

fn table() -> String {
    let mut rows = Vec::new();
    images(&mut rows);
    folders(&mut rows);
    sets(&mut rows);
    statistics(&mut rows);
    others(&mut rows);
    let mut table = String::from("| Input | Message |\n|---|---|\n");
    for (what, said) in rows {
        assert!(said.len() > 20, "{what}: {said}");
        table += &format!("| {what} | {} |\n", said.replace('|', "\\|"));
    }
    table
}

/// Other systems word their errors differently.
#[cfg(target_os = "linux")]
#[test]
fn the_documented_messages_are_the_real_ones() {
    let table = table();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let text = fs::read_to_string(page).unwrap();
    let found = text.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END));
    let found = found.map(|(table, _)| table.trim());
    assert!(
        found == Some(table.trim()),
        "docs/PRECISION.md should have:\n{BEGIN}\n\n{table}\n{END}"
    );
}

/// Only messages about files that can be skipped name the flag.
#[test]
fn files_that_can_be_skipped_name_the_flag() {
    let mut rows = Vec::new();
    images(&mut rows);
    for (what, said) in &rows {
        assert!(said.contains("--skip-bad"), "{what}: {said}");
    }
    rows.clear();
    statistics(&mut rows);
    for (what, said) in &rows {
        assert!(!said.contains("--skip-bad") && said.contains("a.npz"), "{what}: {said}");
    }
}

/// The content determines the format, as in Pillow.
#[test]
fn the_extension_does_not_matter() {
    let folder = TempDir::new().unwrap();
    bad::write(folder.path(), "a.jpg", &bad::good_png(3));
    bad::write(folder.path(), "a.png", &bad::good_png(3));
    let [a, b] = ["a.jpg", "a.png"].map(|name| decode(folder.child(name)).unwrap());
    assert_eq!(a.image.pixels(), b.image.pixels());
}

/// Images of excessive and impossible sizes in every format fail at once.
#[test]
fn decompression_bombs_are_refused_by_their_headers() {
    let folder = TempDir::new().unwrap();
    for (ending, bytes) in bad::bombs() {
        assert!(bytes.len() < 100_000);
        let name = format!("a.{ending}");
        bad::write(folder.path(), &name, &bytes);
        let start = std::time::Instant::now();
        let message = refused(&folder.child(&name)).to_string();
        assert!(message.contains("pixels, more than"), "{message}");
        assert!(start.elapsed().as_secs() < 5, "{ending}: {:?}", start.elapsed());
    }
    for (ending, bytes) in bad::hollow() {
        let name = format!("a.{ending}");
        bad::write(folder.path(), &name, &bytes);
        let message = refused(&folder.child(&name)).to_string();
        assert!(message.contains("damaged or incomplete"), "{message}");
    }
    for bytes in [bad::png_text(1 << 24), bad::png_profile(1 << 24)] {
        bad::write(folder.path(), "a.png", &bytes);
        decode(folder.child("a.png")).unwrap();
    }
}
