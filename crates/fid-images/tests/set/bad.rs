//! Sets that are damaged, or made to do harm.

use super::*;

/// The error for a file that is refused.
fn refused(name: &str, content: &[u8]) -> String {
    let parent = TempDir::new().unwrap();
    fs::write(parent.child(name), content).unwrap();
    let error = ImageSet::open(parent.child(name), false).err();
    let said = text(&error.unwrap_or_else(|| panic!("{name} is taken")));
    assert!(said.contains(name), "{said}");
    said
}

/// The images of a file that is taken, or their errors.
fn images_of(name: &str, content: &[u8]) -> Vec<Result<Vec<u8>, String>> {
    let parent = TempDir::new().unwrap();
    fs::write(parent.child(name), content).unwrap();
    let set = open(&parent.child(name));
    read(&set, 0..set.len())
}

#[test]
fn a_cut_archive_is_refused() {
    let zip = zip_of(&members(), CompressionMethod::Deflated);
    let tar = tar_of(&members(), "");
    for (name, content) in [("a.zip", zip), ("a.tar", tar)] {
        // The last kilobyte of a tar archive is its end mark.
        for cut in [1, 2, content.len() / 3, content.len() / 2, content.len() - 1100] {
            let said = refused(name, &content[..cut]);
            assert!(said.contains("damaged or incomplete"), "{cut}: {said}");
        }
    }
    for name in ["a.zip", "a.tar"] {
        refused(name, b"");
        refused(name, &[b'x'; 4096]);
        refused(name, b"<!DOCTYPE html>");
    }
}

#[test]
fn an_archive_without_images_says_what_was_looked_for() {
    let others = [("a.txt".to_owned(), Vec::new()), (".b.png".to_owned(), Vec::new())];
    for (name, content) in
        [("a.zip", zip_of(&others, CompressionMethod::Stored)), ("a.tar", tar_of(&others, ""))]
    {
        let said = refused(name, &content);
        assert!(said.contains("png, jpg") && said.contains("saw 2 others"), "{said}");
    }
}

#[test]
fn two_archives_joined_are_not_one() {
    let tar = tar_of(&members(), "");
    let said = refused("a.tar", &[&tar[..], &tar].concat());
    assert!(said.contains("were two archives joined"), "{said}");
}

/// A byte of a member is changed: the checksum tells, and names the member.
#[test]
fn a_damaged_member_is_named() {
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let mut content = zip_of(&members(), method);
        // Within the data of the first member.
        let at = content.windows(4).position(|four| four == b"PK\x01\x02").unwrap() / 2;
        content[at] ^= 0x55;
        let found = images_of("a.zip", &content);
        let bad = found.iter().filter_map(|found| found.as_ref().err()).collect::<Vec<_>>();
        assert_eq!(bad.len(), 1, "{bad:?}");
        assert!(bad[0].contains("a.zip/") && bad[0].contains("cannot be unpacked"), "{bad:?}");
    }
}

/// The sizes of the directory's first entry of an image are replaced.
fn with_size(content: &[u8], size: u32) -> Vec<u8> {
    let mut content = content.to_vec();
    let entry = content.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
    content[entry + 24..entry + 28].copy_from_slice(&size.to_le_bytes());
    content
}

#[test]
fn claimed_sizes_are_not_believed() {
    let image = [("a.ppm".to_owned(), ppm(0))];
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let content = {
            let options = SimpleFileOptions::default().compression_method(method);
            let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
            zip.start_file(image[0].0.as_str(), options).unwrap();
            zip.write_all(&image[0].1).unwrap();
            zip.finish().unwrap().into_inner()
        };
        let said = refused("a.zip", &with_size(&content, 2_000_000_000));
        assert!(said.contains("says it has 2000000000 bytes"), "{said}");
        if method == CompressionMethod::Stored {
            continue;
        }
        for (size, said) in
            [(200, "shorter than the archive says"), (10, "longer than the archive says")]
        {
            let found = images_of("a.zip", &with_size(&content, size));
            let error = found[0].as_ref().unwrap_err();
            assert!(error.contains(said), "{size}: {error}");
        }
    }
}

