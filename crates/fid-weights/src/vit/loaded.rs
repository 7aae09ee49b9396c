//! Weights of a vision transformer with their identity.

use super::weights::VitWeights;
use crate::identity::WeightsIdentity;

/// Weights of a vision transformer, and their identity.
#[derive(Debug, Clone)]
pub struct LoadedVit {
    /// The weights, checked and folded.
    pub weights: VitWeights,
    /// Their name, hash and format. The hash of seeded weights is of all tensors as little-endian
    /// `f32` before LayerScale is folded, in the order of [`VitWeights`].
    pub identity: WeightsIdentity,
}
