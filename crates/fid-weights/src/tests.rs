//! Weights from every source.

mod files;
mod tensors;

use std::sync::OnceLock;

use crate::checkpoint::{Checkpoint, Classifier, ConvParams, Norm, Weights};
use crate::error::WeightsError;
use crate::identity::WeightsFormat;
use crate::inception::LayerTable;
use crate::load::load;
use crate::source::WeightsSource;

/// A checkpoint of made-up values, small enough to multiply and with no two tensors alike.
pub(super) fn sample() -> &'static Checkpoint {
    static SAMPLE: OnceLock<Checkpoint> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let mut state = 1_u32;
        let mut values = |count: usize, low: f32, high: f32| -> Vec<f32> {
            let mut value = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                low + (high - low) * (state >> 8) as f32 / 16_777_216.0
            };
            (0..count).map(|_| value()).collect()
        };
        let table = LayerTable::get();
        let convs = table.convs().iter().map(|layer| {
            let filters = layer.conv.out_channels;
            let weight = values(layer.weight_shape().iter().product(), -0.1, 0.1);
            let norm = Norm::Batch {
                gamma: values(filters, 0.5, 1.5),
                beta: values(filters, -0.1, 0.1),
                mean: values(filters, -0.1, 0.1),
                var: values(filters, 0.5, 2.0),
            };
            ConvParams { weight, norm }
        });
        let convs = convs.collect();
        let weight = values(table.fc_shape().iter().product(), -0.1, 0.1);
        Checkpoint {
            convs,
            classifier: Some(Classifier {
                weight: weight.into(),
                bias: values(1008, -0.1, 0.1).into(),
            }),
        }
    })
}

/// The sample, folded.
pub(super) fn folded() -> &'static Weights {
    static FOLDED: OnceLock<Weights> = OnceLock::new();
    FOLDED.get_or_init(|| sample().clone().fold())
}

/// The folded sample as a checkpoint of folded layers.
pub(super) fn folded_sample() -> Checkpoint {
    let convs = folded().convs.iter().map(|conv| ConvParams {
        weight: conv.weight.to_vec(),
        norm: Norm::Folded { bias: conv.bias.to_vec() },
    });
    Checkpoint { convs: convs.collect(), classifier: folded().classifier.clone() }
}

pub(super) fn same_bits(a: &Weights, b: &Weights) -> bool {
    let same =
        |a: &[f32], b: &[f32]| a.iter().map(|v| v.to_bits()).eq(b.iter().map(|v| v.to_bits()));
    a.convs.len() == b.convs.len()
        && a.convs
            .iter()
            .zip(&b.convs)
            .all(|(a, b)| same(&a.weight, &b.weight) && same(&a.bias, &b.bias))
        && match (&a.classifier, &b.classifier) {
            (Some(a), Some(b)) => same(&a.weight, &b.weight) && same(&a.bias, &b.bias),
            (a, b) => a.is_none() && b.is_none(),
        }
}

#[test]
fn sources_are_parsed() {
    let parse = |text: &str| text.parse::<WeightsSource>();
    assert_eq!(parse("seeded").unwrap(), WeightsSource::Seeded(0));
    assert_eq!(parse("seeded:18446744073709551615").unwrap(), WeightsSource::Seeded(u64::MAX));
    assert_eq!(parse("./seeded:x").unwrap(), WeightsSource::File("./seeded:x".into()));
    assert_eq!(parse("Seeded").unwrap(), WeightsSource::File("Seeded".into()));
    for text in ["seeded:", "seeded:x", "seeded:-1", "seeded:18446744073709551616"] {
        assert!(matches!(parse(text), Err(WeightsError::Seed { text: t }) if t == text));
    }
    assert_eq!(parse("seeded:7").unwrap().to_string(), "seeded:7");
}

#[test]
fn seeded_weights_have_an_identity() {
    let loaded = load(&WeightsSource::Seeded(3)).unwrap();
    assert_eq!(loaded.identity.name, "seeded:3");
    assert_eq!(loaded.identity.format, WeightsFormat::Seeded);
    assert_eq!(loaded.identity.sha256.len(), 64);
}