/// A gigabyte of zeros is no image, and is not unpacked; nor is more of it than its entry says.
#[test]
fn a_bomb_is_not_unpacked() {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("a.png", options).unwrap();
    let block = vec![0; 1 << 20];
    for _ in 0..256 {
        zip.write_all(&block).unwrap();
    }
    let content = zip.finish().unwrap().into_inner();
    assert!(content.len() < 1 << 20);
    let found = images_of("a.zip", &content);
    assert!(found[0].as_ref().is_err_and(|said| said.contains("is not a PNG")), "{found:?}");
}

#[test]
fn arrays_of_other_kinds_are_refused_with_the_way_out() {
    let data = vec![7; 24];
    for (descr, fortran, shape, expected) in [
        ("<f4", "False", "(2, 2, 2, 3)", "127.5"),
        ("<f8", "False", "(2, 2, 2, 3)", "astype('uint8')"),
        ("<i8", "False", "(2, 2, 2, 3)", "astype('uint8')"),
        ("|b1", "False", "(2, 2, 2, 3)", "uint8"),
        ("|O", "False", "(2, 2, 2, 3)", "uint8"),
        ("<U9", "False", "(2,)", "ends in .txt"),
        ("<f4", "False", "(1, 2, 2, 3)", "of values in 0..1"),
        (">f4", "False", "(1, 3, 2, 2)", "astype('uint8')"),
        ("|u1", "True", "(2, 2, 2, 3)", "ascontiguousarray"),
        ("|u1", "False", "(2, 2, 2, 4)", "alpha channel: x[..., :3]"),
        ("|u1", "False", "(2, 4, 2, 2)", "alpha channel: x[:, :3]"),
        ("|u1", "False", "(2, 2, 3, 2)", "x.transpose(3, 0, 1, 2)"),
        ("|u1", "False", "(3, 2, 2, 2)", "x.transpose(3, 1, 2, 0)"),
        ("|u1", "False", "(1, 2, 2, 2, 3)", "x.reshape(-1, *x.shape[2:])"),
        ("|u1", "False", "(2, 12)", "reshape(-1, 3, 32, 32)"),
        ("|u1", "False", "(3, 2, 4)", "three gray ones"),
        ("|u1", "False", "(2, 2, 2, 2)", "channels"),
        ("|u1", "False", "(2, 3, 2, 3)", "second or its last axis"),
        ("|u1", "False", "(24,)", "channels"),
        ("<f4", "False", "(3, 2)", "as features"),
        ("|u1", "False", "(2, 4, 3)", "one image"),
        ("|u1", "False", "(0, 2, 2, 3)", "no images"),
        ("|u1", "False", "(2, 0, 2, 3)", "2x0 pixels"),
        ("|u1", "False", "(1, 2, 2, 3)", "longer"),
        ("|u1", "False", "(3, 2, 2, 3)", "shorter"),
        ("|u1", "False", "(2, 70000, 2, 3)", "65535 a side"),
        ("|u1", "False", "(2, 60000, 60000, 3)", "in all"),
        ("|u1", "False", "(9223372036854775808, 2, 2, 3)", "shorter"),
        ("|u1", "False", "(18446744073709551615, 65535, 2000, 3)", "shorter"),
        ("|u1", "False", "(2, 2, 2, -3)", "not a size"),
    ] {
        let content = npy(descr, fortran, shape, &data);
        let said = refused("a.npy", &content);
        assert!(said.contains(expected), "{descr} {fortran} {shape}: {said}");
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            let said = refused("a.npz", &npz(&[("arr_0", content.clone())], method));
            assert!(said.contains(expected), "{said}");
        }
    }
    let structured =
        "{'descr': [('image', '|u1', (2, 2, 3))], 'fortran_order': False, 'shape': (2,)}";
    let length = (structured.len() as u16).to_le_bytes();
    let content = [b"\x93NUMPY\x01\x00", &length[..], structured.as_bytes(), &data].concat();
    let said = refused("a.npy", &content);
    assert!(said.contains("x['image']"), "{said}");
    for content in [&b""[..], b"\x93NUMPY", b"\x93NUMPY\x01\x00\xff\xff{", b"P6 1 1 255\nabc"] {
        refused("a.npy", content);
    }
}

