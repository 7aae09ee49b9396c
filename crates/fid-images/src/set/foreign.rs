//! Stores of images that are named, with the conversion, but not read: reading them takes a library
//! of its own, or runs code that the file brings along.

use std::path::Path;

use super::names::ending;
use crate::printable::printable;

/// A kind of store.
#[derive(Debug)]
pub(super) struct Foreign {
    /// The kind, with its article.
    pub(super) what: &'static str,
    endings: &'static [&'static str],
    /// First bytes of such files, and where they stand.
    marks: &'static [(usize, &'static [u8])],
    /// What to do, in Python or a shell; `FILE` stands for the path.
    way_out: &'static str,
}

impl Foreign {
    /// What to do about the store at `path`.
    pub(super) fn way_out(&self, path: &Path) -> String {
        self.way_out.replace("FILE", &printable(path))
    }
}

/// The kind of store that a file or folder is, by its first bytes or by its name. `begin` may be
/// empty.
pub(super) fn of(path: &Path, begin: &[u8]) -> Option<&'static Foreign> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    if name.starts_with("cifar-10-python") || name.starts_with("cifar-100-python") {
        return Some(&CIFAR_ARCHIVE);
    }
    // Protocols 0 and 2 of pickle: the makers of CIFAR used the first, torchvision's mirrors both.
    // Names of classes, which come before the images in a folder's order.
    if matches!(&*name, "batches.meta" | "meta") && begin.starts_with(b"\x80") {
        return Some(&CIFAR_ARCHIVE);
    }
    let pickled = begin.is_empty() || begin.starts_with(b"\x80") || begin.starts_with(b"(d");
    let of_cifar = name.starts_with("data_batch_") || name == "test_batch";
    let of_cifar_100 = matches!(&*name, "train" | "test") && !begin.is_empty();
    if pickled && (of_cifar || of_cifar_100) && !name.contains('.') {
        return Some(&CIFAR);
    }
    let marked = |kind: &&Foreign| {
        let begins = |(at, mark): &(usize, &[u8])| {
            begin.get(*at..).is_some_and(|rest| rest.starts_with(mark))
        };
        kind.marks.iter().any(begins)
    };
    let ending = ending(path).unwrap_or_default();
    // Tools number the files of a data set behind the ending: x.tfrecord-00000-of-00010.
    let ending = ending.split_once('-').map_or(&*ending, |(ending, _)| ending);
    let named = |kind: &&Foreign| kind.endings.contains(&ending);
    KINDS.iter().find(marked).or_else(|| KINDS.iter().find(named))
}

const CIFAR: Foreign = Foreign {
    what: "a pickle of CIFAR's Python version",
    endings: &[],
    marks: &[],
    way_out: "get the binary version, whose .bin files are read, or save numpy.save('images.npy', \
              pickle.load(open('FILE', 'rb'), encoding='bytes')[b'data'].reshape(-1, 3, 32, 32))",
};

const CIFAR_ARCHIVE: Foreign = Foreign {
    what: "CIFAR's Python version",
    endings: &[],
    marks: &[],
    way_out: "get the binary version (cifar-10-binary.tar.gz, cifar-100-binary.tar.gz), unpack it \
              and name its .bin files",
};

