//! The same images from every kind of set, and sets that are damaged or made to do harm.

// A test that cannot go on fails.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod archives;
mod bad;
mod folder;
mod known;
mod left_out;
mod other_kinds;
mod prepared;
mod python;
mod tables;

use std::fs;
use std::io::{Cursor, Write};
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::thread;

use fid_images::npz::NpzContent;
use fid_images::prefetch::{Loaded, NothingKnown, Prefetcher};
use fid_images::set::{ImageSet, SetError, holds_images_among_others, npz_content};
use sha2::{Digest, Sha256};
use temp_dir::TempDir;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

const COUNT: usize = 11;
const HEIGHT: usize = 4;
const WIDTH: usize = 5;

/// A sample of test image `image`, different for every image.
fn sample(image: usize, y: usize, x: usize, channel: usize) -> u8 {
    ((image + 3) * (y * 41 + x * 7 + channel * 101 + 13) % 251) as u8
}

/// `[height, width, 3]`.
fn pixels(image: usize) -> Vec<u8> {
    let at = |at: usize| sample(image, at / 3 / WIDTH, at / 3 % WIDTH, at % 3);
    (0..HEIGHT * WIDTH * 3).map(at).collect()
}

fn ppm(image: usize) -> Vec<u8> {
    [format!("P6 {WIDTH} {HEIGHT} 255\n").into_bytes(), pixels(image)].concat()
}

/// Names in the order of their bytes, which is that of the images.
fn names() -> Vec<String> {
    let mut names = ["B.png", "a-b.ppm", "a.png", "a/z/0.jpg", "a/z/1.jpg", "a0.png", "é.gif"]
        .map(str::to_owned)
        .to_vec();
    names.push(format!("b/{}.ppm", "long".repeat(60)));
    names.push(format!("b/{}/0.ppm", "deep".repeat(30)));
    names.extend(["c d.png".into(), "d\u{202e}e.png".into()]);
    names.sort();
    names
}

/// Entries that are ignored.
const OTHERS: [&str; 6] =
    ["note.txt", ".hidden/a.png", "a/._z.png", "__MACOSX/a.png", "b/__MACOSX/._a.png", "zz"];