#[test]
fn archives_of_arrays_without_images_are_refused() {
    let stored = CompressionMethod::Stored;
    let said = refused("a.npz", &npz(&[("x_train", nhwc()), ("y_train", nhwc())], stored));
    assert!(said.contains("x_train, y_train") && said.contains("np.savez"), "{said}");
    let said = refused("a.npz", &npz(&[], stored));
    assert!(said.contains("no arrays"), "{said}");
    for arrays in [&[("mu", nhwc()), ("sigma", nhwc())][..], &[("mu", nhwc())]] {
        let said = refused("a.npz", &npz(arrays, stored));
        assert!(said.contains("holds statistics"), "{said}");
    }
    let many = (0..100).map(|index| (format!("a{index}"), nhwc())).collect::<Vec<_>>();
    let many = many.iter().map(|(name, array)| (name.as_str(), array.clone())).collect::<Vec<_>>();
    let said = refused("a.npz", &npz(&many, stored));
    assert!(said.contains("more than 64"), "{said}");
}

/// Names and shapes decide, in one place.
#[test]
fn statistics_images_and_features_are_distinguished() {
    let parent = TempDir::new().unwrap();
    let path = parent.child("a.npz");
    let floats = |shape: &str| npy("<f8", "False", shape, &[]);
    let (vector, square) = (floats("(3,)"), floats("(3, 3)"));
    let statistics = |mu: &str, sigma: &str| {
        let (mu, sigma) = (mu.into(), sigma.into());
        Some(NpzContent::Statistics { mu, sigma })
    };
    let images = |name: &str| Some(NpzContent::Images { name: name.into() });
    let features = |name: &str| Some(NpzContent::Features { name: name.into() });
    let objects = |name: &str| Some(NpzContent::Objects { name: name.into() });
    let other = || Some(NpzContent::Other);
    let (v, q, image) = (&vector, &square, &nhwc());
    let (wide, rows) = (&floats("(1, 3)"), &npy("<f4", "False", "(9, 3)", &[]));
    let labels = &npy("<i8", "False", "(9,)", &[]);
    let object = &npy("|O", "False", "()", b"pickle");
    for (arrays, content) in [
        (&[("arr_0", image)][..], images("arr_0")),
        (&[("arr_0", image), ("arr_1", labels)], images("arr_0")),
        (&[("images", image)], images("images")),
        (&[("images", image), ("labels", labels)], other()),
        (&[("mu", v), ("sigma", q)], statistics("mu", "sigma")),
        (&[("arr_0", image), ("mu", v), ("sigma", q)], statistics("mu", "sigma")),
        (&[("mu_s", v), ("sigma_s", q), ("mu", v), ("sigma", q)], statistics("mu", "sigma")),
        // What is wrong with them, the reader of statistics says.
        (&[("mu", v)], statistics("mu", "sigma")),
        (&[("mu", image), ("sigma", image)], statistics("mu", "sigma")),
        (&[("mean", v), ("cov", q)], statistics("mean", "cov")),
        (&[("Mean", wide), ("Covariance", q)], statistics("Mean", "Covariance")),
        (&[("m", v), ("s", q)], statistics("m", "s")),
        (&[("mu_fid", v), ("sigma_fid", q), ("n", labels)], statistics("mu_fid", "sigma_fid")),
        (&[("real_mu", v), ("real_cov", q)], statistics("real_mu", "real_cov")),
        // Of two pairs, the one that fits.
        (
            &[("a_mu", v), ("a_sigma", v), ("b_mu", v), ("b_sigma", q)],
            statistics("b_mu", "b_sigma"),
        ),
        (&[("a_mu", v), ("a_sigma", q), ("b_mu", v), ("b_sigma", q)], other()),
        // Standard deviations are no covariance, and the colours of images no statistics.
        (&[("m", v), ("s", v)], statistics("m", "s")),
        (&[("arr_0", image), ("m", v), ("s", v)], images("arr_0")),
        (&[("images", image), ("mean", v), ("std", v)], other()),
        (&[("x", v), ("y", q)], other()),
        (&[("features", rows)], features("features")),
        (&[("feats", rows), ("y", q)], features("feats")),
        (&[("pool_3", rows), ("logits", rows)], features("pool_3")),
        (&[("reps", rows), ("hparams", object)], features("reps")),
        (&[("arr_0", rows)], features("arr_0")),
        (&[("x", rows), ("y", rows)], other()),
        (&[("stats", object)], objects("stats")),
        (&[("arr_0", object)], objects("arr_0")),
        (&[], other()),
    ] {
        let arrays: Vec<_> = arrays.iter().map(|(name, bytes)| (*name, (*bytes).clone())).collect();
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            fs::write(&path, npz(&arrays, method)).unwrap();
            let names: Vec<_> = arrays.iter().map(|(name, _)| name).collect();
            assert_eq!(npz_content(&path), content, "{names:?}");
            let first = names.contains(&&"arr_0");
            assert_eq!(holds_images_among_others(&path), first, "{names:?}");
        }
    }
    fs::write(&path, b"PK").unwrap();
    assert_eq!(npz_content(&path), None);
    assert_eq!(npz_content(&parent.child("gone.npz")), None);
    // The images of a reference batch of ADM open all the same.
    let batch = [("arr_0", nhwc()), ("mu", nhwc()), ("sigma", nhwc())];
    fs::write(&path, npz(&batch, CompressionMethod::Stored)).unwrap();
    assert_eq!(open(&path).len(), COUNT);
}

