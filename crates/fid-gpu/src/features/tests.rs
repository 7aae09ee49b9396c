//! Every kind of file, and bad ones.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use fid_core::{FeatureRows, FeatureSlice};
use temp_dir::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{FeatureFile, save_rows};

/// A file with this header and these bytes.
fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let mut header = header.to_owned();
    header.push('\n');
    let length = (header.len() as u16).to_le_bytes();
    [&b"\x93NUMPY\x01\x00"[..], &length[..], header.as_bytes(), data].concat()
}

fn open(bytes: &[u8]) -> Result<Vec<Vec<f64>>, String> {
    let folder = TempDir::new().unwrap();
    let path = folder.child("x.npy");
    fs::write(&path, bytes).unwrap();
    let file = FeatureFile::open(&path).map_err(|error| fid_images::with_causes(&error))?;
    let row = |index| {
        let mut row = vec![0.0; file.dim()];
        file.read_row(index, &mut row);
        row
    };
    Ok((0..file.num_rows()).map(row).collect())
}

fn header(descr: &str, fortran: &str, shape: &str) -> String {
    format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}")
}

#[test]
fn every_type_and_order_gives_the_same_rows() {
    let expected = vec![vec![1.0, -2.5, 0.125], vec![1024.0, 0.0, -0.0625]];
    let flat: Vec<f64> = expected.concat();
    let transposed: Vec<f64> =
        (0..3).flat_map(|column| expected.iter().map(move |row| row[column])).collect();
    for (fortran, values) in [("False", &flat), ("True", &transposed)] {
        for order in ["<", ">"] {
            let swap = |mut bytes: Vec<u8>| {
                if order == ">" {
                    bytes.reverse();
                }
                bytes
            };
            let f2 = |x: &f64| swap(half::f16::from_f64(*x).to_le_bytes().to_vec());
            let f4 = |x: &f64| swap((*x as f32).to_le_bytes().to_vec());
            let f8 = |x: &f64| swap(x.to_le_bytes().to_vec());
            type Bytes<'a> = &'a dyn Fn(&f64) -> Vec<u8>;
            let kinds: [(&str, Bytes); 3] = [("f2", &f2), ("f4", &f4), ("f8", &f8)];
            for (kind, bytes) in kinds {
                let data: Vec<u8> = values.iter().flat_map(bytes).collect();
                let descr = format!("{order}{kind}");
                let file = npy(&header(&descr, fortran, "(2, 3)"), &data);
                assert_eq!(open(&file).unwrap(), expected, "{descr} {fortran}");
                let pooled = npy(&header(&descr, fortran, "(2, 3, 1, 1)"), &data);
                assert_eq!(open(&pooled).unwrap(), expected);
            }
        }
    }
}

#[test]
fn written_features_are_read_back() {
    let folder = TempDir::new().unwrap();
    let path = folder.child("features.npy");
    let values: Vec<f32> = (0..12).map(|i| i as f32 / 3.0).collect();
    save_rows(&path, FeatureSlice::new(&values, 4).unwrap()).unwrap();
    let file = FeatureFile::open(&path).unwrap();
    assert_eq!((file.num_rows(), file.dim()), (3, 4));
    let mut row = [0.0; 4];
    file.read_row(2, &mut row);
    assert_eq!(row.map(|x| x as f32), values[8..]);
    assert_eq!(file.stats().unwrap().num_images(), Some(3));
}

