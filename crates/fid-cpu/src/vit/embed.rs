//! From images to tokens.

use fid_weights::vit::VitWeights;

use crate::kernels::tokens::{LANES, Tokens};

/// What each token of an image starts from, `[tokens,width]`: the class token or the patch bias, plus
/// the token's position.
pub(super) fn start(weights: &VitWeights, positions: &[f32]) -> Vec<f32> {
    let mut start = positions.to_vec();
    let add = |to: &mut [f32], values: &[f32]| {
        to.iter_mut().zip(values).for_each(|(to, value)| *to += value);
    };
    for (token, to) in start.chunks_exact_mut(weights.spec.width).enumerate() {
        add(to, if token == 0 { &weights.class_token } else { &weights.patch.bias });
    }
    start
}

/// Copies `start`, `[tokens,width]`, for each image.
pub(super) fn repeat(start: &[f32], to: &mut Tokens) {
    let width = to.channels();
    let rows = start.chunks_exact(width).cycle();
    for (token, row) in (0..to.panels() * LANES).zip(rows) {
        let place = to.place(token);
        let values = to.values_mut()[place..].iter_mut().step_by(LANES);
        values.zip(row).for_each(|(to, &value)| *to = value);
    }
}

/// Writes the patches of images, `[n,3,side,side]`: the channels of a token are channel, row and
/// column of its patch. The patch of a class token is zero, and so is what lies outside the image.
pub(super) fn patches(images: &[f32], side: usize, patch: usize, to: &mut Tokens) {
    to.values_mut().fill(0.0);
    let grid = side.div_ceil(patch);
    for (image, values) in images.chunks_exact(3 * side * side).enumerate() {
        for (line, pixels) in values.chunks_exact(side).enumerate() {
            let (channel, y) = (line / side, line % side);
            for (x, pixels) in pixels.chunks(patch).enumerate() {
                let token = image * (1 + grid * grid) + 1 + y / patch * grid + x;
                let place = to.place(token) + (channel * patch + y % patch) * patch * LANES;
                let values = to.values_mut()[place..].iter_mut().step_by(LANES);
                values.zip(pixels).for_each(|(to, &pixel)| *to = pixel);
            }
        }
    }
}