/// Each is refused in words, with the way out.
#[test]
fn other_arrays_are_refused_in_words() {
    let floats = |shape: &str, count: usize| npy("<f8", "False", shape, &vec![0; count * 8]);
    let object = npy("|O", "False", "()", b"pickle");
    for (arrays, parts) in [
        (
            &[("feats", floats("(4, 3)", 12)), ("x", floats("(3,)", 3))][..],
            &["'feats'", "features"][..],
        ),
        (&[("arr_0", floats("(4, 3)", 12))], &["4 rows of 3 values", "features"]),
        (&[("mean", floats("(3,)", 3)), ("cov", floats("(3, 3)", 9))], &["holds statistics"]),
        (&[("stats", object.clone())], &["'stats'", "pickled", "allow_pickle", "trust"]),
        (
            &[
                ("x", floats("(3,)", 3)),
                ("y", npy("<f8", "False", "(1, 3, 3)", &[0; 72])),
                ("z", object.clone()),
            ],
            &["'z'", "pickled"],
        ),
        (
            &[("a", floats("(3,)", 3)), ("b", npy("<f8", "False", "(1, 3, 3)", &[0; 72]))],
            &["arrays a, b", "mu=f['a'], sigma=f['b']", "numpy.load('a.npz')"],
        ),
    ] {
        let said = refused("a.npz", &npz(arrays, CompressionMethod::Stored));
        for part in parts {
            assert!(said.contains(part), "no {part} in: {said}");
        }
    }
    let said = refused("a.npy", &object);
    assert!(said.contains("pickled") && said.contains("allow_pickle"), "{said}");
}

/// The end of a compressed array is wrong: the images before it are read, and none after it.
#[test]
fn a_damaged_stream_fails_from_there_on() {
    let mut content = npz(&[("arr_0", nhwc())], CompressionMethod::Deflated);
    let sums = content.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap() + 16;
    content[sums] ^= 1;
    let found = images_of("a.npz", &content);
    let (last, others) = found.split_last().unwrap();
    assert!(others.iter().all(Result::is_ok));
    let said = last.as_ref().unwrap_err();
    assert!(said.contains("a.npz[10]") && said.contains("checksum"), "{said}");

    let mut content = npz(&[("arr_0", nhwc())], CompressionMethod::Deflated);
    let middle = content.len() / 2;
    content[middle..middle + 8].fill(0xFF);
    let found = images_of("a.npz", &content);
    let first = found.iter().position(Result::is_err).unwrap();
    assert!(found[first..].iter().all(Result::is_err), "{found:?}");
}

