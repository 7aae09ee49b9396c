use fid_core::{Image8, ImageSize};
use fid_images::decode::{Conversions, Format, ImageFacts};

use super::facts::{Census, Extent};
use super::repeats::Repeats;
use super::{Contents, Tally, differences};
use crate::observer::Side;

/// A number that looks random, the same for the same arguments.
fn noise(seed: usize, at: usize) -> u8 {
    let mixed = (seed * 1_000_003 + at).wrapping_mul(0x9E37_79B9_7F4A_7C15_usize);
    (mixed >> 56) as u8
}

fn facts(width: usize, height: usize, pixel: impl Fn(usize) -> [u8; 3]) -> ImageFacts {
    let pixels = (0..width * height).flat_map(pixel).collect();
    let image = Image8::new(height, width, 3, pixels).unwrap();
    ImageFacts { format: Some(Format::Png), ..ImageFacts::of(&image) }
}

/// Noise of a size that depends on the seed.
fn varied(seed: usize) -> ImageFacts {
    let facts = facts(3 + seed % 5, 4 + seed % 3, |at| [0, 1, 2].map(|c| noise(seed, 3 * at + c)));
    let format = [Format::Png, Format::Jpeg, Format::Png][seed % 3];
    let conversions = Conversions::from_bits(u8::from(seed.is_multiple_of(4))).unwrap();
    ImageFacts { format: Some(format), lossy: format == Format::Jpeg, conversions, ..facts }
}

fn tally(images: impl IntoIterator<Item = ImageFacts>) -> Tally {
    let mut tally = Tally::default();
    images.into_iter().for_each(|facts| tally.add(&facts));
    tally
}

fn census(images: impl IntoIterator<Item = ImageFacts>) -> Census {
    tally(images).census(|index| format!("{index}.png")).unwrap()
}

/// The sentences about two sets.
fn sentences(real: &Census, fake: &Census) -> Vec<String> {
    differences(Some(real), Some(fake), false)
}

#[test]
fn a_census_counts_what_is_there() {
    let got = census((0..12).map(varied));
    let counts: Vec<_> = got.formats.iter().map(|it| (it.format.as_str(), it.images)).collect();
    assert_eq!(counts, [("PNG", 8), ("JPEG", 4)]);
    assert_eq!((got.images, got.lossy, got.alpha, got.gray), (12, 4, 3, 0));
    // Widths 3 to 7 (3 and 4 occur three times); heights 4 to 6 four times each.
    assert_eq!(got.width, Extent { min: 3, median: Some(4), max: 7 });
    assert_eq!(got.height, Extent { min: 4, median: Some(5), max: 6 });
    assert_eq!((got.distinct_sizes, got.sizes.len()), (Some(12), 12));
    assert_eq!((got.repeats, got.least_copies, got.first_repeat), (0, 1, None));
    let colours = census([facts(1, 2, |at| [[0, 10, 30], [4, 20, 10]][at])]).colours;
    assert_eq!((colours.pixels, colours.mean), (2, [2.0, 15.0, 20.0]));
    assert_eq!(
        colours.covariance,
        [[4.0, 10.0, -20.0], [10.0, 25.0, -50.0], [-20.0, -50.0, 100.0]]
    );
    let array = ImageFacts { format: None, ..varied(1) };
    assert_eq!(census([array]).formats[0].format, "array");
    assert_eq!(Tally::default().census(|_| String::new()), None);
}

#[test]
fn neither_order_nor_parts_change_a_census() {
    let images: Vec<_> = (0..40).map(|seed| varied(seed % 31)).collect();
    let whole = tally(images.clone());
    let expected = whole.census(|_| String::new()).unwrap();
    let orders = [images.iter().rev().copied().collect::<Vec<_>>(), {
        (0..40).map(|at| images[at * 7 % 40]).collect()
    }];
    for order in orders {
        let got = tally(order).census(|_| String::new()).unwrap();
        assert_eq!(got, expected);
    }
    for cut in [0, 1, 20, 40] {
        let mut parts = tally(images[..cut].to_vec());
        parts.merge(&tally(images[cut..].to_vec()));
        assert_eq!(parts, whole, "cut at {cut}");
    }
    let json = serde_json::to_string(&whole).unwrap();
    assert_eq!(serde_json::from_str::<Tally>(&json).unwrap(), whole);
}

