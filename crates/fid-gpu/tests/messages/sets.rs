//! Paths that are no sets of images.

use std::io::{Cursor, Write};

use crate::bad_images as bad;
use crate::case::{Case, Entry};

/// An archive with one member.
pub(crate) fn zip_of(name: &str, content: &[u8]) -> Vec<u8> {
    archive(&[(name, content)])
}

/// An archive of these members.
pub(crate) fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    for (name, content) in members {
        zip.start_file(*name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A NumPy file with a header as given, and these bytes.
pub(crate) fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

/// A run that compares `name` with `ok`.
fn side(what: &'static str, name: &'static str) -> Case {
    let plain = name.trim_start_matches("./");
    Case::new(what, &format!("ok {name} --weights seeded --device cpu"), &[plain])
}

pub(crate) fn cases() -> Vec<Case> {
    [folders(), archives(), arrays(), lists(), others()].concat()
}

fn folders() -> Vec<Case> {
    let empty = Entry::File("photos/readme.md", b"none".to_vec());
    vec![
        side("a folder that does not exist", "fotos"),
        side("a folder without images", "photos").with(empty),
        side("a folder of AVIF and video", "photos")
            .file("photos/a.avif", b"\0\0\0\x20ftypavif\0\0\0\0")
            .file("photos/b.mp4", b"\0\0\0\x20ftypisom\0\0\0\0"),
        Case::new("AVIF among others, --strict", "ok photos --strict --device cpu", &["a.avif"])
            .file("photos/a.avif", b"\0\0\0\x20ftypavif\0\0\0\0")
            .file("photos/b.png", bad::good_png(1))
            .file("photos/c.png", bad::good_png(2)),
        side("one image", "photos").file("photos/a.png", bad::good_png(1)),
        side("a link that leads nowhere", "photos").with(Entry::Link("photos/a.png", "gone")),
        side("a link in a circle", "photos").with(Entry::Link("photos/a.png", "a.png")),
        side("a link to its own folder", "photos").with(Entry::Link("photos/again", "../photos")),
        side("a named pipe", "photos").with(Entry::Pipe("photos/a.png")),
        side("a socket", "photos").with(Entry::Socket("photos/a.png")),
    ]
}

fn archives() -> Vec<Case> {
    let image = zip_of("a.png", &bad::good_png(1));
    vec![
        side("a zip archive that is cut", "a.zip").file("a.zip", &image[..image.len() / 2]),
        side("a zip archive without images", "a.zip").file("a.zip", zip_of("a.txt", b"")),
        side("a tar archive that is cut", "a.tar").file("a.tar", vec![b'x'; 300]),
        side("a compressed tar archive", "a.tar.gz").file("a.tar.gz", b"\x1f\x8b"),
    ]
}

fn arrays() -> Vec<Case> {
    let array = |what, descr: &str, shape: &str| {
        side(what, "a.npy").file("a.npy", npy(descr, shape, &[0; 96]))
    };
    vec![
        array("floats in an array", "<f4", "(2, 2, 2, 3)"),
        array("an array of features", "<f4", "(2, 12)"),
        array("an array of four channels", "|u1", "(2, 4, 3, 4)"),
        array("an array of 2 to the 62 images", "|u1", "(4611686018427387904, 2, 2, 3)"),
        array("an array of images of 4 GB", "|u1", "(1, 40000, 40000, 3)"),
        array("pickled objects in an array", "|O", "()"),
        side("an array without a header", "a.npz").file("a.npz", zip_of("x.npy", b"")),
        side("labels of MNIST", "t10k-labels-idx1-ubyte")
            .file("t10k-labels-idx1-ubyte", [&[0, 0, 8, 1], &[0; 12][..]].concat()),
        side("a .bin file of another program", "a.bin").file("a.bin", vec![0; 3072]),
    ]
}

fn lists() -> Vec<Case> {
    vec![
        side("a list that names a missing file", "list.txt")
            .file("list.txt", b"ok/1.png\n\ngone.png\n"),
        side("a list of nothing", "list.txt").file("list.txt", b"\n"),
        side("a list separated by zero bytes", "list.txt")
            .file("list.txt", b"ok/1.png\0ok/2.png\0"),
        side("a range that ends before it begins", "s-{9..0}.tar"),
    ]
}

fn others() -> Vec<Case> {
    vec![
        side("one image for a set", "a.png").file("a.png", bad::good_png(1)),
        side("a video", "a.mp4").file("a.mp4", b"\0\0\0\x20ftypisom"),
        side("HDF5", "a.h5").file("a.h5", b"\x89HDF\r\n\x1a\n"),
        side("LMDB", "photos").file("photos/data.mdb", b"\0").file("photos/lock.mdb", b"\0"),
        side("CIFAR-10 for Python", "data_batch_1").file("data_batch_1", b"\x80\x02}q\x01."),
        side("a checkpoint", "model.pth").file("model.pth", zip_of("data.pkl", b"\x80\x02.")),
    ]
}