#[test]
fn other_files_are_refused_with_the_way_out() {
    for (name, expected) in [
        ("a.tar.gz", "gzip -d"),
        ("a.tgz", "gzip -d"),
        ("a.tar.bz2", "bzip2 -d"),
        ("a.tar.xz", "xz -d"),
        ("a.tar.zst", "zstd -d"),
        ("a.npy.gz", "gzip -d"),
        ("a.png", "one image"),
        ("a.mp4", "one video (MP4), which is not read: save its frames"),
        ("a.xyz", ".npz array"),
        ("a", ".zip"),
        ("a.txt", "no paths"),
    ] {
        let said = refused(name, b"");
        assert!(said.contains(expected), "{name}: {said}");
    }
    for name in ["a", "a.zip", "a.tar", "a.npy", "a.npz", "a.txt", "a-ubyte.gz", "a.bin", "a.png"] {
        let error = ImageSet::open(Path::new("nowhere").join(name), false).unwrap_err();
        assert!(matches!(error, SetError::Missing { .. }), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_never_waited_for() {
    let parent = TempDir::new().unwrap();
    for name in ["a.zip", "a.tar", "a.npy", "a.npz", "a.txt", "a-ubyte.gz", "a.bin"] {
        let made = std::process::Command::new("mkfifo").arg(parent.child(name)).status();
        assert!(made.unwrap().success());
        let error = ImageSet::open(parent.child(name), false).unwrap_err();
        assert!(text(&error).contains("no regular file"), "{error}");
        fs::create_dir(parent.child("sub")).unwrap();
        fs::remove_dir(parent.child("sub")).unwrap();
    }
}

fn idx(magic: [u8; 4], sizes: [u32; 3], data: &[u8]) -> Vec<u8> {
    [&magic[..], &sizes.map(u32::to_be_bytes).concat(), data].concat()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(content).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn files_like_those_of_mnist_are_checked() {
    let data = [9; 24];
    for (magic, sizes, expected) in [
        ([0, 0, 8, 1], [2, 3, 4], "labels"),
        ([0, 0, 8, 4], [2, 3, 4], "no IDX file"),
        ([0, 0, 13, 3], [2, 3, 4], "no IDX file"),
        ([0, 0, 8, 3], [0, 3, 4], "no images"),
        ([0, 0, 8, 3], [2, 0, 4], "4x0 pixels"),
        ([0, 0, 8, 3], [1, u32::MAX, u32::MAX], "65535 a side"),
        ([0, 0, 8, 3], [u32::MAX, 3, 4], ""),
        ([0, 0, 8, 3], [3, 3, 4], ""),
        ([0, 0, 8, 3], [1, 3, 4], ""),
    ] {
        let content = idx(magic, sizes, &data);
        let said = refused("a-images-idx3-ubyte", &content);
        assert!(said.contains(expected), "{said}");
        let said = refused("a-images-idx3-ubyte.gz", &gzip(&content));
        assert!(said.contains(expected), "{said}");
    }
    let good = idx([0, 0, 8, 3], [2, 3, 4], &data);
    assert_eq!(images_of("a.idx3-ubyte", &good).len(), 2);
    let packed = gzip(&good);
    assert_eq!(images_of("a.idx3-ubyte.gz", &packed), [Ok(vec![9; 12]), Ok(vec![9; 12])]);
    for cut in [0, 1, 3, 10, packed.len() - 1] {
        refused("a-ubyte.gz", &packed[..cut]);
    }
    for cut in [0, 1, 3, 10, 15, 16, 39] {
        refused("a-ubyte", &good[..cut]);
    }
    // The checksum stands before the length at the end.
    let mut spoilt = packed.clone();
    let at = packed.len() - 8;
    spoilt[at] ^= 1;
    let found = images_of("a-ubyte.gz", &spoilt);
    assert!(found[0].is_ok());
    assert!(found[1].as_ref().is_err_and(|said| said.contains("a-ubyte.gz[1]")), "{found:?}");
}

#[test]
fn files_like_those_of_cifar_100_are_checked() {
    let record = |coarse, fine, value| [vec![coarse, fine], vec![value; 3072]].concat();
    let mut content = [record(19, 99, 3), record(0, 0, 4)].concat();
    assert_eq!(images_of("train.bin", &content), [Ok(vec![3; 3072]), Ok(vec![4; 3072])]);
    content[3075] = 100;
    let found = images_of("a.bin", &content);
    assert!(found[1].as_ref().is_err_and(|said| said.contains("label is 100")), "{found:?}");
    content[0] = 20;
    assert!(refused("a.bin", &content).contains("label is 20"));
    // As many bytes as 3074 images of CIFAR-10, or 3073 of CIFAR-100.
    let said = refused("a.bin", &vec![0; 3073 * 3074]);
    assert!(said.contains("CIFAR-10 as well as of CIFAR-100"), "{said}");
    let said = refused("train_X.bin", &vec![0; 96 * 96 * 3 * 2]);
    assert!(said.contains("STL-10") && said.contains("reshape(-1, 3, 96, 96)"), "{said}");
}

#[test]
fn files_like_those_of_cifar_are_checked() {
    let mut content = [vec![3; 3073], vec![4; 3073]].concat();
    assert_eq!(images_of("a.bin", &content), [Ok(vec![3; 3072]), Ok(vec![4; 3072])]);
    for content in [&content[..6145], &content[..1], &[], &[content.clone(), vec![0]].concat()] {
        let said = refused("a.bin", content);
        assert!(said.contains("3073"), "{said}");
    }
    content[3073] = 10;
    let found = images_of("a.bin", &content);
    assert!(found[1].as_ref().is_err_and(|said| said.contains("label is 10")), "{found:?}");
    content[0] = 255;
    let said = refused("a.bin", &content);
    assert!(said.contains("label is 255"), "{said}");
}

#[test]
fn a_folder_of_sets_says_that_they_may_be_named() {
    let parent = TempDir::new().unwrap();
    for name in ["s-001.tar", "s-000.tar", "z.zip"] {
        fs::write(parent.child(name), "").unwrap();
    }
    let said = ImageSet::open(parent.path(), false).unwrap_err().to_string();
    assert!(said.contains("s-000.tar may itself be named") && said.contains("..009}"), "{said}");
}

/// Numbers by rule, for mutations that are the same at each run.
fn next(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    ((*state >> 33) as usize) % below.max(1)
}

/// Changed, missing and doubled bytes give an error that names the file, or images, and no panic.
#[test]
fn no_mutation_makes_it_panic() {
    let parent = TempDir::new().unwrap();
    let few = |members: Vec<(String, Vec<u8>)>| members[4..8].to_vec();
    let good = idx([0, 0, 8, 3], [2, 3, 4], &[9; 24]);
    let kinds = [
        ("a.zip", zip_of(&few(members()), CompressionMethod::Deflated)),
        ("b.zip", zip_of(&few(members()), CompressionMethod::Stored)),
        ("a.tar", tar_of(&few(members()), "")),
        ("a.npy", nhwc()),
        ("a.npz", npz(&[("arr_0", nhwc())], CompressionMethod::Stored)),
        ("b.npz", npz(&[("arr_0", nchw())], CompressionMethod::Deflated)),
        ("a-ubyte.gz", gzip(&good)),
        ("a-ubyte", good),
        ("a.bin", vec![1; 2 * 3073]),
    ];
    let mut state = 1;
    let mut taken = 0;
    for (name, content) in &kinds {
        let path = parent.child(name);
        for _ in 0..600 {
            let mut content = content.clone();
            for _ in 0..=next(&mut state, 3) {
                let at = next(&mut state, content.len());
                let end = content.len().min(at + 1 + next(&mut state, 8));
                match next(&mut state, 5) {
                    0 => content[at..end].fill(0xFF),
                    1 => content[at..end].fill(0),
                    2 => drop(content.drain(at..end)),
                    3 => content.splice(at..at, vec![7; end - at]).for_each(drop),
                    _ => content[at] ^= 1 << next(&mut state, 8),
                }
            }
            // A new file: ext4 flushes one that is truncated and written again, which takes 2 ms.
            let _ = fs::remove_file(&path);
            fs::write(&path, &content).unwrap();
            match ImageSet::open(&path, true) {
                Err(error) => assert!(error.to_string().contains(name), "{error}"),
                Ok(set) => {
                    taken += 1;
                    for index in (0..set.len().min(4)).chain([set.len() - 1]) {
                        if let Err(error) = set.decode(index) {
                            assert!(error.to_string().contains(name), "{error}");
                        }
                    }
                }
            }
        }
    }
    // Both happen: else the test would see nothing.
    assert!((500..5000).contains(&taken), "{taken} of 5400 were taken");
}