#[test]
fn files_merge_to_the_census_of_all_images_but_for_repeats_between_them() {
    let images: Vec<_> = (0..30).map(|seed| varied(seed % 15)).collect();
    let whole = census(images.clone()).without_names();
    assert_eq!((whole.repeats, whole.least_copies), (15, 2));
    let part = |range: std::ops::Range<usize>| census(images[range].to_vec()).without_names();
    let parts = [part(0..4), part(4..15), part(15..30)];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let [a, b, c] = order.map(|at| parts[at].clone());
        let mut merged = a.merged(&b).merged(&c);
        merged.shorten();
        assert_eq!(Census { repeats: 15, least_copies: 2, ..merged.clone() }, whole);
        assert_eq!((merged.repeats, merged.least_copies), (0, 1), "copies are in other files");
    }
    // Too many sizes to list: what is not known is not said.
    let many =
        |from: usize| census((from..from + 20).map(|side| facts(side, 9, |at| [at as u8; 3])));
    let (a, b) = (many(10), many(30));
    assert!(a.sizes.is_empty() && a.width.median == Some(19) && a.distinct_sizes == Some(20));
    let merged = a.merged(&b);
    assert_eq!(merged.width, Extent { min: 10, median: None, max: 49 });
    assert_eq!(merged.height, Extent { min: 9, median: Some(9), max: 9 });
    assert_eq!((merged.distinct_sizes, merged.images), (None, 40));
}

#[test]
fn impossible_numbers_of_a_file_are_harmless() {
    let json = |number: u64| {
        let census = census((0..3).map(varied));
        let text = serde_json::to_string(&census).unwrap();
        let digits = |text: &str| text.chars().next().is_some_and(|c| c.is_ascii_digit());
        // Every whole number becomes this one.
        let mut parts = text.split_inclusive([':', ',', '[', '{', ']', '}']).map(|part| {
            let end = part.len() - 1;
            let whole = digits(part) && part[..end].parse::<u64>().is_ok();
            if whole { format!("{number}{}", &part[end..]) } else { part.to_owned() }
        });
        serde_json::from_str::<Census>(&parts.by_ref().collect::<String>()).unwrap()
    };
    for (a, b) in [(0, 0), (0, u64::MAX), (u64::MAX, u64::MAX), (1, u64::MAX)] {
        let (a, b) = (json(a), json(b));
        let merged = a.clone().merged(&b).merged(&a);
        for census in [&a, &b, &merged] {
            let _ = (sentences(census, &a), sentences(&b, census), census.lines());
        }
    }
}

#[test]
fn repeats_are_counted_and_the_first_is_named() {
    let repeats = |hashes: &[u64]| {
        let Repeats { count, least_copies, first } = Repeats::of(hashes);
        (count, least_copies, first)
    };
    assert_eq!(repeats(&[]), (0, 0, None));
    assert_eq!(repeats(&[5, 3, 9]), (0, 1, None));
    assert_eq!(repeats(&[5, 3, 3, 5, 3]), (3, 2, Some([1, 2])));
    assert_eq!(repeats(&[7, 1, 2, 7, 2, 1]), (3, 2, Some([0, 3])));
    let contents = |hashes: &[u64]| Contents { hashes: hashes.to_vec(), places: Vec::new() };
    let equal = |fake: &[u64], real: &[u64]| contents(fake).equal_to(&contents(real));
    assert_eq!(equal(&[1, 2, 3], &[4, 5]), (0, None));
    assert_eq!(equal(&[1, 2, 2, 9], &[9, 4, 2, 2]), (3, Some([1, 2])));
    assert_eq!(equal(&[], &[1]), (0, None));
}