/// An archive of arrays as NumPy writes it, stored or deflated.
fn npz(arrays: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(method);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        zip.start_file(format!("{name}.npy"), options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn arrays_of_archives_are_read_by_name_and_shape() {
    let matrix = npy(&header("<f4", "False", "(2, 1)"), &[0, 0, 128, 63, 0, 0, 0, 64]);
    let other = npy(&header("<f4", "False", "(1, 2)"), &[0; 8]);
    let vector = npy(&header("<f8", "False", "(1,)"), &[0; 8]);
    let square = npy(&header("<f8", "False", "(1, 1)"), &[0; 8]);
    let m = || matrix.clone();
    for arrays in [
        &[("features", m())][..],
        &[("feats", m()), ("logits", other.clone())],
        &[("pool_3", m()), ("logits", other.clone())],
        &[("arr_0", m()), ("arr_1", vector.clone())],
        &[("whatever", m()), ("labels", vector.clone())],
        &[("mu", vector.clone()), ("sigma", square.clone()), ("features", m())],
    ] {
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            let file = npz(arrays, method);
            assert_eq!(open(&file).unwrap(), [[1.0], [2.0]], "{}", arrays[0].0);
        }
    }
    for (arrays, words) in [
        (&[("x", m()), ("y", m())][..], "no array that is known to be of features, but x, y"),
        (&[("mu", vector.clone()), ("sigma", square.clone())], "but mu, sigma"),
        (&[], "is empty"),
        (&[("features", matrix[..matrix.len() - 1].to_vec())], "lacks 1 bytes"),
    ] {
        let error = open(&npz(arrays, CompressionMethod::Deflated)).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
    // An array by its name.
    let folder = TempDir::new().unwrap();
    let path = folder.child("two.npz");
    fs::write(&path, npz(&[("x", other), ("y", m())], CompressionMethod::Stored)).unwrap();
    let named = |name: &str| FeatureFile::open(Path::new(&format!("{}:{name}", path.display())));
    assert_eq!(named("x").unwrap().dim(), 2);
    assert_eq!(named("y").unwrap().num_rows(), 2);
    let error = fid_images::with_causes(&named("z").unwrap_err());
    assert!(error.contains("no array 'z', but x, y"), "{error}");
}

#[test]
fn errors_name_the_file_and_the_cause() {
    let f4 = |shape: &str| header("<f4", "False", shape);
    for (bytes, words) in [
        (Vec::new(), "shorter"),
        (b"PK\x03\x04 and more".to_vec(), "only a part of one"),
        (npy(&f4("(2, 3)"), &[0; 23]), "lacks 1 bytes"),
        (npy(&f4("(2, 3)"), &[0; 25]), "1 bytes more"),
        (npy(&f4("(6,)"), &[0; 24]), "[images, values of each]"),
        (npy(&f4("()"), &[0; 4]), "[images, values of each]"),
        (npy(&f4("(1, 2, 3)"), &[0; 24]), "[images, values of each]"),
        (npy(&f4("(0, 3)"), &[]), "[images, values of each]"),
        (npy(&f4("(3, 0)"), &[]), "[images, values of each]"),
        (npy(&f4("(9223372036854775807, 9223372036854775807)"), &[]), "shape"),
        (npy(&f4("(1000000000, 1000000000)"), &[0; 24]), "lacks"),
        (npy(&header("<i4", "False", "(2, 3)"), &[0; 24]), ".astype('<f4')"),
        (npy(&header("|O", "False", "(2, 3)"), &[0; 24]), "|O"),
        (npy(&header("ü4", "False", "(2, 3)"), &[0; 24]), "f16, f32 or f64"),
    ] {
        let error = open(&bytes).unwrap_err();
        assert!(error.contains(words) && error.contains("x.npy"), "{error}");
    }
}

#[test]
fn missing_files_and_folders_are_errors() {
    let folder = TempDir::new().unwrap();
    for path in [folder.child("none.npy"), folder.path().to_path_buf()] {
        let error = fid_images::with_causes(&FeatureFile::open(&path).unwrap_err());
        assert!(error.contains("cannot be read"), "{error}");
    }
}

#[test]
fn a_nan_is_reported_with_its_place() {
    let folder = TempDir::new().unwrap();
    let path = folder.child("nan.npy");
    let values = [1.0, 2.0, 3.0, f32::NAN];
    save_rows(&path, FeatureSlice::new(&values, 2).unwrap()).unwrap();
    let error = FeatureFile::open(&path).unwrap().stats().unwrap_err();
    let error = fid_images::with_causes(&error);
    assert!(error.contains("nan.npy") && error.contains("row 1, column 1"), "{error}");
}
