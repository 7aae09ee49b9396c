//! Folders to lists of files.

use std::fs;
use std::path::{Path, PathBuf};

use fid_images::decode::{DecodeError, decode};
use fid_images::set::{ImageFolder, SetError};

/// A folder with the given empty files; nothing is decoded when it is listed.
fn tree(names: &[&str]) -> temp_dir::TempDir {
    let root = temp_dir::TempDir::new().unwrap();
    for name in names {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"").unwrap();
    }
    root
}

fn names(list: &ImageFolder, root: &Path) -> Vec<String> {
    let relative = |path: &PathBuf| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    list.files().iter().map(relative).collect()
}

#[test]
fn folders_are_listed_in_order_of_bytes() {
    let root = tree(&[
        "b.png",
        "B.PNG",
        "a/z.JpG",
        "a.tiff",
        "a-b.webp",
        "note.txt",
        "png",
        "a/deep/x.pbm",
        "10.gif",
        "9.gif",
        "dir.png/in.bmp",
        "._b.png",
        ".hidden/c.png",
        "é.ppm",
        "noext.",
    ]);
    let list = ImageFolder::open(root.path(), true).unwrap();
    let sorted = [
        "10.gif",
        "9.gif",
        "B.PNG",
        "a-b.webp",
        "a.tiff",
        "a/deep/x.pbm",
        "a/z.JpG",
        "b.png",
        "dir.png/in.bmp",
        "é.ppm",
    ];
    assert_eq!(names(&list, root.path()), sorted);
    assert_eq!((list.len(), list.ignored()), (10, 5)); // two of other kinds, two hidden, one bare dot
    let flat = ImageFolder::open(root.path(), false).unwrap();
    assert!(names(&flat, root.path()).iter().all(|name| !name.contains('/')));
    assert_eq!(flat.len(), 7);
}

#[test]
fn a_hidden_root_is_walked() {
    let root = tree(&[".cache/a.png"]);
    assert_eq!(ImageFolder::open(root.path().join(".cache"), true).unwrap().len(), 1);
}

#[test]
fn folders_that_hold_no_images_are_errors() {
    let root = tree(&["a.txt", "b.npz", "sub/c.png"]);
    let error = ImageFolder::open(root.path(), false).unwrap_err();
    assert!(matches!(error, SetError::NoImages { ignored: 2, recursive: false, .. }), "{error}");
    assert!(error.to_string().contains("png, jpg") && error.to_string().contains("sub-folders"));
    let empty = temp_dir::TempDir::new().unwrap();
    let error = ImageFolder::open(empty.path(), true).unwrap_err();
    assert!(matches!(error, SetError::NoImages { ignored: 0, .. }), "{error}");
    let error = ImageFolder::open(root.path().join("a.txt"), true).unwrap_err();
    assert!(matches!(error, SetError::NotAFolder { .. }), "{error}");
    let error = ImageFolder::open(root.path().join("none"), true).unwrap_err();
    assert!(matches!(error, SetError::Missing { .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_their_faults_named() {
    use std::os::unix::fs::symlink;
    let other = tree(&["far.png"]);
    let root = tree(&["sub/a.png"]);
    let link = |target: &Path, name: &str| symlink(target, root.path().join(name)).unwrap();
    link(&other.path().join("far.png"), "near.png");
    link(other.path(), "folder");
    link(Path::new("/does/not/exist"), "gone.txt");
    link(Path::new("/does/not/exist"), ".gone.png");
    link(root.path(), ".loop");
    let list = ImageFolder::open(root.path(), true).unwrap();
    assert_eq!(names(&list, root.path()), ["folder/far.png", "near.png", "sub/a.png"]);
    assert_eq!(list.ignored(), 3);

    link(root.path(), "sub/loop");
    let error = ImageFolder::open(root.path(), true).unwrap_err();
    assert!(
        matches!(&error, SetError::LinkLoop { link, .. } if link.ends_with("sub/loop")),
        "{error}"
    );
    fs::remove_file(root.path().join("sub/loop")).unwrap();

    link(Path::new("/does/not/exist"), "gone.PNG");
    let error = ImageFolder::open(root.path(), true).unwrap_err();
    assert!(
        matches!(&error, SetError::DanglingLink { link } if link.ends_with("gone.PNG")),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_pipe_is_an_error_and_never_waited_for() {
    let root = tree(&["a.png"]);
    let pipe = root.path().join("pipe.png");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let error = ImageFolder::open(root.path(), true).unwrap_err();
    assert!(matches!(&error, SetError::NotAFile { path } if *path == pipe), "{error}");
    let error = decode(&pipe).unwrap_err();
    assert!(matches!(error, DecodeError::NotAFile { is_folder: false, .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn an_unreadable_folder_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let root = tree(&["a.png", "closed/b.png"]);
    let closed = root.path().join("closed");
    let set = |mode| fs::set_permissions(&closed, fs::Permissions::from_mode(mode)).unwrap();
    set(0o000);
    let readable = fs::read_dir(&closed).is_ok(); // for a superuser every folder is
    let result = ImageFolder::open(root.path(), true);
    set(0o755);
    match result {
        Ok(list) => assert!(readable && list.len() == 2),
        Err(SetError::Unreadable { path, .. }) => assert_eq!(path, closed),
        Err(other) => panic!("{other}"),
    }
}
