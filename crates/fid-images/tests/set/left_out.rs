//! Files that a set does not take: named where they look like images, counted otherwise.

use super::*;
use fid_images::set::{ImageFolder, Unread};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const HEIC: &[u8] = b"\0\0\0\x1cftypheic\0\0\0\0heicmif1miaf";

/// Files of a set; two are read.
fn files() -> Vec<(String, Vec<u8>)> {
    let files: [(&str, &[u8]); 24] = [
        ("a.ppm", b"P6 1 1 255\nabc"),
        ("b/c.jfif", b"P6 1 1 255\nabc"),
        ("b/2.heic", b"?"),
        ("b/1.HEIC", HEIC),
        ("b/3.dat", HEIC),
        ("clip.mp4", b"?"),
        ("b/photo.NEF", b"?"),
        ("0001", PNG),
        ("b/x.png_", PNG),
        (
            "drawing",
            b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- by hand, with a pen -->\n<svg>",
        ),
        ("b/.z.png", PNG),
        ("._a.png", b"\0\x05\x16\x07"),
        (".gitignore", b"*"),
        ("caption.txt", b"once upon a time"),
        ("labels.json", b"{}"),
        ("paper.pdf", b"%PDF-1.7"),
        ("BMW", b"BMW is a maker of cars and motorcycles"),
        ("empty", b""),
        ("b/@eaDir/SYNOPHOTO_THUMB_M.png", PNG),
        ("#recycle/a.png", PNG),
        ("__MACOSX/b/._c.png", b"\0\x05\x16\x07"),
        ("b/Thumbs.db", b"\xd0\xcf\x11\xe0"),
        (".ipynb_checkpoints/a.png", PNG),
        ("lost+found/a.png", PNG),
    ];
    files.into_iter().map(|(name, content)| (name.to_owned(), content.to_vec())).collect()
}

