//! Sets of images as zipfile, tarfile, NumPy and the makers of MNIST and CIFAR-10 write them
//! (`scripts/fixtures/arrays.py`), pixel by pixel.

use std::path::PathBuf;

use fid_images::set::{ImageSet, SetError};

pub(super) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/sets").join(name)
}

/// The output function of SplitMix64.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The top bytes of a named stream, as `scripts/fixtures/splitmix.py` makes them.
fn bytes(name: &str, count: usize) -> Vec<u8> {
    let fnv = name.bytes().fold(0xCBF2_9CE4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
    });
    let key = mix(fnv ^ mix(0));
    let element = |i: u64| mix(key.wrapping_add(i.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
    (1..).take(count).map(|i| (element(i) >> 56) as u8).collect()
}

/// The images of a file: height, width, channels and pixels of each.
fn images(name: &str) -> Vec<(usize, usize, usize, Vec<u8>)> {
    let set = ImageSet::open(fixture(name), false).unwrap_or_else(|error| panic!("{error}"));
    let image = |index: usize| {
        let decoded = set.decode(index).unwrap_or_else(|error| panic!("{error}"));
        let image = decoded.image;
        (image.height(), image.width(), image.channels(), image.pixels().to_vec())
    };
    (0..set.len()).map(image).collect()
}

/// As the script makes them.
pub(super) fn expected(
    stream: &str,
    count: usize,
    [height, width, channels]: [usize; 3],
) -> Vec<(usize, usize, usize, Vec<u8>)> {
    let size = height * width * channels;
    let all = bytes(stream, count * size);
    all.chunks_exact(size).map(|image| (height, width, channels, image.to_vec())).collect()
}

#[test]
fn archives_of_python_are_read() {
    let expected = expected("sets/rgb", 5, [6, 7, 3]);
    for name in ["stored.zip", "deflated.zip", "zip64.zip", "piped.zip", "pax.tar", "gnu.tar"] {
        assert_eq!(images(name), expected, "{name}");
        let set = ImageSet::open(fixture(name), false).unwrap();
        let names = (0..5).map(|index| set.path(index).into_owned()).collect::<Vec<_>>();
        assert_eq!(names[1], fixture(name).join("a-b.png"), "{name}");
        assert!(names[3].to_str().unwrap().len() > 150, "{name}");
        assert_eq!(names[4], fixture(name).join("é.png"), "{name}");
    }
}

#[test]
fn arrays_of_numpy_are_read() {
    let rgb = expected("sets/rgb", 5, [6, 7, 3]);
    for name in ["nhwc.npy", "nchw.npy", "savez.npz", "labelled.npz", "compressed.npz"] {
        assert_eq!(images(name), rgb, "{name}");
    }
    let gray = expected("sets/gray", 4, [28, 28, 1]);
    for name in ["gray.npy", "gray1.npy"] {
        assert_eq!(images(name), gray, "{name}");
    }
}

#[test]
fn mnist_and_cifar_are_read() {
    let gray = expected("sets/gray", 4, [28, 28, 1]);
    for name in ["t4-images-idx3-ubyte", "t4-images-idx3-ubyte.gz"] {
        assert_eq!(images(name), gray, "{name}");
    }
    let planes = bytes("sets/cifar", 2 * 3 * 1024);
    let found = images("data_batch_1.bin");
    assert_eq!(images("train.bin"), found);
    assert_eq!(found.len(), 2);
    for (image, (height, width, channels, pixels)) in found.into_iter().enumerate() {
        assert_eq!((height, width, channels), (32, 32, 3));
        for (at, value) in pixels.into_iter().enumerate() {
            assert_eq!(value, planes[(image * 3 + at % 3) * 1024 + at / 3], "{image} {at}");
        }
    }
    let twice = images("data_batch_{1..1}.bin");
    assert_eq!(twice.len(), 2);
}

#[test]
fn refused_files_are_named() {
    for (name, expected) in [
        ("float.npy", "type <f4"),
        ("fortran.npy", "Fortran"),
        ("t4-labels-idx1-ubyte", "labels"),
        ("bzip2.zip", "bzip2"),
        ("versions.json", "images are read from"),
    ] {
        let error = ImageSet::open(fixture(name), false).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains(expected), "{error}");
    }
    // A member of another compression can be left out; here nothing is left.
    let error = ImageSet::open(fixture("bzip2.zip"), true).unwrap_err();
    assert!(matches!(error, SetError::NoMembers { .. }), "{error}");
}

/// The comparison sees one value, channels in another order, and images in another order.
#[test]
fn a_spoilt_value_is_seen() {
    let found = images("nhwc.npy");
    let mut expected = expected("sets/rgb", 5, [6, 7, 3]);
    expected[4].3[125] ^= 1;
    assert_ne!(found, expected);
    expected[4].3[125] ^= 1;
    assert_eq!(found, expected);
    expected.swap(0, 1);
    assert_ne!(found, expected);
}