#[test]
fn copies_are_told_from_one_in_a_hundred_on() {
    let plain = census((0..100).map(varied));
    assert_eq!(sentences(&plain, &plain), [""; 0]);
    let one_in = |n: usize| census((0..n - 1).map(varied).chain([varied(0)]));
    assert_eq!(sentences(&plain, &one_in(101)), [""; 0]);
    let told = sentences(&plain, &one_in(100));
    assert_eq!(
        told,
        [
            "1 of 100 generated images equal an earlier one in every pixel (0.png and 99.png): copies \
          move the value"
        ]
    );
    let twice = census((0..60).map(|at| varied(at / 2)));
    let told = sentences(&twice, &plain);
    let expected =
        "all 60 real images occur 2 times (0.png and 1.png): they count as the 30 that differ";
    assert_eq!(told, [expected]);
    let uneven = census((0..61).map(|at| varied(at % 30)));
    assert!(sentences(&plain, &uneven)[0].contains("occur at least 2 times"));
    let alone = twice.faults(Side::Input).collect::<Vec<_>>();
    assert!(alone[0].starts_with("all 60 images occur 2 times"), "{alone:?}");
}

#[test]
fn generated_images_that_are_real_ones_are_told() {
    let plain = census((0..1000).map(varied));
    let with = |equal: u64| Census { equal_to_real: Some(equal), ..plain.clone() };
    assert_eq!(sentences(&plain, &with(0)), [""; 0]);
    let told = sentences(&plain, &with(1));
    assert!(told[0].starts_with("1 of 1000 generated images equal a real image"), "{told:?}");
    let few = Census { images: 1001, ..with(1) };
    assert_eq!(sentences(&plain, &few), [""; 0]);
}

#[test]
fn blank_images_are_told() {
    let plain = census((0..99).map(varied));
    let with = |image: ImageFacts, plain: usize| {
        let images = (0..plain).map(varied).chain([image]);
        sentences(&census((0..99).map(varied)), &census(images))
    };
    let told = with(facts(9, 9, |_| [7, 8, 9]), 99);
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("1 of 100 generated images are of a single colour"), "{told:?}");
    assert_eq!(with(facts(9, 9, |_| [7, 8, 9]), 100), [""; 0]);
    // Values in [0, 1] as bytes: mostly black, with a few ones.
    let dark = |seed: usize| facts(9, 9, move |at| [0, 1, 2].map(|c| noise(seed, 3 * at + c) >> 7));
    let told = sentences(&plain, &census((0..50).map(dark)));
    let dark_told = told.iter().filter(|told| told.contains("values in [0, 1]")).count();
    assert_eq!(dark_told, 1, "{told:?}");
    assert!(!told.iter().any(|told| told.contains("single colour")), "{told:?}");
}

#[test]
fn what_most_of_one_side_has_and_not_of_the_other_is_told() {
    let of = |lossy: usize, gray: bool| {
        census((0..40).map(|seed| {
            let tint = if gray { 0 } else { 1 };
            let image =
                facts(8, 8, |at| [0, 9 * tint, 5 * tint].map(|add| noise(seed, at) / 2 + add));
            ImageFacts { lossy: seed < lossy, ..image }
        }))
    };
    assert_eq!(sentences(&of(19, false), &of(0, false)), [""; 0]);
    let told = sentences(&of(0, false), &of(20, false));
    let expected = "0 of 40 real images are JPEG or lossy WebP, and 20 of 40 generated images: \
                    compression alone can double the value, so save both sides in one way";
    assert_eq!(told, [expected]);
    assert_eq!(sentences(&of(40, false), &of(30, false)), [""; 0]);
    let told = sentences(&of(0, true), &of(0, false));
    let expected = "40 of 40 real images are gray, and 0 of 40 generated images: colour alone sets the \
                    two sides apart";
    assert_eq!(told, [expected]);
}

#[test]
fn sizes_and_shapes_are_compared_by_their_medians() {
    let of = |width: usize, height: usize| {
        let size = ImageSize { width, height, channels: 3 };
        census((0..9).map(|seed| ImageFacts { size, ..facts(8, 8, |at| [noise(seed, at); 3]) }))
    };
    let told = |a: (usize, usize), b: (usize, usize)| {
        let told = sentences(&of(a.0, a.1), &of(b.0, b.1));
        [
            told.iter().any(|it| it.contains("resized")),
            told.iter().any(|it| it.contains("squeezed")),
        ]
    };
    assert_eq!(told((256, 256), (256, 256)), [false, false]);
    assert_eq!(told((512, 512), (344, 344)), [false, false]);
    assert_eq!(told((512, 512), (340, 340)), [true, false]);
    assert_eq!(told((32, 32), (512, 512)), [true, false]);
    assert_eq!(told((640, 480), (554, 554)), [false, true]);
    assert_eq!(told((640, 480), (480, 480)), [false, true]);
    assert_eq!(told((256, 256), (256, 210)), [false, false]);
    let sentence = &sentences(&of(32, 32), &of(512, 512))[0];
    assert!(sentence.starts_with("the real images are 32x32 and the generated images 512x512"));
}

