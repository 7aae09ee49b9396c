//! The statistics of sFID beside those of FID.

use fid_images::with_causes;
use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;

use fid_core::FeatureStats;
use fid_images::npy::{Dtype, write_header};
use temp_dir::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::super::{StatsError, StatsFile};
use super::{features, part};
use crate::Error;

const DIM: usize = 7;
/// Merging reads no other.
const SPATIAL: usize = 2023;

/// As `part`, with spatial features of the same rows.
fn both(first: usize, n: usize, dim: usize) -> StatsFile {
    let rows = features(first + n, dim);
    let spatial = FeatureStats::from_features(&rows[first * dim..], dim).unwrap();
    let StatsFile { stats, meta, .. } = part(first, n, DIM);
    StatsFile::of(stats, Some(spatial), meta)
}

fn save(folder: &TempDir, name: &str, file: &StatsFile) -> PathBuf {
    let path = folder.child(name);
    file.save(&path).unwrap();
    path
}

#[test]
fn spatial_statistics_are_read_on_request() {
    let folder = TempDir::new().unwrap();
    for n in [3, 40] {
        let file = both(0, n, 5);
        let path = save(&folder, "both.npz", &file);
        let back = StatsFile::read_spatial(&path, DIM, 5).unwrap();
        let (got, want) = (back.spatial.unwrap(), file.spatial.unwrap());
        assert_eq!((got.mu(), got.sigma()), (want.mu(), want.sigma()));
        assert_eq!((got.rows(), got.num_images()), (want.rows(), want.num_images()));
        assert_eq!(got.rows().is_some(), n == 3);
        assert_eq!(back.meta, file.meta);
        assert_eq!(back.meta.unwrap().tap_s.as_deref(), Some("spatial"));
        assert!(StatsFile::read(&path, DIM).unwrap().spatial.is_none());
    }
}

/// To the byte what it was before there were any.
#[test]
fn files_without_spatial_statistics_lack_their_members() {
    let folder = TempDir::new().unwrap();
    let path = save(&folder, "a.npz", &part(0, 3, DIM));
    assert!(StatsFile::read_spatial(&path, DIM, 5).unwrap().spatial.is_none());
    let mut archive = zip::ZipArchive::new(Cursor::new(fs::read(&path).unwrap())).unwrap();
    let names: Vec<_> = archive.file_names_raw().map(<[u8]>::to_vec).collect();
    let expected = ["mu.npy", "sigma.npy", "features.npy", "fidgpu_meta.npy"];
    assert_eq!(names, expected.map(|name| name.as_bytes().to_vec()));
    let mut meta = Vec::new();
    let mut member = archive.by_name("fidgpu_meta.npy").unwrap();
    std::io::Read::read_to_end(&mut member, &mut meta).unwrap();
    assert!(!String::from_utf8_lossy(&meta).contains("tap_s"));
}

#[test]
fn merged_parts_equal_the_whole() {
    let folder = TempDir::new().unwrap();
    let paths = [
        save(&folder, "a.npz", &both(0, 3, SPATIAL)),
        save(&folder, "b.npz", &both(3, 4, SPATIAL)),
    ];
    let (merged, whole) = (StatsFile::merge(&paths, DIM).unwrap(), both(0, 7, SPATIAL));
    assert_eq!(merged.meta, whole.meta);
    let (got, want) = (merged.spatial.unwrap(), whole.spatial.unwrap());
    assert_eq!(got.rows(), want.rows());
    assert_eq!(got.mu(), want.mu());

    let without = save(&folder, "c.npz", &part(7, 3, DIM));
    for pair in [[paths[0].clone(), without.clone()], [without, paths[0].clone()]] {
        let error = StatsFile::merge(&pair, DIM).unwrap_err();
        assert!(matches!(&error, Error::Stats(StatsError::SpatialMissing { .. })), "{error}");
        let message = error.to_string();
        let (with, without) = (message.find("a.npz"), message.find("c.npz"));
        assert!(with < without && message.contains("make it again with them"), "{message}");
    }
}

