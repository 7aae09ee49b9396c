//! Images that the caller knows are not decoded.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::thread;

use fid_core::Image8;
use fid_images::ContentKey;
use fid_images::decode::ImageFacts;
use fid_images::prefetch::{KnownImage, KnownImages, Loaded, Lookup, Prefetcher};
use fid_images::set::ImageSet;
use temp_dir::TempDir;

use super::{COUNT, HEIGHT, WIDTH, ppm};

/// Numbers of images by their content.
struct Numbers(HashMap<ContentKey, usize>);

struct Number(usize);

impl KnownImages for Numbers {
    type Hit = Number;
    type Miss = ContentKey;

    fn find(&self, key: ContentKey) -> Lookup<Number, ContentKey> {
        self.0.get(&key).map_or(Lookup::Miss(key), |&image| Lookup::Hit(Number(image)))
    }
}

impl KnownImage for Number {
    fn facts(&self) -> ImageFacts {
        ImageFacts::of(&Image8::new(HEIGHT, WIDTH, 3, vec![0; HEIGHT * WIDTH * 3]).unwrap())
    }

    fn bytes(&self) -> u64 {
        8
    }
}

#[test]
fn known_images_are_not_decoded() {
    let folder = TempDir::new().unwrap();
    for image in 0..COUNT {
        std::fs::write(folder.child(format!("{image:02}.ppm")), ppm(image)).unwrap();
    }
    let key = |image| ContentKey::of_file(&ppm(image));
    let even = (0..COUNT).step_by(2).map(|image| (key(image), image)).collect();
    let set = ImageSet::open(folder.path(), false).unwrap();
    let prefetcher = Prefetcher::new(set.images(0..COUNT), Some(Numbers(even)));
    thread::scope(|scope| {
        let images = prefetcher.start(scope, NonZeroUsize::new(3).unwrap());
        let mut seen = 0;
        for (index, image) in images.enumerate() {
            let loaded = image.result.unwrap();
            assert_eq!(loaded.facts().size.width, WIDTH);
            match loaded {
                Loaded::Known(number) => assert_eq!((number.0, index % 2), (index, 0)),
                Loaded::Decoded(_, _, miss) => assert_eq!((miss, index % 2), (Some(key(index)), 1)),
            }
            seen += 1;
        }
        assert_eq!(seen, COUNT);
    });
}
