//! 3×3 pools.

use fid_weights::inception::Window;
use pulp::{Simd, WithSimd};

use super::layout::{Layout, Output};
use super::tile::{larger, relu};
use crate::isa::Isa;

/// Writes the maximum over the part of each window inside the image.
pub fn max(
    isa: Isa,
    window: Window,
    (x, layout): (&[f32], Layout),
    images: usize,
    output: &mut Output<'_>,
) {
    isa.run(Pool { window, x, layout, images, output, mean: None });
}

/// Writes the mean over the part of each window inside the image, at stride 1, then bias and ReLU.
///
/// The network averages before a 1×1 convolution. Both are linear, so here the convolution runs
/// first ([`super::Finish::Nothing`]) and its fewer channels are averaged.
pub fn average(
    isa: Isa,
    window: Window,
    (x, layout): (&[f32], Layout),
    images: usize,
    bias: &[f32],
    output: &mut Output<'_>,
) {
    isa.run(Pool { window, x, layout, images, output, mean: Some(bias) });
}

struct Pool<'a, 'b> {
    window: Window,
    x: &'a [f32],
    layout: Layout,
    images: usize,
    output: &'a mut Output<'b>,
    /// The bias of a mean; `None` for a maximum.
    mean: Option<&'a [f32]>,
}

impl WithSimd for Pool<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { window, x, layout, images, output, mean } = self;
        let [height, width] = window.output([layout.height, layout.width]);
        let inside = |axis: usize, at: usize, size: usize| {
            let start = at * window.stride;
            let end = (start + window.size[axis] - window.padding[axis]).min(size);
            start.saturating_sub(window.padding[axis])..end
        };
        for image in 0..images {
            for y in 0..height {
                let rows = inside(0, y, layout.height);
                for left in 0..width {
                    let columns = inside(1, left, layout.width);
                    let place = output.at(image, y, left);
                    let out = &mut output.values[place..][..layout.channels];
                    let (out, _) = S::as_mut_simd_f32s(out);
                    let mut first = true;
                    for row in rows.clone() {
                        for column in columns.clone() {
                            let at = layout.at(image, row, column);
                            let (pixel, _) = S::as_simd_f32s(&x[at..][..layout.channels]);
                            for (out, &value) in out.iter_mut().zip(pixel) {
                                *out = match (first, mean) {
                                    (true, _) => value,
                                    (false, Some(_)) => simd.add_f32s(*out, value),
                                    (false, None) => larger(simd, *out, value),
                                };
                            }
                            first = false;
                        }
                    }
                    if let Some(bias) = mean {
                        let count = simd.splat_f32s((rows.len() * columns.len()) as f32);
                        let (bias, _) = S::as_simd_f32s(bias);
                        for (out, &bias) in out.iter_mut().zip(bias) {
                            *out = relu(simd, simd.add_f32s(simd.div_f32s(*out, count), bias));
                        }
                    }
                }
            }
        }
    }
}
