//! Preprocessing packed images on the GPU: resize to a square, gray to RGB, u8 to scaled f32.
//! [`fid_core::reference_preprocess`] is the definition; [`fid_core::preprocess`] has the packed
//! layout and the same passes on the CPU.

use burn::tensor::DType;
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use fid_core::FIXED_POINT;
use fid_core::preprocess::{Finish, IMAGE_WORDS, Passes, Plan};

use super::{WORKGROUP, empty_like};

use self::layout::{FinishLaunch, LineLaunch};

mod bytes;
mod layout;
mod one_pass;
mod two_pass;

/// Fraction bits of weights and sums in fixed point.
const FRACTION_BITS: u32 = FIXED_POINT.ilog2();

/// Runs a plan over a packed batch and returns `[n,3,side,side]` f32.
pub(crate) fn launch(
    pixels: CubeTensor,
    images: CubeTensor,
    taps: CubeTensor,
    weights: CubeTensor,
    plan: Plan,
) -> CubeTensor {
    let [pixels, images, taps, weights] = [pixels, images, taps, weights].map(into_contiguous);
    let count = images.meta.shape()[0];
    let out = empty_like(&pixels, [count, 3, plan.side, plan.side], DType::F32);
    let client = pixels.client.clone();
    let dim = CubeDim::new_1d(WORKGROUP);
    let cubes = |of: &CubeTensor| {
        cubecl::calculate_cube_count_elemwise(&client, of.meta.shape().num_elements(), dim)
    };
    let finish = || finish_args(plan.finish);
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
            finish(),
            plan.side,
            IMAGE_WORDS,
        ),
        Passes::Two => {
            let columns = empty_like(&pixels, [plan.side, plan.lines], DType::F32);
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
                finish(),
                plan.side,
                IMAGE_WORDS,
            );
        }
        Passes::TwoOfBytes => {
            let lines = empty_like(&pixels, [plan.lines, plan.side], DType::F32);
            bytes::along::launch(
                &client,
                cubes(&lines),
                dim,
                pixels.into_tensor_arg(),
                images.clone().into_tensor_arg(),
                taps.clone().into_tensor_arg(),
                weights.clone().into_tensor_arg(),
                lines.clone().into_tensor_arg(),
                plan.order,
                plan.side,
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
                finish(),
                plan.order,
                plan.side,
                IMAGE_WORDS,
                FRACTION_BITS,
            );
        }
    }
    out
}

/// A finish as a kernel's argument.
fn finish_args(finish: Finish) -> FinishLaunch {
    let Finish { low, high, factor, offset } = finish;
    let [red, green, blue] = [0, 1, 2].map(|k| LineLaunch::new(factor[k], offset[k]));
    FinishLaunch::new(low, high, red, green, blue)
}
