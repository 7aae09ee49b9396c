//! Mean and covariance of a set's pixels, and whether two sets differ in the order of channels.

use fid_core::{FeatureStats, frechet_distance};
use serde::{Deserialize, Serialize};

/// Swapping channels must bring the colours this many times closer. Two draws of the same photographs
/// come 10 times closer from about 25 images on; a set in somewhat colder light does not come near that.
const CLOSER: f64 = 8.0;

/// The means of red minus blue must be this many standard errors apart. The error takes each image for
/// one draw of a pixel, which is more than it is.
const STANDARD_ERRORS: f64 = 3.5;

/// Or swapping must bring them so many times closer: then the images are the same ones.
const SAME: f64 = 100.0;

/// The colours of the same images must be at least this far apart, in squared gray levels.
const LEAST: f64 = 1.0;

/// Colours of a set: a sample of at most 4096 pixels of each image, on a regular grid.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Colours {
    /// Pixels in the sample.
    pub pixels: u64,
    /// Sums of red, green and blue over them.
    pub sums: [u64; 3],
    /// Sums of red², green², blue², red·green, red·blue, green·blue over them.
    pub products: [u64; 6],
    /// Means of red, green and blue, 0 to 255.
    pub mean: [f64; 3],
    /// Their covariances, divisor `pixels`.
    pub covariance: [[f64; 3]; 3],
}

impl Colours {
    /// From the sums.
    pub(super) fn of(pixels: u64, sums: [u64; 3], products: [u64; 6]) -> Self {
        let count = pixels.max(1) as f64;
        let mean = sums.map(|sum| sum as f64 / count);
        let [rr, gg, bb, rg, rb, gb] = products;
        let by_channels = [[rr, rg, rb], [rg, gg, gb], [rb, gb, bb]];
        let covariance = |i: usize, j: usize| {
            // Exact up to the difference; no number of 64 bits, which a file may claim, overflows.
            let of_products = u128::from(pixels) * u128::from(by_channels[i][j]);
            let of_sums = u128::from(sums[i]) * u128::from(sums[j]);
            let size = of_products.abs_diff(of_sums) as f64 / (count * count);
            if of_products < of_sums { -size } else { size }
        };
        let covariance = [0, 1, 2].map(|i| [0, 1, 2].map(|j| covariance(i, j)));
        Self { pixels, sums, products, mean, covariance }
    }

    /// The colours of both sets together.
    pub(super) fn merged(&self, other: &Self) -> Self {
        let (mut sums, mut products) = (self.sums, self.products);
        add(&mut sums, other.sums);
        add(&mut products, other.products);
        Self::of(self.pixels.saturating_add(other.pixels), sums, products)
    }

    /// Mean of red minus blue.
    pub(super) fn red_minus_blue(&self) -> f64 {
        self.mean[0] - self.mean[2]
    }

    fn variance_of_red_minus_blue(&self) -> f64 {
        let covariance = &self.covariance;
        covariance[0][0] + covariance[2][2] - 2.0 * covariance[0][2]
    }

    /// Mean and covariance of red minus green and blue minus green, which brightness does not move;
    /// of blue minus green and red minus green if `swapped`. `None` for impossible numbers.
    fn tints(&self, swapped: bool) -> Option<FeatureStats> {
        let (first, second) = if swapped { (2, 0) } else { (0, 2) };
        let (mean, covariance) = (&self.mean, &self.covariance);
        let tint = |i: usize, j: usize| {
            covariance[i][j] - covariance[i][1] - covariance[1][j] + covariance[1][1]
        };
        let mu = vec![mean[first] - mean[1], mean[second] - mean[1]];
        let across = tint(first, second);
        let sigma = vec![tint(first, first), across, across, tint(second, second)];
        FeatureStats::from_mu_sigma(mu, sigma, Some(self.pixels)).ok()
    }

    /// Whether the colours of the other set, of the given numbers of images, are far closer to these
    /// with red and blue swapped. Ordinary sets differ in ways that a swap does not mend.
    pub(super) fn are_swapped(&self, other: &Self, images: [u64; 2]) -> bool {
        let distances = || {
            let ours = self.tints(false)?;
            let distance = |swapped| {
                let distance = frechet_distance(&ours, &other.tints(swapped)?).ok()?;
                Some(distance.display_value())
            };
            Some((distance(false)?, distance(true)?))
        };
        let Some((stored, swapped)) = distances() else { return false };
        let squared_error = [self, other].into_iter().zip(images).map(|(colours, images)| {
            colours.variance_of_red_minus_blue().max(0.0) / images.max(1) as f64
        });
        let error = squared_error.sum::<f64>().sqrt();
        let apart = (self.red_minus_blue() - other.red_minus_blue()).abs();
        let clear = apart > STANDARD_ERRORS * error && CLOSER * swapped < stored;
        stored > LEAST && (clear || SAME * swapped < stored)
    }
}

/// Adds each value to its sum.
pub(super) fn add<const N: usize>(sums: &mut [u64; N], values: [impl Into<u64>; N]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum = sum.saturating_add(value.into());
    }
}