/// A file of another program; each member is a name, its type, its shape, and its values.
fn foreign(members: &[(&str, Dtype, &[usize], &[f64])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, dtype, shape, values) in members {
        zip.start_file(format!("{name}.npy"), SimpleFileOptions::default()).unwrap();
        let mut bytes = Vec::new();
        write_header(&mut bytes, *dtype, shape).unwrap();
        for value in *values {
            match dtype {
                Dtype::F32 => bytes.extend((*value as f32).to_le_bytes()),
                Dtype::F64 => bytes.extend(value.to_le_bytes()),
                _ => bytes.push(*value as u8),
            }
        }
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn files_of_other_programs_are_read_or_refused() {
    use Dtype::{F32, F64, U8};
    let folder = TempDir::new().unwrap();
    let path = folder.child("batch.npz");
    let (mu, sigma) = (("mu", F32, &[1][..], &[1.0][..]), ("sigma", F64, &[1, 1][..], &[2.0][..]));
    let mu_s = ("mu_s", F32, &[2][..], &[0.5, 0.25][..]);
    let sigma_s = ("sigma_s", F64, &[2, 2][..], &[1.0, 0.5, 0.5, 3.0][..]);
    // Statistics of FID alone are not held up by what else is there.
    let read = |members: &[_]| {
        fs::write(&path, foreign(&[&[mu, sigma], members].concat())).unwrap();
        assert!(StatsFile::read(&path, 1).unwrap().spatial.is_none());
        StatsFile::read_spatial(&path, 1, 2)
    };
    let spatial = read(&[mu_s, sigma_s]).unwrap().spatial.unwrap();
    assert_eq!((spatial.mu(), spatial.sigma()), (&[0.5, 0.25][..], sigma_s.3));
    assert!(read(&[]).unwrap().spatial.is_none());
    let leading_one = ("mu_s", F32, &[1, 2][..], mu_s.3);
    assert_eq!(read(&[leading_one, sigma_s]).unwrap().spatial.unwrap().mu(), mu_s.3);

    let nan = f64::NAN;
    for (members, parts) in [
        (&[mu_s][..], &["'sigma_s'", "'mu_s'"][..]),
        (&[sigma_s], &["no 'mu_s'"]),
        (&[("mu_s", F32, &[3], &[0.0; 3]), sigma_s], &["'mu_s'", "[3]", "[2]"]),
        (&[mu_s, ("sigma_s", F64, &[4], &[0.0; 4])], &["'sigma_s'", "[4]", "[2, 2]"]),
        (&[mu_s, ("sigma_s", F64, &[2, 2], &[0.0; 3])], &["'sigma_s'", "shorter"]),
        (&[mu_s, ("sigma_s", F64, &[2, 2], &[1.0, 9.0, 0.0, 1.0])], &["'sigma_s'", "symmetric"]),
        (&[("mu_s", F64, &[2], &[0.0, nan]), sigma_s], &["'mu_s'", "NaN"]),
        (&[("mu_s", U8, &[2], &[0.0; 2]), sigma_s], &["'mu_s'", "|u1"]),
    ] {
        let message = read(members).unwrap_err();
        let message = with_causes(&message);
        for part in parts.iter().chain([&"batch.npz"]) {
            assert!(message.contains(part), "no {part} in: {message}");
        }
    }
}

#[test]
fn spatial_statistics_of_another_layer_are_refused() {
    let folder = TempDir::new().unwrap();
    let mut file = both(0, 3, 5);
    file.meta.as_mut().unwrap().tap_s = Some("mixed_6e".into());
    let path = save(&folder, "later.npz", &file);
    let message = StatsFile::read_spatial(&path, DIM, 5).unwrap_err();
    let message = with_causes(&message);
    assert!(message.contains("mixed_6e") && message.contains("spatial"), "{message}");
    assert!(StatsFile::read(&path, DIM).is_ok());
}
