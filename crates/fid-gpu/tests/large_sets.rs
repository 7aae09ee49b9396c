//! Memory of large archives and arrays. A separate test, since it measures its process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use fid_gpu::source::ImageSet;
use temp_dir::TempDir;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

const MEMBERS: usize = 100_000;

/// Peak memory of this process, in bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

/// Environment variable for a child process: the set to measure and its number of images.
const ASKED: &str = "FID_GPU_LARGE_SET";

/// Memory for opening a set and reading its last image, in bytes. Measured in a child process,
/// since this one created the set.
fn measured(path: &Path, images: usize) -> u64 {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "memory_does_not_grow_with_the_set", "--nocapture"]);
    let output = command.env(ASKED, path).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = text.lines().find_map(|line| line.strip_prefix("measured "));
    let told = told.unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)));
    let numbers = told.split(' ').map(|number| number.parse().unwrap()).collect::<Vec<u64>>();
    println!("{}: {numbers:?} images, ms, bytes", path.display());
    assert_eq!(numbers[0], images as u64);
    // Ten seconds allow for busy machines.
    assert!(numbers[1] < 10_000, "{numbers:?}");
    numbers[2]
}

fn measure(path: &Path) {
    let (before, start) = (peak(), Instant::now());
    let set = ImageSet::open(path, false).unwrap();
    let took = start.elapsed().as_millis();
    set.decode(set.len() - 1).unwrap();
    println!("\nmeasured {} {took} {}", set.len(), peak() - before);
}

fn zip_file(path: &Path) -> (zip::ZipWriter<BufWriter<File>>, SimpleFileOptions) {
    let options = SimpleFileOptions::default();
    (zip::ZipWriter::new(BufWriter::new(File::create(path).unwrap())), options)
}

#[test]
fn memory_does_not_grow_with_the_set() {
    if let Some(path) = std::env::var_os(ASKED) {
        return measure(path.as_ref());
    }
    let folder = TempDir::new().unwrap();
    let image = b"P5 1 1 255\nx";
    let name = |index: usize| format!("images/{index:06}.png");

    // A compressed array of 400 MB, which must be unpacked up to its last image.
    let path = folder.child("a.npz");
    let (mut zip, options) = zip_file(&path);
    let deflated =
        options.compression_method(CompressionMethod::Deflated).compression_level(Some(1));
    zip.start_file("arr_0.npy", deflated).unwrap();
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2000, 256, 256, 3), }\n";
    zip.write_all(b"\x93NUMPY\x01\x00").unwrap();
    zip.write_all(&(header.len() as u16).to_le_bytes()).unwrap();
    zip.write_all(header.as_bytes()).unwrap();
    (0..2000).for_each(|_| zip.write_all(&[9; 256 * 256 * 3]).unwrap());
    zip.finish().unwrap();
    let grown = measured(&path, 2000);
    assert!(grown < 16 << 20, "{grown} bytes");

    // A plain sparse array of 20 GB.
    let path = folder.child("a.npy");
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (100000, 256, 256, 3), }\n";
    let length = (header.len() as u16).to_le_bytes();
    let begin = [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes()].concat();
    let mut file = File::create(&path).unwrap();
    file.write_all(&begin).unwrap();
    file.set_len(begin.len() as u64 + 100_000 * 256 * 256 * 3).unwrap();
    let grown = measured(&path, 100_000);
    assert!(grown < 16 << 20, "{grown} bytes");

    let path = folder.child("a.tar");
    let mut tar = tar::Builder::new(BufWriter::new(File::create(&path).unwrap()));
    for index in 0..MEMBERS {
        let mut header = tar::Header::new_gnu();
        header.set_size(image.len() as u64);
        tar.append_data(&mut header, name(index), &image[..]).unwrap();
    }
    tar.into_inner().unwrap().into_inner().unwrap();
    let grown = measured(&path, MEMBERS);
    assert!(grown < 64 << 20, "{grown} bytes");

    let path = folder.child("a.zip");
    let (mut zip, options) = zip_file(&path);
    for index in 0..MEMBERS {
        zip.start_file(name(index), options.compression_method(CompressionMethod::Stored)).unwrap();
        zip.write_all(image).unwrap();
    }
    zip.finish().unwrap();
    let grown = measured(&path, MEMBERS);
    assert!(grown < 128 << 20, "{grown} bytes");
}
