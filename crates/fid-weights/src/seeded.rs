//! Weights drawn by a rule, for tests and benchmarks: no download, the same bits on every platform.
//!
//! The repository's `scripts/fixtures/seeded_weights.py` implements the same rule in Python. With
//! `u(name)[i]` the top 24 bits of element `i` of a SplitMix64 stream, as a number in [-1, 1):
//!
//! ```text
//! filters, classifier rows: (u − mean of u over the filter) · gain · √(3 / fan_in)
//! gamma, var = 1 + u/4;  beta, fc.bias = u/2;  mean = u/8
//! ```
//!
//! Filters sum to zero because the mean of a ReLU is positive: filters that pass it on give, after
//! forty layers, nearly the same features for every image. Around a layer of this kind the
//! variance `q` goes to `a·q + var(beta)` with `a = 0.34·gain²`; just under 1, differences between
//! images neither die out nor blow up. The first layer keeps its mean (a flat image must not be
//! invisible) and is quiet, so that brightness does not drown the rest.
//!
//! A FID under these weights says nothing about images. It only compares programs.

use crate::checkpoint::{Checkpoint, Classifier, ConvParams, Norm};
use crate::inception::LayerTable;
use crate::stream::{Rule, Stream};

const GAIN: f64 = 1.7;
const FIRST_GAIN: f64 = 0.5;
const CLASSIFIER_GAIN: f64 = 4.0;

/// Draws the checkpoint of a seed, with batch normalisation and a classifier.
///
/// Every weight is integer arithmetic, then a few single `f64` operations, then one rounding to
/// `f32`. All of these are exactly defined, so the bits do not depend on the platform.
///
/// ```
/// let weights = fid_weights::seeded::checkpoint(0).fold();
/// assert_eq!(weights.convs[0].weight.len(), 32 * 3 * 3 * 3);
/// assert_eq!(weights.convs[0].weight, fid_weights::seeded::checkpoint(0).fold().convs[0].weight);
/// ```
pub fn checkpoint(seed: u64) -> Checkpoint {
    let table = LayerTable::get();
    let convs = table.convs().iter().enumerate().map(|(index, layer)| {
        let [filters, ..] = layer.weight_shape();
        let conv = format!("{}.conv.weight", layer.name);
        let vector = |what: &str, of_u: fn(f64) -> f64| {
            Stream::new(&format!("{}.bn.{what}", layer.name), seed).vector(filters, of_u)
        };
        let rule = match index {
            0 => Rule { gain: FIRST_GAIN, keep_mean: true },
            _ => Rule { gain: GAIN, keep_mean: false },
        };
        ConvParams {
            weight: Stream::new(&conv, seed).filters(filters, layer.fan_in(), rule),
            norm: Norm::Batch {
                gamma: vector("weight", |u| 1.0 + u / 4.0),
                beta: vector("bias", |u| u / 2.0),
                mean: vector("running_mean", |u| u / 8.0),
                var: vector("running_var", |u| 1.0 + u / 4.0),
            },
        }
    });
    let [classes, features] = table.fc_shape();
    let rule = Rule { gain: CLASSIFIER_GAIN, keep_mean: false };
    Checkpoint {
        convs: convs.collect(),
        classifier: Some(Classifier {
            weight: Stream::new("fc.weight", seed).filters(classes, features, rule).into(),
            bias: Stream::new("fc.bias", seed).vector(classes, |u| u / 2.0).into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// SHA-256 of all tensors, little-endian, in the order of the published checkpoint.
    fn sha256(checkpoint: &Checkpoint) -> String {
        let mut digest = Sha256::new();
        let mut update = |values: &[f32]| {
            for value in values {
                digest.update(value.to_le_bytes());
            }
        };
        for conv in &checkpoint.convs {
            update(&conv.weight);
            match &conv.norm {
                Norm::Batch { gamma, beta, mean, var } => {
                    [gamma, beta, mean, var].into_iter().for_each(|values| update(values));
                }
                Norm::Folded { .. } => panic!("seeded weights have batch normalisation"),
            }
        }
        let classifier = checkpoint.classifier.as_ref().unwrap();
        update(&classifier.weight);
        update(&classifier.bias);
        digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// `scripts/fixtures/seeded_weights.py --seed SEED --sha256` prints the hashes; it shares
    /// no code with this file.
    #[test]
    fn bits_are_those_of_the_python_script() {
        let golden = [
            (0, "d865a87b645d8198834577cf69a26110cc147f7a30e51c43e550f4d1c19c9c55"),
            (7, "25e0615368b882d54236f3c724ced7f66056f637dadff05b9c66c6a637ad657c"),
        ];
        for (seed, expected) in golden {
            assert_eq!(sha256(&checkpoint(seed)), expected, "seed {seed}");
        }
    }

    #[test]
    fn filters_sum_to_zero_after_the_first_layer() {
        let checkpoint = checkpoint(3);
        let layers = LayerTable::get().convs();
        for (index, (params, layer)) in checkpoint.convs.iter().zip(layers).enumerate() {
            let filter = &params.weight[..layer.fan_in()];
            let sum: f64 = filter.iter().map(|w| f64::from(*w)).sum();
            let size: f64 = filter.iter().map(|w| f64::from(w.abs())).sum();
            assert_eq!(sum.abs() < 1e-6 * size, index != 0, "{}: {sum}", layer.name);
        }
    }
}
