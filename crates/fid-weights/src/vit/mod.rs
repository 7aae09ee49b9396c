//! Vision transformers: their definition, their sizes and their weights.

mod assemble;
mod file;
mod load;
mod loaded;
mod names;
mod network;
mod packed;
mod part;
mod positions;
mod read;
mod recognise;
mod reference;
mod seeded;
mod spec;
mod weights;

pub use file::VitFile;
pub use load::load;
pub use loaded::LoadedVit;
pub use network::{LinearLayer, NormLayer, TokenGraph, vit};
pub use positions::positions;
pub use reference::reference;
pub use seeded::seeded;
pub use spec::{Activation, Mlp, VitFamily, VitSpec};
pub use weights::{Affine, Block, Linear, VitWeights};