fn write_all(root: &Path, files: &[(String, Vec<u8>)]) {
    for (name, content) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

/// Kinds with counts and first examples, the latter below `root`.
fn kinds(unread: &[Unread], root: &Path) -> Vec<(String, usize, String)> {
    let example = |path: &Path| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    unread.iter().map(|kind| (kind.kind.clone(), kind.count, example(&kind.example))).collect()
}

#[test]
fn what_looks_like_an_image_is_named_in_folders_and_archives_alike() {
    let parent = TempDir::new().unwrap();
    write_all(&parent.child("folder"), &files());
    let deflated = zip_of(&files(), CompressionMethod::Deflated);
    for (name, content) in [
        ("stored.zip", zip_of(&files(), CompressionMethod::Stored)),
        ("deflated.zip", deflated),
        ("plain.tar", tar_of(&files(), "")),
        ("dotted.tar", tar_of(&files(), "./")),
    ] {
        fs::write(parent.child(name), content).unwrap();
    }
    for name in ["folder", "stored.zip", "deflated.zip", "plain.tar", "dotted.tar"] {
        let root = parent.child(name);
        let set = open(&root);
        assert_eq!(set.len(), 2, "{name}");
        let expected = [
            ("HEIC", 3, "b/1.HEIC"),
            ("PNG without the ending", 2, "0001"),
            ("MP4 video", 1, "clip.mp4"),
            ("SVG", 1, "drawing"),
            ("camera's raw file", 1, "b/photo.NEF"),
            ("hidden PNG", 1, "b/.z.png"),
        ]
        .map(|(kind, count, example)| (kind.to_owned(), count, example.to_owned()));
        assert_eq!(kinds(set.unread(), &root), expected, "{name}");
        let passed_over = set.passed_over().map(|(name, _)| name).collect::<Vec<_>>();
        let names =
            ["#recycle", ".ipynb_checkpoints", "@eaDir", "Thumbs.db", "__MACOSX", "lost+found"];
        assert_eq!(passed_over, names, "{name}");
        // Seven files of other kinds, and six that are passed over.
        assert_eq!(set.ignored(), 13, "{name}");
        assert_eq!(set.len() + set.ignored() + 9, files().len(), "{name}");
    }
    let folder = ImageFolder::open(parent.child("folder"), true).unwrap();
    assert_eq!(folder.unread(), open(&parent.child("folder")).unread());
    assert_eq!(ImageSet::from(folder).unread().len(), 6);
}

#[test]
fn several_archives_are_counted_together() {
    let parent = TempDir::new().unwrap();
    for shard in 0..2 {
        let files = files().into_iter().skip(shard).collect::<Vec<_>>();
        fs::write(parent.child(format!("s-{shard}.tar")), tar_of(&files, "")).unwrap();
    }
    let set = open(&parent.child("s-{0..1}.tar"));
    let found = kinds(set.unread(), parent.path());
    assert_eq!(found[0], ("HEIC".to_owned(), 6, "s-0.tar/b/1.HEIC".to_owned()));
    assert_eq!((found.len(), set.len(), set.ignored()), (6, 3, 26));
    assert_eq!(set.passed_over().find(|(name, _)| *name == "@eaDir"), Some(("@eaDir", 2)));
}

/// A caption for each image is not opened for ever; what is found keeps being counted.
#[test]
fn sidecars_are_opened_up_to_a_number() {
    let parent = TempDir::new().unwrap();
    let mut files = vec![("a.ppm".to_owned(), Vec::new())];
    files.extend((0..300).map(|at| (format!("{at:03}.txt"), b"a cat".to_vec())));
    files.push(("999.txt".to_owned(), PNG.to_vec()));
    files.push(("999.x".to_owned(), PNG.to_vec()));
    fs::write(parent.child("a.tar"), tar_of(&files, "")).unwrap();
    let set = open(&parent.child("a.tar"));
    assert_eq!(kinds(set.unread(), &parent.child("a.tar"))[0].2, "999.x");
    assert_eq!((set.unread()[0].count, set.ignored()), (1, 301));
    files.insert(1, ("000.txt".to_owned(), PNG.to_vec()));
    fs::write(parent.child("a.tar"), tar_of(&files, "")).unwrap();
    assert_eq!(open(&parent.child("a.tar")).unread()[0].count, 2);
}

#[test]
fn a_set_without_images_names_what_it_has() {
    let parent = TempDir::new().unwrap();
    let files = (0..12).map(|at| (format!("{at:02}.heic"), HEIC.to_vec())).collect::<Vec<_>>();
    write_all(&parent.child("folder"), &files);
    fs::write(parent.child("a.zip"), zip_of(&files, CompressionMethod::Deflated)).unwrap();
    fs::write(parent.child("a.tar"), tar_of(&files, "")).unwrap();
    for name in ["folder", "a.zip", "a.tar"] {
        let said = ImageSet::open(parent.child(name), false).unwrap_err().to_string();
        let expected = format!(
            "no images in {0}: 12 files look like images and are not read: 12 HEIC (first: \
             {0}/00.heic); convert them, for example to PNG",
            parent.child(name).display()
        );
        assert_eq!(said, expected);
    }
}

#[test]
fn a_place_that_holds_a_store_names_the_conversion() {
    let parent = TempDir::new().unwrap();
    for (at, (name, content, expected)) in [
        ("data.mdb", &b"?"[..], "an LMDB database"),
        ("train.h5", b"?", "/train.h5')['images']"),
        ("x", b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        ("data_batch_1", b"\x80\x02}q\x01", "[b'data'].reshape(-1, 3, 32, 32)"),
    ]
    .into_iter()
    .enumerate()
    {
        let files = [("readme.txt".to_owned(), Vec::new()), (name.to_owned(), content.to_vec())];
        let (folder, archive) = (parent.child(format!("{at}")), parent.child(format!("{at}.zip")));
        write_all(&folder, &files);
        fs::write(&archive, zip_of(&files, CompressionMethod::Stored)).unwrap();
        for path in [folder, archive] {
            let said = ImageSet::open(&path, false).unwrap_err().to_string();
            assert!(said.contains(expected) && said.contains(name), "{said}");
        }
    }
    write_all(&parent.child("thumbs"), &[("@eaDir/a.png".into(), PNG.to_vec())]);
    let said = ImageSet::open(parent.child("thumbs"), false).unwrap_err().to_string();
    assert!(said.ends_with("hidden folders were passed over: @eaDir"), "{said}");
    let nested = [("a.npy".to_owned(), Vec::new())];
    fs::write(parent.child("n.zip"), zip_of(&nested, CompressionMethod::Stored)).unwrap();
    let said = ImageSet::open(parent.child("n.zip"), false).unwrap_err().to_string();
    assert!(said.contains("unpack it and name") && said.contains("n.zip/a.npy"), "{said}");
    fs::create_dir(parent.child("a.zarr")).unwrap();
    let said = ImageSet::open(parent.child("a.zarr"), false).unwrap_err().to_string();
    assert!(said.contains("/a.zarr')[:]"), "{said}");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_opened_is_ignored() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let parent = TempDir::new().unwrap();
    write_all(parent.path(), &[("a.ppm".into(), Vec::new()), ("closed".into(), PNG.to_vec())]);
    write_all(parent.path(), &[("lost+found/b.png".into(), PNG.to_vec())]);
    for name in ["closed", "lost+found"] {
        fs::set_permissions(parent.child(name), fs::Permissions::from_mode(0o000)).unwrap();
    }
    symlink("nowhere", parent.child("gone.heic")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(parent.child("pipe.heic")).status();
    assert!(made.unwrap().success());
    let set = open(parent.path());
    fs::set_permissions(parent.child("lost+found"), fs::Permissions::from_mode(0o755)).unwrap();
    // A superuser opens every file.
    let readable = fs::File::open(parent.child("closed")).is_ok();
    assert_eq!((set.len(), set.ignored()), (1, 4 - usize::from(readable)));
}