const KINDS: &[Foreign] = &[
    Foreign {
        what: "a MATLAB 7.3 file",
        endings: &[],
        marks: &[(0, b"MATLAB 7.3 MAT-file")],
        way_out: "save its images as an array: numpy.save('images.npy', \
                  h5py.File('FILE')['X'][:].transpose(0, 3, 2, 1))",
    },
    Foreign {
        what: "a MATLAB file",
        endings: &["mat"],
        marks: &[(0, b"MATLAB 5.0 MAT-file")],
        way_out: "save its images as an array: numpy.save('images.npy', \
                  scipy.io.loadmat('FILE')['X'].transpose(3, 0, 1, 2)) of [height, width, channels, count]",
    },
    Foreign {
        what: "an HDF5 file",
        endings: &["h5", "hdf5", "hdf", "he5"],
        marks: &[(0, b"\x89HDF\r\n\x1A\n")],
        way_out: "save its images as an array: numpy.save('images.npy', \
                  h5py.File('FILE')['images'][:]), with the name that they have in it",
    },
    Foreign {
        what: "an LMDB database",
        endings: &["mdb", "lmdb"],
        // The magic number of its first page, behind the page's header.
        marks: &[(16, b"\xDE\xC0\xEF\xBE"), (16, b"\xBE\xEF\xC0\xDE")],
        way_out: "save its images as files in a folder 'images': for i, (_, image) in enumerate(lmdb.open('FILE', \
                  subdir=False, lock=False).begin().cursor()): \
                  open(f'images/{i}.png', 'wb').write(image)",
    },
    Foreign {
        what: "a TFRecord file",
        endings: &["tfrecord", "tfrecords", "tfrec"],
        marks: &[],
        way_out: "save its images as files in a folder 'images': for i, r in enumerate(tf.data.TFRecordDataset('FILE')): \
                  open(f'images/{i}.png', 'wb').write(tf.train.Example.FromString(r.numpy())\
                  .features.feature['image/encoded'].bytes_list.value[0])",
    },
    Foreign {
        what: "a file of PyTorch",
        endings: &["pt", "pth", "ckpt"],
        marks: &[(0, b"\x80\x02\x8A\x0A")],
        way_out: "if it holds images, save them as an array: numpy.save('images.npy', \
                  torch.load('FILE', weights_only=True).numpy())",
    },
    Foreign {
        what: "a pickle",
        endings: &["pkl", "pickle"],
        // Protocols 2 to 5 name themselves; dictionaries begin those of 0 and 1.
        marks: &[
            (0, b"\x80\x02"),
            (0, b"\x80\x03"),
            (0, b"\x80\x04"),
            (0, b"\x80\x05"),
            (0, b"(dp0\n"),
            (0, b"(dp1\n"),
            (0, b"}q\0"),
        ],
        way_out: "loading one can run code, so if you trust it, save its images as an array, numpy.save('images.npy', \
                  numpy.load('FILE', allow_pickle=True)), or its statistics, numpy.savez('stats.npz', \
                  mu=…, sigma=…)",
    },
    Foreign {
        what: "a file of safetensors",
        endings: &["safetensors"],
        marks: &[],
        way_out: "if it holds images, save them as an array: numpy.save('images.npy', \
                  safetensors.numpy.load_file('FILE')['images'])",
    },
    Foreign {
        what: "a Zarr store",
        endings: &["zarr"],
        marks: &[],
        way_out: "save its images as an array: numpy.save('images.npy', zarr.open('FILE')[:])",
    },
    Foreign {
        what: "a RAR archive",
        endings: &["rar", "cbr"],
        marks: &[(0, b"Rar!\x1A\x07")],
        way_out: "unpack it into a folder (unar FILE)",
    },
    Foreign {
        what: "a 7z archive",
        endings: &["7z", "cb7"],
        marks: &[(0, b"7z\xBC\xAF\x27\x1C")],
        way_out: "unpack it into a folder (7z x FILE)",
    },
    Foreign {
        what: "a database of SQLite",
        endings: &["sqlite", "sqlite3", "db"],
        marks: &[(0, b"SQLite format 3\0")],
        way_out: "save its images as files in a folder, with Python's sqlite3",
    },
    Foreign {
        what: "a record file of MXNet",
        endings: &["rec"],
        marks: &[(0, b"\x0A\x23\xD7\xCE")],
        way_out: "save its images as files in a folder, with mxnet.recordio",
    },
    Foreign {
        what: "a data set of FFCV",
        endings: &["beton"],
        marks: &[],
        way_out: "save its images as files in a folder, with ffcv.loader",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn what(name: &str, begin: &[u8]) -> Option<&'static str> {
        of(Path::new(name), begin).map(|kind| kind.what)
    }

    #[test]
    fn stores_are_told_by_name_or_by_first_bytes() {
        for (name, begin, expected) in [
            ("a.H5", &b""[..], "an HDF5 file"),
            ("a", b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
            ("a.mat", b"MATLAB 7.3 MAT-file, ", "a MATLAB 7.3 file"),
            ("a.mat", b"MATLAB 5.0 MAT-file, ", "a MATLAB file"),
            ("data.mdb", b"", "an LMDB database"),
            ("x", b"0123456789abcdef\xde\xc0\xef\xbe", "an LMDB database"),
            ("a.tfrecord-00000-of-00002", b"", "a TFRecord file"),
            ("a.pt", b"PK\x03\x04", "a file of PyTorch"),
            ("a.pkl", b"\x80\x02\x8a\x0a", "a file of PyTorch"),
            ("a", b"\x80\x04\x95", "a pickle"),
            ("data_batch_1", b"\x80\x02}", "a pickle of CIFAR's Python version"),
            ("train", b"\x80\x02}", "a pickle of CIFAR's Python version"),
            ("cifar-10-python.tar.gz", b"\x1f\x8b", "CIFAR's Python version"),
            ("batches.meta", b"\x80\x02}", "CIFAR's Python version"),
            ("a.rar", b"", "a RAR archive"),
        ] {
            assert_eq!(what(name, begin), Some(expected), "{name}");
        }
        for (name, begin) in [
            ("train", &b""[..]),
            ("train", b"once upon a time"),
            ("data_batch_1.bin", b""),
            ("a.txt", b"a.png"),
            ("a", b""),
        ] {
            assert_eq!(what(name, begin), None, "{name}");
        }
    }

    #[test]
    fn the_way_out_names_the_file() {
        for kind in KINDS.iter().chain([&CIFAR]) {
            let way = kind.way_out(Path::new("/data/a\nb.x"));
            assert!(!way.contains("FILE") && !way.contains('\n'), "{way}");
        }
        let way = KINDS[2].way_out(Path::new("/data/a.h5"));
        assert!(way.contains("h5py.File('/data/a.h5')"), "{way}");
    }
}
