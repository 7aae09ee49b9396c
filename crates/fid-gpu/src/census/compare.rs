//! Sentences about two sets that differ in what moves a distance, whatever the images show.

use super::facts::Census;
use super::sentences::{MOST, images, pair};
use crate::observer::Side;

/// The medians of two sets' sides, in the geometric mean of width and height, may differ by this factor.
/// Less is an ordinary crop.
const SIZES: f64 = 1.5;

/// The medians of width over height may differ by this factor: 4:3 against a square is beyond it.
const SHAPES: f64 = 1.25;

/// Generated images that equal a real one are named from this share on: a model draws none by chance.
const COPIES: f64 = 0.001;

/// What differs between the two sets, and what is wrong with either. A census is of the files: where a
/// side was `prepared`, their sizes and shapes are not those of the comparison.
pub(crate) fn differences(
    real: Option<&Census>,
    fake: Option<&Census>,
    prepared: bool,
) -> Vec<String> {
    let faults = |census: Option<&Census>, side| {
        census.into_iter().flat_map(move |census| census.faults(side)).collect::<Vec<_>>()
    };
    let mut sentences = faults(real, Side::Real);
    sentences.extend(faults(fake, Side::Fake));
    if let (Some(real), Some(fake)) = (real, fake) {
        let found = [
            copied(fake),
            lossy(real, fake),
            sizes(real, fake).filter(|_| !prepared),
            shapes(real, fake).filter(|_| !prepared),
            gray(real, fake),
            channels(real, fake),
        ];
        sentences.extend(found.into_iter().flatten());
    }
    sentences
}

fn copied(fake: &Census) -> Option<String> {
    let count = fake.equal_to_real.filter(|&count| fake.share(count) >= COPIES && count > 0)?;
    let first = pair(fake.first_equal_to_real.as_ref(), "is");
    let of = fake.count(count, Side::Fake);
    Some(format!(
        "{of} equal a real image in every pixel{first}: the value is lower than that of new images"
    ))
}

/// `3 of 4 real images … and 0 of 4 generated images`, if most of one side and not of the other.
fn most_of_one(real: (&Census, u64), fake: (&Census, u64), what: &str) -> Option<String> {
    let ((real, of_real), (fake, of_fake)) = (real, fake);
    let apart = (real.share(of_real) - fake.share(of_fake)).abs() >= MOST;
    let (a, b) = (real.count(of_real, Side::Real), fake.count(of_fake, Side::Fake));
    apart.then(|| format!("{a} {what}, and {b}"))
}

fn lossy(real: &Census, fake: &Census) -> Option<String> {
    let what = "are JPEG or lossy WebP";
    let counts = most_of_one((real, real.lossy), (fake, fake.lossy), what)?;
    Some(format!("{counts}: compression alone can double the value, so save both sides in one way"))
}

fn gray(real: &Census, fake: &Census) -> Option<String> {
    let counts = most_of_one((real, real.gray), (fake, fake.gray), "are gray")?;
    Some(format!("{counts}: colour alone sets the two sides apart"))
}

fn sizes(real: &Census, fake: &Census) -> Option<String> {
    let (a, b) = (real.median_size()?, fake.median_size()?);
    let area = |(width, height): (u64, u64)| width as f64 * height as f64;
    // A factor of the sides is its square of the areas.
    (factor(area(a), area(b)) >= SIZES * SIZES).then(|| {
        format!(
            "{}, in the median: each side is resized to the network's input in its own way, which moves \
             the value, so bring both to one size first",
            medians(a, b)
        )
    })
}

fn shapes(real: &Census, fake: &Census) -> Option<String> {
    let (a, b) = (real.median_size()?, fake.median_size()?);
    let shape = |(width, height): (u64, u64)| width as f64 / height as f64;
    (factor(shape(a), shape(b)) >= SHAPES).then(|| {
        format!(
            "{}, in the median: the network's input is square, so the two sides are squeezed differently; \
             crop both to one shape first",
            medians(a, b)
        )
    })
}

fn medians((a, b): (u64, u64), (c, d): (u64, u64)) -> String {
    format!("the {} are {a}x{b} and the {} {c}x{d}", images(Side::Real), images(Side::Fake))
}

/// The larger over the smaller.
fn factor(a: f64, b: f64) -> f64 {
    (a / b).max(b / a)
}

fn channels(real: &Census, fake: &Census) -> Option<String> {
    let images_of = [real.images, fake.images];
    if !real.colours.are_swapped(&fake.colours, images_of) {
        return None;
    }
    // In most photographs red is the strongest and blue the weakest, but not in pictures of the sky.
    let blue = real.colours.red_minus_blue() < fake.colours.red_minus_blue();
    let likely = images(if blue { Side::Real } else { Side::Fake });
    Some(format!(
        "red and blue look swapped on one side (BGR instead of RGB), more likely in the {likely}: with \
         them swapped back, the colours of the two sides are far closer"
    ))
}
