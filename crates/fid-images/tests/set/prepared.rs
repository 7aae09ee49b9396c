//! Sets that choose some of their images, and sets that prepare them.

use std::fs;
use std::path::Path;

use fid_core::{Image8, Preparation};
use fid_images::set::ImageSet;
use temp_dir::TempDir;
use zip::CompressionMethod;

use super::{
    COUNT, HEIGHT, WIDTH, folder, identity, members, nhwc, npz, open, pixels, read, zip_of,
};

fn preparation(text: &str) -> Preparation {
    text.parse().unwrap()
}

/// The same images in a folder, an archive and a compressed array.
fn sets(parent: &Path) -> Vec<ImageSet> {
    let deflated = CompressionMethod::Deflated;
    fs::write(parent.join("a.zip"), zip_of(&members(), deflated)).unwrap();
    fs::write(parent.join("a.npz"), npz(&[("arr_0", nhwc())], deflated)).unwrap();
    vec![open(&folder(parent)), open(&parent.join("a.zip")), open(&parent.join("a.npz"))]
}

#[test]
fn only_the_chosen_images_are_read() {
    let parent = TempDir::new().unwrap();
    for set in sets(parent.path()) {
        let places = [1, 2, 5, COUNT - 1];
        let names = places.map(|place| set.path(place).into_owned());
        let sizes: Vec<_> = set.names_and_sizes().collect();
        let set = set.choose(places.to_vec());
        assert_eq!((set.len(), set.listed_len()), (4, COUNT));
        assert_eq!([0, 1, 2, 3].map(|index| set.path(index).into_owned()), names);
        let want = places.map(|place| Ok(pixels(place)));
        assert_eq!(read(&set, 0..4), want);
        assert_eq!(read(&set, 1..3), want[1..3]);
        assert_eq!(set.decode(3).unwrap().image.pixels(), pixels(COUNT - 1));
        assert_eq!(set.path(4), Path::new(""));
        assert!(set.names_and_sizes().eq(places.map(|place| sizes[place].clone())));
        let listed: Vec<_> =
            set.listed().map(|(index, name, size)| (index, (name, size))).collect();
        for (place, (index, entry)) in listed.into_iter().enumerate() {
            assert_eq!(index, places.iter().position(|&chosen| chosen == place));
            assert_eq!(entry, sizes[place]);
        }
        // Chosen again.
        let again = set.choose(vec![0, 3]);
        assert_eq!(read(&again, 0..2), [1, COUNT - 1].map(|place| Ok(pixels(place))));
    }
}

#[test]
fn a_chosen_set_has_the_identity_of_a_folder_with_these_files() {
    let parent = TempDir::new().unwrap();
    let root = folder(parent.path());
    let whole = identity(&open(&root));
    let chosen = open(&root).choose((0..COUNT - 1).collect());
    assert_ne!(identity(&chosen), whole);
    fs::remove_file(open(&root).path(COUNT - 1)).unwrap();
    assert_eq!(identity(&chosen), identity(&open(&root)));
}

#[test]
fn images_of_every_kind_of_set_are_prepared() {
    let parent = TempDir::new().unwrap();
    let steps = preparation("resize 7x9 bicubic, center-crop 3x8");
    let prepared = |place| {
        let image = Image8::new(HEIGHT, WIDTH, 3, pixels(place)).unwrap();
        Ok(steps.apply(image).unwrap().into_pixels())
    };
    for set in sets(parent.path()) {
        let set = set.prepared(steps);
        assert_eq!(set.preparation(), steps);
        assert_eq!(read(&set, 2..COUNT), (2..COUNT).map(prepared).collect::<Vec<_>>());
        let one = set.decode(4).unwrap();
        assert_eq!((one.facts().size.height, one.facts().size.width), (8, 3));
        assert_eq!(Ok(one.image.into_pixels()), prepared(4));
    }
}

#[test]
fn an_image_too_small_is_named_with_its_size() {
    let parent = TempDir::new().unwrap();
    for set in sets(parent.path()) {
        let set = set.prepared(preparation("center-crop 5"));
        let name = set.path(3).display().to_string();
        let said = read(&set, 3..4).remove(0).unwrap_err();
        assert!(said.starts_with(&name), "{said}");
        assert!(said.contains("5x4 pixels") && said.contains("5x5"), "{said}");
        let reason = set.decode(0).unwrap_err().reason();
        assert!(reason.contains("cannot be prepared: it has 5x4"), "{reason}");
    }
}
