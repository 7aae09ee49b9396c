use fid_images::with_causes;
use std::fs;
use std::io::{Cursor, Write};

use fid_images::npy::{Dtype, write_header};
use temp_dir::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::super::StatsFile;
use super::{fixture, part};

/// A `.npy` file with any header.
fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

fn header(shape: &str) -> String {
    format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n")
}

fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The error message for a file with these bytes.
#[track_caller]
fn refused(bytes: &[u8]) -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.child("hostile.npz");
    fs::write(&path, bytes).unwrap();
    let message = StatsFile::read(&path, 3).unwrap_err();
    let message = with_causes(&message);
    assert!(message.contains("hostile.npz"), "{message}");
    message
}

#[test]
fn lying_headers_are_refused() {
    let three = [0; 24];
    let more = vec![0; 1 << 26];
    let long = [b"\x93NUMPY\x02\x00\xff\xff\xff\xff".as_slice(), &three].concat();
    for (mu, hint) in [
        (npy(&header("(3,)"), &three[1..]), "shorter"),
        (npy(&header("(3,)"), &[0; 25]), "longer"),
        // A bomb: 64 MiB in 64 kB. Nothing after the third value is unpacked.
        (npy(&header("(3,)"), &more), "longer"),
        (npy(&header("(4611686018427387904, 4611686018427387904)"), &three), "shape"),
        (npy(&header("(18446744073709551616,)"), &three), "header"),
        (npy(&header("(3"), &three), "header"),
        (npy("", &three), "header"),
        (npy(&" ".repeat(20_000), &three), "20000 bytes"),
        (long, "4294967295 bytes"),
        (b"\x93NUMPY\x01\x00\xff".to_vec(), "shorter"),
        (b"\x93NUMPY\x09\x00".to_vec(), "version 9.0"),
        (b"PK\x03\x04 no array".to_vec(), "no array"),
        (Vec::new(), "shorter"),
    ] {
        let message = refused(&archive(&[("mu.npy", &mu), ("sigma.npy", &mu)]));
        assert!(message.contains("'mu'") && message.contains(hint), "no {hint} in: {message}");
    }
}

/// Features may be of any number of images: what their header claims is not believed.
#[test]
fn lying_features_are_refused() {
    let zero = npy(&header("(3,)"), &[0; 24]);
    let one = npy(&header("(3, 3)"), &[0; 72]);
    for (features, hint) in [
        (npy(&header("(1152921504606846976, 3)"), &[0; 48]), "shorter"),
        (npy(&header("(1000000000000, 3)"), &[0; 48]), "shorter"),
        (npy(&header("(2, 3)"), &[0; 24]), "shorter"),
        (npy(&header("(0, 3)"), &[]), "does not have the mean"),
        (npy(&header("(1, 3)"), &[0; 24]), "does not have the mean"),
        (npy(&header("(3, 2)"), &[0; 48]), "[3, 2]"),
        // 134 MB in 130 kB.
        (npy(&header("(5600000, 3)"), &vec![0; 134_400_000]), "damaged or forged"),
    ] {
        let members = [("mu.npy", &zero[..]), ("sigma.npy", &one), ("features.npy", &features)];
        let folder = TempDir::new().unwrap();
        let path = folder.child("hostile.npz");
        fs::write(&path, archive(&members)).unwrap();
        assert!(StatsFile::read(&path, 3).is_ok());
        let message = with_causes(&StatsFile::read_features(&path, 3).unwrap_err());
        assert!(message.contains("'features'") && message.contains(hint), "{hint}: {message}");
    }
}

#[test]
fn broken_archives_are_refused() {
    let whole = fs::read(fixture("savez.npz")).unwrap();
    for length in 0..whole.len() {
        refused(&whole[..length]);
    }
    refused(b"mu and sigma");
    assert!(refused(&archive(&[])).contains("is empty"));
}

/// No changed byte may crash the reader. If it still accepts the file, checksums verify the values.
#[test]
fn any_damaged_byte_is_an_error_or_harmless() {
    let folder = TempDir::new().unwrap();
    let path = folder.child("spoilt.npz");
    for name in ["savez.npz", "compressed.npz", "features_fortran.npz"] {
        let whole = fs::read(fixture(name)).unwrap();
        let sound = StatsFile::read(&fixture(name), 3).unwrap();
        for at in 0..whole.len() {
            for bits in [0xff, 0x01] {
                let mut bytes = whole.clone();
                bytes[at] ^= bits;
                fs::write(&path, &bytes).unwrap();
                if let Ok(file) = StatsFile::read(&path, 3) {
                    assert_eq!(file.stats.mu(), sound.stats.mu(), "{name}, byte {at}");
                    assert_eq!(file.stats.sigma(), sound.stats.sigma(), "{name}, byte {at}");
                }
            }
        }
    }
}

#[test]
fn encrypted_members_are_refused() {
    let mut bytes = fs::read(fixture("savez.npz")).unwrap();
    for (signature, flags) in [(b"PK\x03\x04", 6), (b"PK\x01\x02", 8)] {
        let places = bytes.windows(4).enumerate().filter(|(_, window)| window == signature);
        let places = places.map(|(at, _)| at + flags).collect::<Vec<_>>();
        places.into_iter().for_each(|at| bytes[at] |= 1);
    }
    let message = refused(&bytes);
    assert!(message.contains("'mu'") && message.contains("assword"), "{message}");
}

/// A good file but for its provenance.
fn with_meta(json: &[u8]) -> String {
    let mut member = Vec::new();
    write_header(&mut member, Dtype::U8, &[json.len()]).unwrap();
    member.extend_from_slice(json);
    refused(&archive(&[("fidgpu_meta.npy", &member)]))
}

#[test]
fn broken_provenance_is_refused() {
    let good = serde_json::to_value(part(0, 3, 3).meta).unwrap();
    let with = |key: &str, value: serde_json::Value| {
        let mut meta = good.clone();
        meta[key] = value;
        with_meta(&serde_json::to_vec(&meta).unwrap())
    };
    assert!(with("format", 3.into()).contains("format version 3"));
    assert!(with("ddof", 0.into()).contains("ddof"));
    assert!(with("images", 1.into()).contains("images"));
    assert!(with("images", u64::MAX.into()).contains("images"));
    assert!(with("preset", 7.into()).contains("fidgpu_meta"));
    for json in [&b""[..], b"{", b"[]", b"{}", b"\xff\xfe", b"[[[[[[[[[["] {
        assert!(with_meta(json).contains("'fidgpu_meta'"));
    }
    let nested = "[".repeat(100_000);
    assert!(with_meta(nested.as_bytes()).contains("'fidgpu_meta'"));
}

#[test]
fn features_of_other_images_are_refused() {
    let mut numbers = Vec::new();
    let folder = TempDir::new().unwrap();
    let path = folder.child("a.npz");
    part(0, 3, 3).save(&path).unwrap();
    let bytes = fs::read(&path).unwrap();
    let mut source = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    for at in 0..source.len() {
        let mut member = source.by_index(at).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut member, &mut bytes).unwrap();
        let name = member.name().unwrap().into_owned();
        if name == "features.npy" {
            let last = bytes.len() - 2;
            bytes[last] ^= 0x10;
        }
        numbers.push((name, bytes));
    }
    let members = numbers.iter().map(|(name, bytes)| (name.as_str(), &bytes[..]));
    let message = refused(&archive(&members.collect::<Vec<_>>()));
    assert!(message.contains("'features'"), "{message}");
}
