//! Preprocessing packed images on the GPU: resize to 299×299, gray to RGB, u8 to scaled f32.
//! [`fid_core::reference_preprocess`] is the definition; [`fid_core::preprocess`] has the packed
//! layout and the same passes on the CPU.

use burn::tensor::DType;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use fid_core::preprocess::{Finish, IMAGE_WORDS, Passes, Plan};
use fid_core::{FIXED_POINT, NETWORK_SIZE as SIZE};

use super::{WORKGROUP, empty_like};

mod bytes;
mod layout;
mod one_pass;
mod two_pass;

/// Fraction bits of weights and sums in fixed point.
const FRACTION_BITS: u32 = FIXED_POINT.ilog2();

/// Runs a plan over a packed batch and returns `[n,3,299,299]` f32.
pub(crate) fn launch(
    pixels: CubeTensor,
    images: CubeTensor,
    taps: CubeTensor,
    weights: CubeTensor,
    plan: Plan,
) -> CubeTensor {
    let [pixels, images, taps, weights] = [pixels, images, taps, weights].map(into_contiguous);
    let count = images.meta.shape()[0];
    let out = empty_like(&pixels, [count, 3, SIZE, SIZE], DType::F32);
    let client = pixels.client.clone();
    let dim = CubeDim::new_1d(WORKGROUP);
    let cubes = |of: &CubeTensor| {
        cubecl::calculate_cube_count_elemwise(&client, of.meta.shape().num_elements(), dim)
    };
    let Finish { low, high, factor, offset } = plan.finish;
    match plan.passes {
        Passes::One => one_pass::preprocess::launch(
            &client,
            cubes(&out),
            dim,
            pixels.into_tensor_arg(),
            images.into_tensor_arg(),
            taps.into_tensor_arg(),
            weights.into_tensor_arg(),
            out.clone().into_tensor_arg(),
            low,
            high,
            factor,
            offset,
            SIZE,
            IMAGE_WORDS,
        ),
        Passes::Two => {
            let columns = empty_like(&pixels, [SIZE, plan.lines], DType::F32);
            two_pass::vertical::launch(
                &client,
                cubes(&columns),
                dim,
                pixels.into_tensor_arg(),
                images.clone().into_tensor_arg(),
                taps.clone().into_tensor_arg(),
                weights.clone().into_tensor_arg(),
                columns.clone().into_tensor_arg(),
                IMAGE_WORDS,
            );
            two_pass::horizontal::launch(
                &client,
                cubes(&out),
                dim,
                columns.into_tensor_arg(),
                images.into_tensor_arg(),
                taps.into_tensor_arg(),
                weights.into_tensor_arg(),
                out.clone().into_tensor_arg(),
                low,
                high,
                factor,
                offset,
                SIZE,
                IMAGE_WORDS,
            );
        }
        Passes::TwoOfBytes => {
            let lines = empty_like(&pixels, [plan.lines, SIZE], DType::F32);
            bytes::along::launch(
                &client,
                cubes(&lines),
                dim,
                pixels.into_tensor_arg(),
                images.clone().into_tensor_arg(),
                taps.clone().into_tensor_arg(),
                weights.clone().into_tensor_arg(),
                lines.clone().into_tensor_arg(),
                SIZE,
                IMAGE_WORDS,
                FRACTION_BITS,
            );
            bytes::across::launch(
                &client,
                cubes(&out),
                dim,
                lines.into_tensor_arg(),
                images.into_tensor_arg(),
                taps.into_tensor_arg(),
                weights.into_tensor_arg(),
                out.clone().into_tensor_arg(),
                factor,
                offset,
                SIZE,
                IMAGE_WORDS,
                FRACTION_BITS,
            );
        }
    }
    out
}
