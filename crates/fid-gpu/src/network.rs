//! The weights of a run's encoder.

use std::path::Path;

use fid_weights::vit::VitWeights;
use fid_weights::{Weights, WeightsFormat, WeightsIdentity, WeightsSource};

use crate::encoder::Encoder;
use crate::observer::Observer;
use crate::report::WeightsReport;
use crate::{Error, weights};

/// Weights ready for a device.
#[derive(Debug)]
pub(crate) enum NetworkWeights {
    Inception(Weights),
    Vit(VitWeights),
}

/// Weights with their origin.
pub(crate) struct LoadedNetwork {
    pub(crate) weights: NetworkWeights,
    pub(crate) identity: WeightsIdentity,
}

impl LoadedNetwork {
    /// Loads the weights of an encoder; packed files are kept in the folder `cache`.
    pub(crate) fn load(
        encoder: &Encoder,
        source: &WeightsSource,
        cache: Option<&Path>,
        observer: &dyn Observer,
    ) -> Result<Self, Error> {
        Ok(match encoder {
            Encoder::Inception => {
                let loaded = weights::load(source, cache, observer)?;
                let weights = NetworkWeights::Inception(loaded.weights);
                Self { weights, identity: loaded.identity }
            }
            Encoder::Vit(spec) => {
                let loaded = weights::load_vit(spec, source, cache, observer)?;
                Self { weights: NetworkWeights::Vit(loaded.weights), identity: loaded.identity }
            }
        })
    }

    /// What reports say of the weights.
    pub(crate) fn report(&self) -> WeightsReport {
        WeightsReport {
            random: self.identity.format == WeightsFormat::Seeded,
            name: self.identity.name.clone(),
            sha256: self.identity.sha256.clone(),
        }
    }
}
