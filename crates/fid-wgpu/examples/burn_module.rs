//! Use in another Burn program: loads the network and computes features of a tensor of images.
//!
//!     cargo run --release -p fid-wgpu --example burn_module

use burn::prelude::*;
use fid_core::{Precision, Tap};
use fid_weights::{WeightsSource, load};
use fid_wgpu::{GpuDevice, InceptionV3};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = GpuDevice::open(None, None)?;
    let weights = load(&WeightsSource::Seeded(0))?.weights;
    let network = InceptionV3::new(&weights, &device, Precision::F32);
    println!("{} parameters on {device}", network.num_params());

    // RGB in [-1, 1], the range of the preset pytorch-fid.
    let images = Tensor::<4>::zeros([2, 3, 299, 299], device.burn());
    let features = network.forward(images, &[Tap::Pool3, Tap::Logits])?;
    for features in features {
        println!("{:?}, mean {}", features.dims(), features.mean().into_scalar::<f32>());
    }
    Ok(())
}
