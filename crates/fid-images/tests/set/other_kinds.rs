//! Paths that are no set: each error says what is there, and the way out.

use super::*;

fn said(parent: &TempDir, name: &str) -> String {
    let path = format!("{}/{name}", parent.path().display());
    let error = ImageSet::open(path, false).err().unwrap_or_else(|| panic!("{name} is taken"));
    text(&error)
}

#[test]
fn stores_and_single_images_are_named_with_the_way_out() {
    let parent = TempDir::new().unwrap();
    let tar = tar_of(&[("a.ppm".to_owned(), ppm(0))], "");
    let zip = zip_of(&[("a.ppm".to_owned(), ppm(0))], CompressionMethod::Stored);
    for (name, content, expected) in [
        ("a.h5", &b""[..], "an HDF5 file, which is not read: save its images as an array"),
        ("a.data", b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        ("data.mdb", b"", "lmdb.open('"),
        ("a.tfrecord-00000-of-00010", b"", "tf.data.TFRecordDataset"),
        ("a.pt", b"PK\x03\x04", "/a.pt', weights_only=True)"),
        ("a.pkl", b"\x80\x04", "can run code"),
        ("a.mat", b"MATLAB 5.0 MAT-file", "scipy.io.loadmat('"),
        ("a.safetensors", b"", "safetensors.numpy.load_file('"),
        ("a.rar", b"", "(unar /"),
        ("a.7z", b"", "(7z x /"),
        ("data_batch_1", b"\x80\x02}", "encoding='bytes')[b'data']"),
        ("cifar-10-python.tar.gz", b"\x1f\x8b", "cifar-10-binary.tar.gz"),
        ("a.mp4", b"", "one video (MP4)"),
        ("clip", b"\x1a\x45\xdf\xa3 webm", "one video (WebM)"),
        ("a.heic", b"", "one image (HEIC) of a format that is not read"),
        ("picture", b"\x89PNG\r\n\x1a\n", "is one image: name the folder"),
        ("a.jfif", b"", "is one image: name the folder"),
        // Named as one kind, and another by its bytes.
        ("archive", &zip, "a zip archive by its first bytes: give it a name that ends in .zip"),
        ("a.tar", &zip, "ends in .zip"),
        ("a.zip", &tar, "ends in .tar"),
        ("images", &nhwc(), "ends in .npy"),
        ("b.tar", b"\x1f\x8b", "gzip -d"),
        ("b", b"BZh9", "bzip2 -d"),
        ("mnist", &[0, 0, 8, 3], "ends in -ubyte"),
        (
            "rows",
            b"PAR1",
            "a Parquet table by its first bytes: give it a name that ends in .parquet",
        ),
        ("rows", b"ARROW1\0\0", "ends in .arrow"),
        ("a.arrow", b"PAR1", "ends in .parquet"),
        ("a.pq", b"ARROW1\0\0", "ends in .arrow"),
        ("b.parquet", &zip, "ends in .zip"),
        ("b.zip", b"Rar!\x1a\x07", "a RAR archive"),
        ("b.npy", b"\x80\x04", "can run code"),
        ("c.npz", b"\x89PNG\r\n\x1a\n", "one image"),
    ] {
        fs::write(parent.child(name), content).unwrap();
        let said = said(&parent, name);
        assert!(said.contains(name) && said.contains(expected), "{name}: {said}");
        let _ = fs::remove_file(parent.child(name));
    }
}

#[test]
fn a_path_that_does_not_exist_is_guessed_at() {
    let parent = TempDir::new().unwrap();
    fs::create_dir(parent.child("photos")).unwrap();
    fs::write(parent.child("a.zip"), b"").unwrap();
    for (name, expected) in [
        ("Photos", "photos' does: is that meant?"),
        ("photos ", "photos' does"),
        ("a.zip/", "a.zip' does"),
        ("a", "a.zip' does"),
        ("photos/*.png", "wildcards are not expanded"),
        ("nothing", "check the spelling"),
        ("nothing.tar", "check the spelling"),
        ("photos/train/dogs", "photos' has no 'train' in it"),
    ] {
        let said = said(&parent, name);
        assert!(said.contains("does not exist") && said.contains(expected), "{name}: {said}");
    }
    for path in ["https://example.org/a.zip", "s3://bucket/photos", "~/photos", "$DATA/photos"] {
        let error = ImageSet::open(path, false).unwrap_err();
        assert!(matches!(error, SetError::Missing { .. }), "{error}");
        assert!(!error.to_string().contains("check the spelling"), "{error}");
    }
}

#[test]
fn lists_may_be_utf_16() {
    let parent = TempDir::new().unwrap();
    fs::write(parent.child("ä.ppm"), ppm(0)).unwrap();
    fs::write(parent.child("b.ppm"), ppm(1)).unwrap();
    let text = "\u{feff}ä.ppm\r\n\r\nb.ppm\r\n";
    for order in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
        let bytes = text.encode_utf16().flat_map(order).collect::<Vec<_>>();
        fs::write(parent.child("list.txt"), bytes).unwrap();
        let set = open(&parent.child("list.txt"));
        assert_eq!(read(&set, 0..2), [Ok(pixels(0)), Ok(pixels(1))]);
    }
    let unmarked = "b.ppm\r\nb.ppm\r\n".encode_utf16().flat_map(u16::to_le_bytes);
    fs::write(parent.child("list.txt"), unmarked.collect::<Vec<_>>()).unwrap();
    assert_eq!(open(&parent.child("list.txt")).len(), 2);
    fs::write(parent.child("list.txt"), b"\xff\xfea\0b").unwrap();
    assert!(said(&parent, "list.txt").contains("save it as UTF-8"));
}
