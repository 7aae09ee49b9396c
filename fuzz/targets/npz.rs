//! Statistics files. Input that starts like an archive is one; any other is a member of an archive
//! whose checksums are right, the first byte saying which.

#![no_main]

use std::io::{Cursor, Write};
use std::path::Path;

use fid_gpu::stats_file::StatsFile;
use libfuzzer_sys::fuzz_target;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const DIM: usize = 2;

fuzz_target!(|data: &[u8]| {
    let file = match data {
        [b'P', b'K', ..] => data.to_vec(),
        [which, member @ ..] => archive(usize::from(*which) % 4, member),
        [] => return,
    };
    if let Err(error) = StatsFile::read_from(Path::new("fuzz"), Cursor::new(file), DIM) {
        assert!(error.to_string().contains("fuzz"));
    }
});

/// A file of two images in which one member is replaced.
fn archive(replaced: usize, content: &[u8]) -> Vec<u8> {
    let identity = [1.0_f64, 0.0, 0.0, 1.0];
    let features = [1.0_f32, 0.0, 0.0, 1.0];
    let members = [
        ("mu.npy", npy("<f8", "(2,)", &[0; 16])),
        ("sigma.npy", npy("<f8", "(2, 2)", &identity.map(f64::to_le_bytes).concat())),
        ("features.npy", npy("<f4", "(2, 2)", &features.map(f32::to_le_bytes).concat())),
        ("fidgpu_meta.npy", npy("|u1", &format!("({},)", META.len()), META.as_bytes())),
    ];
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (index, (name, good)) in members.iter().enumerate() {
        // Without provenance the file is another program's, which is read as well; with it, features
        // are read.
        if *name == "fidgpu_meta.npy" && replaced < 2 {
            continue;
        }
        zip.start_file(*name, options).expect("a new name");
        zip.write_all(if index == replaced { content } else { good }).expect("memory");
    }
    zip.finish().expect("memory").into_inner()
}

const META: &str = r#"{"format":1,"images":2,"ddof":1,"preset":"pytorch-fid","weights":null,"tap":"pool3",
"decoder":"","versions":{"fid_gpu":"0","burn":"0"},"device":"","precision":"f32",
"files":[{"sha256":"","of":2,"first":0,"count":2}]}"#;

fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.bytes());
    file.extend(data);
    file
}