fn folder(parent: &Path) -> PathBuf {
    let root = parent.join("folder");
    let write = |name: &str, content: &[u8]| {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    names().iter().enumerate().for_each(|(image, name)| write(name, &ppm(image)));
    // A folder named so has no special meaning.
    OTHERS.iter().filter(|name| !name.contains("MACOSX")).for_each(|name| write(name, b"?"));
    root
}

/// As an archiver that walks a folder in no order.
fn members() -> Vec<(String, Vec<u8>)> {
    let mut members = names()
        .into_iter()
        .enumerate()
        .map(|(image, name)| (name, ppm(image)))
        .chain(OTHERS.map(|name| (name.to_owned(), b"?".to_vec())))
        .collect::<Vec<_>>();
    members.reverse();
    members.rotate_left(5);
    members
}

fn zip_of(members: &[(String, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(method);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_directory("folder.png", options).unwrap();
    for (name, content) in members {
        zip.start_file(name.as_str(), options.large_file(name.len() % 2 == 0)).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn tar_of(members: &[(String, Vec<u8>)], before: &str) -> Vec<u8> {
    let mut tar = ::tar::Builder::new(Vec::new());
    for (name, content) in members {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("{before}{name}"), &content[..]).unwrap();
    }
    tar.into_inner().unwrap()
}

fn npy(descr: &str, fortran: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
    let length = (text.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], text.as_bytes(), data].concat()
}

fn nhwc() -> Vec<u8> {
    let data = (0..COUNT).flat_map(pixels).collect::<Vec<_>>();
    npy("|u1", "False", &format!("({COUNT}, {HEIGHT}, {WIDTH}, 3)"), &data)
}

fn nchw() -> Vec<u8> {
    let at = |at: usize| {
        let (image, channel) = (at / (HEIGHT * WIDTH * 3), at / (HEIGHT * WIDTH) % 3);
        sample(image, at / WIDTH % HEIGHT, at % WIDTH, channel)
    };
    let data = (0..COUNT * 3 * HEIGHT * WIDTH).map(at).collect::<Vec<_>>();
    npy("|u1", "False", &format!("({COUNT}, 3, {HEIGHT}, {WIDTH})"), &data)
}

/// An archive of arrays as np.savez and np.savez_compressed write it.
fn npz(arrays: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let member = |(name, array): &(&str, Vec<u8>)| (format!("{name}.npy"), array.clone());
    let members = arrays.iter().map(member).collect::<Vec<_>>();
    let options = SimpleFileOptions::default().compression_method(method);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in &members {
        zip.start_file(name.as_str(), options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// An error with its causes.
fn text(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// The pixels, or the error, that the prefetcher gives for each image in a range of a set.
fn read(set: &ImageSet, range: Range<usize>) -> Vec<Result<Vec<u8>, String>> {
    let prefetcher = Prefetcher::new(set.images(range), None::<NothingKnown>);
    thread::scope(|scope| {
        let images = prefetcher.start(scope, NonZeroUsize::new(3).unwrap());
        let pixels = images.map(|image| match image.result {
            Ok(Loaded::Decoded(decoded, ..)) => Ok(decoded.image.pixels().to_vec()),
            Ok(Loaded::Known(_)) => panic!("nothing is known"),
            Err(error) => Err(text(&error)),
        });
        pixels.collect()
    })
}

fn open(path: &Path) -> ImageSet {
    ImageSet::open(path, false).unwrap_or_else(|error| panic!("{error}"))
}

/// A hash of the list of images.
fn identity(set: &ImageSet) -> String {
    let mut hash = Sha256::new();
    for (name, size) in set.names_and_sizes() {
        hash.update([&name[..], format!("\0{size}\n").as_bytes()].concat());
    }
    format!("{:x}", hash.finalize())
}

#[test]
fn every_kind_of_set_gives_the_same_images() {
    let parent = TempDir::new().unwrap();
    let root = folder(parent.path());
    let expected = (0..COUNT).map(|image| Ok(pixels(image))).collect::<Vec<_>>();
    let (stored, deflated) = (CompressionMethod::Stored, CompressionMethod::Deflated);
    let list = names().iter().map(|name| format!("folder/{name}\n")).collect::<String>();
    let arrays = [("arr_0", nhwc()), ("arr_1", b"labels".to_vec())];
    let files = [
        ("stored.zip", zip_of(&members(), stored)),
        ("deflated.ZIP", zip_of(&members(), deflated)),
        ("plain.tar", tar_of(&members(), "")),
        ("dotted.tar", tar_of(&members(), "./")),
        ("nhwc.npy", nhwc()),
        ("nchw.npy", nchw()),
        ("stored.npz", npz(&arrays, stored)),
        ("deflated.npz", npz(&arrays, deflated)),
        ("one.npz", npz(&[("images", nchw())], deflated)),
        ("list.txt", list.into_bytes()),
    ];
    let listed = identity(&open(&root));
    for (name, content) in &files {
        fs::write(parent.child(name), content).unwrap();
        let set = open(&parent.child(name));
        assert_eq!(set.len(), COUNT, "{name}");
        assert_eq!(read(&set, 0..COUNT), expected, "{name}");
        // Ranges, and single images.
        for range in [0..3, 4..9, 7..8, 9..COUNT, 3..3] {
            assert_eq!(read(&set, range.clone()), expected[range], "{name}");
        }
        let last = set.decode(COUNT - 1).unwrap().image;
        assert_eq!(expected[COUNT - 1], Ok(last.pixels().to_vec()), "{name}");
        // An archive of a folder is that folder's images, which must not count twice.
        let same = name.ends_with("zip") || name.ends_with("ZIP") || name.ends_with("tar");
        assert_eq!(identity(&set) == listed, same, "{name}");
    }
    let set = open(&root);
    assert_eq!((set.len(), read(&set, 0..COUNT)), (COUNT, expected));
    assert_eq!(open(&parent.child("plain.tar")).ignored(), OTHERS.len());
}

#[test]
fn images_are_named_by_where_they_are() {
    let parent = TempDir::new().unwrap();
    fs::write(parent.child("a.zip"), zip_of(&members(), CompressionMethod::Stored)).unwrap();
    fs::write(parent.child("a.npy"), nhwc()).unwrap();
    let name = |file: &str, index: usize| {
        let path = open(&parent.child(file)).path(index).into_owned();
        path.strip_prefix(parent.path()).unwrap().to_str().unwrap().to_owned()
    };
    assert_eq!(name("a.zip", 0), "a.zip/B.png");
    assert_eq!(name("a.npy", 10), "a.npy[10]");
}

#[test]
fn several_files_are_one_list() {
    let parent = TempDir::new().unwrap();
    let mut all = names().into_iter().enumerate().map(|(image, name)| (name, ppm(image)));
    for (shard, count) in [3, 1, 7].into_iter().enumerate() {
        let members = all.by_ref().take(count).collect::<Vec<_>>();
        fs::write(parent.child(format!("s-{:02}.tar", shard + 9)), tar_of(&members, "")).unwrap();
    }
    let set = open(&parent.child("s-{09..11}.tar"));
    assert_eq!(read(&set, 0..COUNT), (0..COUNT).map(|image| Ok(pixels(image))).collect::<Vec<_>>());
    assert_eq!(read(&set, 2..6), (2..6).map(|image| Ok(pixels(image))).collect::<Vec<_>>());
    assert!(set.path(3).starts_with(parent.child("s-10.tar")));
    let error = ImageSet::open(parent.child("s-{09..12}.tar"), false).unwrap_err();
    assert!(error.to_string().contains("s-12.tar does not exist"), "{error}");

    // Compressed arrays, one after the other: each is unpacked from its own beginning.
    let deflated = CompressionMethod::Deflated;
    for (file, array) in [("a1.npz", nhwc()), ("a2.npz", nchw())] {
        fs::write(parent.child(file), npz(&[("arr_0", array)], deflated)).unwrap();
    }
    let set = open(&parent.child("a{1..2}.npz"));
    let twice = (0..2 * COUNT).map(|image| Ok(pixels(image % COUNT))).collect::<Vec<_>>();
    assert_eq!(read(&set, 0..2 * COUNT), twice);
    assert_eq!(read(&set, 9..15), twice[9..15]);
}

#[test]
fn lists_of_arrays_differ_with_their_content() {
    let parent = TempDir::new().unwrap();
    let [a, b] = ["a.npy", "b.npy"].map(|name| parent.child(name));
    let mut other = nhwc();
    *other.last_mut().unwrap() ^= 1;
    fs::write(&a, nhwc()).unwrap();
    fs::write(&b, nhwc()).unwrap();
    assert_eq!(identity(&open(&a)), identity(&open(&b)));
    fs::write(&b, other).unwrap();
    assert_ne!(identity(&open(&a)), identity(&open(&b)));
}