/// Images of a mean colour and of patches around it, as photographs have: brightness varies most,
/// then red against blue.
fn photos(seed: usize, count: usize, mean: [i32; 3], swapped: bool) -> Census {
    census((0..count).map(|image| {
        let draw = |at: usize, spread: i32| {
            let sum: i32 = (0..4).map(|k| i32::from(noise(seed * 999 + image, at * 4 + k))).sum();
            (sum - 510) * spread / 148
        };
        let (light, warm) = (draw(1, 40), draw(2, 12));
        facts(16, 16, |at| {
            let (light, warm) = (light + draw(10 + at / 4, 40), warm + draw(500 + at / 8, 8));
            let [r, g, b] = [mean[0] + light + warm, mean[1] + light, mean[2] + light - warm]
                .map(|value| value.clamp(0, 255) as u8);
            if swapped { [b, g, r] } else { [r, g, b] }
        })
    }))
}

#[test]
fn swapped_channels_are_recognised_and_nothing_else_is() {
    let told = |a: &Census, b: &Census| {
        sentences(a, b).into_iter().find(|sentence| sentence.contains("BGR"))
    };
    let warm = [124, 117, 104];
    for count in [60, 400] {
        let (real, fake) = (photos(1, count, warm, false), photos(2, count, warm, true));
        let sentence = told(&real, &fake).unwrap();
        assert!(sentence.contains("likely in the generated images:"), "{sentence}");
        assert!(told(&fake, &real).unwrap().contains("likely in the real images:"));
    }
    // Another generator, whose colours are somewhat off as well.
    let (real, fake) = (photos(1, 400, warm, false), photos(3, 400, [128, 112, 98], true));
    assert!(told(&real, &fake).is_some());
    // The same images, few as they are.
    let (real, fake) = (photos(1, 12, warm, false), photos(1, 12, warm, true));
    assert!(told(&real, &fake).is_some());
    for (seed, count, mean) in [
        (2, 60, warm),
        (3, 400, warm),
        (4, 400, [120, 118, 119]),
        // In colder light, with more blue than red.
        (5, 400, [114, 117, 120]),
        (6, 400, [200, 100, 60]),
        (7, 400, [60, 55, 50]),
        (8, 8, warm),
        (9, 2, warm),
    ] {
        let real = photos(1, count, warm, false);
        assert_eq!(told(&real, &photos(seed, count, mean, false)), None, "{mean:?}");
    }
    // Nothing to swap.
    let gray = census((0..9).map(|seed| facts(8, 8, |at| [noise(seed, at); 3])));
    assert_eq!(told(&gray, &gray), None);
    assert_eq!(told(&gray, &photos(1, 60, warm, true)), None);
    let noise = |seed: usize| census((0..9).map(|at| varied(seed + at)));
    for seed in 0..50 {
        assert_eq!(told(&noise(seed), &noise(seed + 100)), None, "{seed}");
    }
}

#[test]
fn lines_are_two_and_name_only_what_is_there() {
    let [first, second] =
        census([facts(2, 3, |_| [9, 8, 7]), facts(2, 3, |at| [at as u8, 8, 7])]).lines();
    assert_eq!(first, "2 images: 2 PNG; 2x3 pixels");
    assert_eq!(second, "1 of a single colour, mean colour 5.8, 8.0, 7.0");
    let [first, second] = census((0..12).chain([0]).map(varied)).lines();
    let expected =
        "13 images: 9 PNG, 4 JPEG; 3 to 7 pixels wide, 4 to 6 high, medians 4x5, 12 sizes";
    assert_eq!(first, expected);
    assert!(
        second.starts_with("4 transparent, 1 equal to an earlier one, mean colour"),
        "{second}"
    );
}
