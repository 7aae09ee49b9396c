//! 3×3 pools.

use fid_weights::inception::Window;
use pulp::{Simd, WithSimd};

use super::layout::{Layout, Output};
use super::tile::{larger, read, relu, write};
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
                    let mut pixels = [0; 9];
                    let mut count = 0;
                    for row in rows.clone() {
                        for column in columns.clone() {
                            pixels[count] = layout.at(image, row, column);
                            count += 1;
                        }
                    }
                    let scale = simd.splat_f32s(count as f32);
                    for c in (0..layout.channels).step_by(S::F32_LANES) {
                        let mut result = read::<S>(x, pixels[0] + c);
                        for pixel in &pixels[1..count] {
                            let value = read::<S>(x, pixel + c);
                            result = match mean {
                                Some(_) => simd.add_f32s(result, value),
                                None => larger(simd, result, value),
                            };
                        }
                        if let Some(bias) = mean {
                            let mean = simd.div_f32s(result, scale);
                            result = relu(simd, simd.add_f32s(mean, read::<S>(bias, c)));
                        }
                        write::<S>(&mut output.values[place..], c, result);
                    }
                }
            }
        }
    }
}
