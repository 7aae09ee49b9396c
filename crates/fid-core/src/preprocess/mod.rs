//! From decoded images to the network's input, on the host.
//!
//! - [`Preset`]: the published recipes; `resample`: their tables of positions and weights;
//!   [`reference_preprocess`]: their plain, slow definition in f64.
//! - [`PackedBatch`]: images of any sizes in one upload; [`BatchBytes`]: the memory they take.
//! - `one_pass`: every output value from its rectangle of pixels; for the 2×2 of the bilinear
//!   modes.
//! - `two_pass`: columns first, then rows; for filters that grow with the image.
//! - `bytes`: two passes in integers, in Pillow's order; for the filters that round to bytes.
//! - [`Preparation`]: a resize and a crop of the decoded image, before any preset.
//!
//! GPU engines run kernels of the same names over the same tables.

mod batch;
mod batch_bytes;
mod bytes;
mod one_pass;
mod packed;
mod plan;
mod planes;
mod preparation;
mod preset;
mod reference;
mod resample;
mod steps;
mod tables;
mod two_pass;

pub use batch::PackedBatch;
pub use batch_bytes::BatchBytes;
pub use packed::IMAGE_WORDS;
pub use plan::{Finish, Passes, Plan};
pub use preparation::{Area, PillowFilter, Preparation, PreparationError, ResizeTo};
pub use preset::Preset;
pub use reference::reference_preprocess;
pub use resample::AxisTable;
pub use steps::{
    Centre, FIXED_POINT, Fit, NETWORK_SIZE, Normalisation, Overshoot, PixelScaling, Positions,
    ResizeMode, Rounding,
};
pub use tables::PresetTables;
