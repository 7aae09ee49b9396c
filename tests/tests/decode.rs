//! Files to pixels, against Pillow's own answers, and folders to lists of files.

// A test that cannot go on fails.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use fid_gpu::decode::{DecodeError, Decoded, Format, Losses, Notes, decode};
use fid_gpu::source::{ImageFolder, SourceError};
use safetensors::SafeTensors;

/// `[height, width, 3]` u8.
#[derive(Clone, PartialEq)]
struct Rgb {
    height: usize,
    width: usize,
    pixels: Vec<u8>,
}

impl Rgb {
    fn of(decoded: &Decoded) -> Self {
        let image = &decoded.image;
        let pixels = match image.channels() {
            3 => image.pixels().to_vec(),
            _ => image.pixels().iter().flat_map(|&gray| [gray; 3]).collect(),
        };
        Self { height: image.height(), width: image.width(), pixels }
    }

    /// What is wrong with `self` where `expected` is right.
    fn check(&self, expected: &Self) -> Result<(), String> {
        if (self.height, self.width) != (expected.height, expected.width) {
            return Err(format!(
                "{}x{} instead of {}x{} (height x width)",
                self.height, self.width, expected.height, expected.width
            ));
        }
        let mut pairs = self.pixels.iter().zip(&expected.pixels).enumerate();
        let Some((at, (got, want))) = pairs.find(|(_, (got, want))| got != want) else {
            return Ok(());
        };
        let (y, x, channel) = (at / 3 / self.width, at / 3 % self.width, at % 3);
        Err(format!("y {y}, x {x}, channel {channel}: {got} instead of {want}"))
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/images")
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap()
}

fn expected() -> BTreeMap<String, Rgb> {
    let stored = fixture("expected.safetensors");
    let tensors = SafeTensors::deserialize(&stored).unwrap();
    let rgb = |name: &str| {
        let tensor = tensors.tensor(name).unwrap();
        let &[height, width, 3] = tensor.shape() else { panic!("{name} is not RGB") };
        Rgb { height, width, pixels: tensor.data().to_vec() }
    };
    tensors.names().into_iter().map(|name| (name.to_owned(), rgb(name))).collect()
}

/// Writes `data` to a file of its own and decodes it.
fn decode_bytes(name: &str, data: &[u8]) -> Result<Decoded, DecodeError> {
    let place = temp_dir::TempDir::new().unwrap();
    let path = place.path().join(name);
    fs::write(&path, data).unwrap();
    decode(path)
}

#[test]
fn every_fixture_decodes_as_pillow_does() {
    let (mut wrong, mut kinds, mut jpegs) = (Vec::new(), HashSet::new(), 0);
    let all = expected();
    for (name, want) in &all {
        let result = decode(folder().join(name)).map_err(|error| error.to_string());
        let verdict = result.and_then(|got| {
            kinds.extend(got.format);
            jpegs += usize::from(got.format == Some(Format::Jpeg));
            Rgb::of(&got).check(want)
        });
        if let Err(what) = verdict {
            wrong.push(format!("{name}: {what}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(all.len() > 290 && jpegs > 95 && kinds.len() == 7, "only {} fixtures", all.len());
}

#[test]
fn every_file_has_an_expectation() {
    let all = expected();
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name == "expected.safetensors" || all.contains_key(&name), "{name}");
    }
}

#[test]
fn the_comparison_rejects_spoiled_images() {
    let want = &expected()["rgb8.png"];
    let check = |spoil: &dyn Fn(&mut Rgb)| {
        let mut image = want.clone();
        spoil(&mut image);
        image.check(want)
    };
    assert!(check(&|_| ()).is_ok());
    assert!(check(&|i| i.pixels[100] ^= 1).is_err(), "one value");
    assert!(
        check(&|i| i.pixels.chunks_exact_mut(3).for_each(|p| p.swap(0, 2))).is_err(),
        "channels"
    );
    assert!(check(&|i| std::mem::swap(&mut i.height, &mut i.width)).is_err(), "axes");
    assert!(check(&|i| i.pixels.rotate_left(3)).is_err(), "shift");
}

#[test]
fn losses_tell_what_was_lost() {
    let losses = |name: &str| decode(folder().join(name)).unwrap().losses;
    assert_eq!(losses("rgb8.png"), Losses::default());
    assert_eq!(losses("420_q90.jpg"), Losses::default());
    for name in [
        "rgba8.png",
        "palette8_trns.png",
        "transparent.gif",
        "lossy_rgba.webp",
        "rgba_lzw.tif",
        "rgb32_bgra.bmp",
    ] {
        assert!(losses(name).alpha_dropped, "{name}");
    }
    for name in ["gray16.png", "gray16_trns.png", "raw_65535.pgm", "gray16_be.tif"] {
        assert!(losses(name).clipped_16bit && !losses(name).shortened_16bit, "{name}");
    }
    for name in ["gray_alpha16.png", "rgb16.png", "raw_1000.ppm", "rgb16_le.tif"] {
        assert!(losses(name).shortened_16bit && !losses(name).clipped_16bit, "{name}");
    }
    for name in ["rgb8_exif6.png", "420_exif6.jpg", "lossless_exif6.webp"] {
        assert!(losses(name).orientation_ignored, "{name}");
    }
    assert!(!losses("rgb_orientation6.tif").orientation_ignored, "a TIFF is turned");
    for name in [
        "animated.gif",
        "rgb8_animated.png",
        "lossless_animated.webp",
        "rgb_two_pages.tif",
        "two_pictures.jpg",
    ] {
        assert!(losses(name).further_frames, "{name}");
    }
}

#[test]
fn gray_files_have_one_channel() {
    let channels = |name: &str| decode(folder().join(name)).unwrap().image.channels();
    for name in
        ["gray1.png", "gray_alpha8.png", "gray.jpeg", "raw_255.pgm", "gray_lzw.tif", "gray.gif"]
    {
        assert_eq!(channels(name), 1, "{name}");
    }
    for name in ["rgb8.png", "palette8.png", "cmyk.jpg", "raw_255.ppm"] {
        assert_eq!(channels(name), 3, "{name}");
    }
}

#[test]
fn the_format_is_found_by_content() {
    let got = decode_bytes("picture.jpg", &fixture("rgb8.png")).unwrap();
    assert_eq!(got.format, Some(Format::Png));
    assert!(Rgb::of(&got) == expected()["rgb8.png"]);
}

#[test]
fn cut_files_are_errors() {
    // Pillow refuses each of these, too.
    for (name, want) in expected() {
        let whole = fixture(&name);
        for keep in [whole.len() / 3, whole.len() / 2, whole.len() * 3 / 4] {
            let result = decode_bytes(&name, &whole[..keep]);
            match result {
                Err(DecodeError::Damaged { .. } | DecodeError::UnknownFormat { .. }) => {}
                Err(other) => panic!("{name} cut to {keep}: {other}"),
                // An animation may lose a later frame, a TIFF or bitmap bytes that mean nothing.
                Ok(got) => {
                    assert!(
                        got.losses.further_frames || Rgb::of(&got) == want,
                        "{name} cut to {keep}"
                    )
                }
            }
        }
    }
    let jpeg = fixture("420_q90.jpg");
    let error = decode_bytes("cut.jpg", &jpeg[..jpeg.len() - 40]).unwrap_err();
    assert!(matches!(error, DecodeError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("cut.jpg"), "{error}");
}

#[test]
fn bytes_out_of_place_never_panic() {
    let mut state = 1u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    for name in expected().into_keys() {
        for _ in 0..8 {
            let mut data = fixture(&name);
            let reach = if random(2) == 0 { data.len() } else { data.len().min(64) };
            for _ in 0..=random(3) {
                data[random(reach)] = random(256) as u8;
            }
            let _ = decode_bytes(&name, &data);
        }
    }
}

#[test]
fn what_is_no_image_is_named() {
    let empty = decode_bytes("empty.png", b"").unwrap_err();
    assert!(matches!(empty, DecodeError::Empty { .. }), "{empty}");
    let text = decode_bytes("text.png", b"no image at all").unwrap_err();
    assert!(matches!(text, DecodeError::UnknownFormat { .. }), "{text}");
    assert!(
        text.to_string().contains("text.png") && text.to_string().contains("no image"),
        "{text}"
    );
    let missing = decode("does/not/exist.png").unwrap_err();
    assert!(matches!(missing, DecodeError::Read { .. }), "{missing}");
    let folder = decode(folder()).unwrap_err();
    assert!(matches!(folder, DecodeError::NotAFile { is_folder: true, .. }), "{folder}");
    // Width 65535 and height 65535, in a file of a few bytes.
    let mut bomb = fixture("rgb24.bmp");
    bomb[18..26].copy_from_slice(&[0xFF, 0xFF, 0, 0, 0xFF, 0xFF, 0, 0]);
    let bomb = decode_bytes("bomb.bmp", &bomb).unwrap_err();
    assert!(matches!(bomb, DecodeError::TooLarge { width: 65_535, .. }), "{bomb}");
}

#[test]
fn notes_count_images_not_files_of_other_kinds() {
    let mut notes = Notes::default();
    assert_eq!(notes.lines().count(), 0);
    for name in ["rgb8.png", "rgba8.png", "rgba16.png", "gray16.png", "animated.gif"] {
        notes.add(&decode(folder().join(name)).unwrap());
    }
    let lines: Vec<String> = notes.lines().collect();
    assert_eq!((notes.images, notes.gray, notes.alpha_dropped), (5, 1, 2));
    assert_eq!((notes.clipped_16bit, notes.shortened_16bit, notes.further_frames), (1, 1, 1));
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert!(lines[1].starts_with("2 of 5 images transparent"), "{lines:?}");
}

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
    assert!(matches!(error, SourceError::NoImages { ignored: 2, recursive: false, .. }), "{error}");
    assert!(error.to_string().contains("png, jpg") && error.to_string().contains("sub-folders"));
    let empty = temp_dir::TempDir::new().unwrap();
    let error = ImageFolder::open(empty.path(), true).unwrap_err();
    assert!(matches!(error, SourceError::NoImages { ignored: 0, .. }), "{error}");
    let error = ImageFolder::open(root.path().join("a.txt"), true).unwrap_err();
    assert!(matches!(error, SourceError::NotAFolder { .. }), "{error}");
    let error = ImageFolder::open(root.path().join("none"), true).unwrap_err();
    assert!(matches!(error, SourceError::Missing { .. }), "{error}");
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
        matches!(&error, SourceError::LinkLoop { link, .. } if link.ends_with("sub/loop")),
        "{error}"
    );
    fs::remove_file(root.path().join("sub/loop")).unwrap();

    link(Path::new("/does/not/exist"), "gone.PNG");
    let error = ImageFolder::open(root.path(), true).unwrap_err();
    assert!(
        matches!(&error, SourceError::DanglingLink { link } if link.ends_with("gone.PNG")),
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
    assert!(matches!(&error, SourceError::NotAFile { path } if *path == pipe), "{error}");
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
        Err(SourceError::Unreadable { path, .. }) => assert_eq!(path, closed),
        Err(other) => panic!("{other}"),
    }
}
