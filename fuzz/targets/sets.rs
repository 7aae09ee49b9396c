//! Archives, tables, arrays and IDX files of images. The last byte chooses the kind of file.

#![no_main]

use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;
use std::sync::LazyLock;

use fid_images::decode::Limits;
use fid_images::set::ImageSet;
use libfuzzer_sys::fuzz_target;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// As `seeds.py` has them.
const NAMES: [&str; 13] = [
    "a.zip", "a.tar", "a.npy", "a.npz", "a-ubyte", "a-ubyte.gz", "a.bin", "stored.npz", "deflated.npz",
    "a.txt", "a.dat", "a.parquet", "a.arrow",
];

/// Images that are decoded of a set.
const DECODED: usize = 4;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("fid-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for temporary files");
    folder
});

fuzz_target!(|data: &[u8]| {
    let Some((kind, content)) = data.split_last() else { return };
    let name = NAMES[usize::from(*kind) % NAMES.len()];
    let path = FOLDER.join(name);
    // An archive whose checksums are right, which few mutations make.
    let content = match name {
        "stored.npz" => archive(content, CompressionMethod::Stored),
        "deflated.npz" => archive(content, CompressionMethod::Deflated),
        _ => content.to_vec(),
    };
    fs::write(&path, content).expect("room for a small file");
    let limits = Limits { max_pixels: 1 << 16, ..Limits::default() };
    match ImageSet::open_with(&path, true, limits) {
        Err(error) => assert!(error.to_string().contains(name)),
        Ok(set) => {
            assert!(set.len() > 0);
            for index in (0..set.len().min(DECODED)).chain([set.len() - 1]) {
                if let Err(error) = set.decode(index) {
                    assert!(error.to_string().contains(name), "{error}");
                }
            }
        }
    }
});

fn archive(content: &[u8], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    zip.start_file("arr_0.npy", options).expect("a new name");
    zip.write_all(content).expect("memory");
    zip.finish().expect("memory").into_inner()
}
