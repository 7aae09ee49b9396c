//! Cached features belong to the sources that made them: every crate that shapes a feature has a
//! hash of its own sources, which a change of any file changes.

use std::fs;
use std::path::{Path, PathBuf};

use fid_core::Engine;
use fid_cpu::{CpuEngine, Isa};
use fid_tests::devices;
use fid_tests::fixtures::repository;

/// Every crate that shapes a feature, and the hash it was built with.
const CRATES: [(&str, &str); 6] = [
    ("fid-core", fid_core::SOURCES),
    ("fid-images", fid_images::SOURCES),
    ("fid-weights", fid_weights::SOURCES),
    ("fid-cpu", fid_cpu::SOURCES),
    ("fid-onnx", fid_onnx::SOURCES),
    ("fid-wgpu", fid_wgpu::SOURCES),
];

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { list(&path, files) } else { files.push(path) }
    }
}

/// The manifest and the sources of a crate, sorted as its build script sorts them.
fn files(name: &str) -> Vec<Vec<u8>> {
    let root = repository(&format!("crates/{name}"));
    let mut files = vec![root.join("Cargo.toml")];
    list(&root.join("src"), &mut files);
    files.sort();
    files.into_iter().map(|file| fs::read(file).unwrap()).collect()
}

/// FNV-1a, 64 bits.
fn hash(files: &[Vec<u8>]) -> String {
    let bytes = files.iter().flatten().filter(|byte| **byte != b'\r');
    let start = 0xCBF2_9CE4_8422_2325_u64;
    let hash =
        bytes.fold(start, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
    format!("{hash:016x}")
}

#[test]
fn a_change_of_any_file_changes_the_hash() {
    for (name, built) in CRATES {
        let mut files = files(name);
        assert_eq!(hash(&files), built, "{name}");
        for at in 0..files.len() {
            if files[at].is_empty() {
                continue;
            }
            files[at][0] ^= 1;
            assert_ne!(hash(&files), built, "file {at} of {name} does not count");
            files[at][0] ^= 1;
        }
    }
}

#[test]
fn one_build_script_serves_every_crate() {
    let script = |name: &str| fs::read_to_string(repository(&format!("crates/{name}/build.rs")));
    for (name, _) in CRATES {
        assert_eq!(script(name).unwrap(), script("fid-core").unwrap(), "{name}");
    }
}

#[test]
fn engines_name_their_sources_and_whether_they_fuse() {
    for isa in Isa::available() {
        let engine = CpuEngine::with_isa(devices::weights(), isa);
        let arithmetic = &engine.info().arithmetic;
        assert!(arithmetic.contains(fid_cpu::SOURCES), "{arithmetic}");
        // AVX2, AVX-512 and NEON give the same bits and share cached features.
        let name = if isa.fuses() { "fused" } else { "portable" };
        assert!(arithmetic.contains(name), "{arithmetic}");
    }
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn the_gpu_names_its_sources_and_driver() {
    let engine = devices::gpu();
    let info = engine.info();
    assert!(info.arithmetic.contains(fid_wgpu::SOURCES), "{info:?}");
    assert!(info.arithmetic.contains(info.driver.as_deref().unwrap()), "{info:?}");
}
