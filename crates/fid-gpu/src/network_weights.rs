//! The weights of an encoder.

use std::path::Path;

use fid_weights::vit::VitWeights;
use fid_weights::{Weights, WeightsIdentity, WeightsSource};

use crate::encoder::Encoder;
use crate::observer::Observer;
use crate::{Error, weights};

/// Weights ready for a device.
#[derive(Debug)]
#[cfg_attr(
    not(any(feature = "cpu", feature = "gpu")),
    allow(dead_code, reason = "no device is there to read them")
)]
pub(crate) enum NetworkWeights {
    Inception(Weights),
    Vit(Box<VitWeights>),
}

/// Weights with their origin.
pub(crate) struct LoadedWeights {
    pub(crate) weights: NetworkWeights,
    pub(crate) identity: WeightsIdentity,
}

impl LoadedWeights {
    /// Loads the weights of an encoder; packed files are kept in the folder `cache`.
    pub(crate) fn load(
        encoder: &Encoder,
        source: &WeightsSource,
        cache: Option<&Path>,
        observer: &dyn Observer,
    ) -> Result<Self, Error> {
        Ok(match encoder {
            Encoder::Vit(spec) => {
                let loaded = weights::load_vit(spec, source, cache, observer)?;
                Self {
                    weights: NetworkWeights::Vit(Box::new(loaded.weights)),
                    identity: loaded.identity,
                }
            }
            _ => {
                let loaded = weights::load(source, cache, observer)?;
                let weights = NetworkWeights::Inception(loaded.weights);
                Self { weights, identity: loaded.identity }
            }
        })
    }
}
