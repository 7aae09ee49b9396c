//! Weights out of the content of a file.

use half::{bf16, f16};
use rayon::prelude::*;

use super::names::Naming;
use super::network::LinearLayer;
use super::part::Part;
use super::recognise::naming;
use super::spec::VitSpec;
use super::weights::VitWeights;
use crate::format::{AnyEntries, Entry, FileProblem, entries, finite, fits, quoted};
use crate::identity::WeightsFormat;

/// Reads, checks and folds the weights of a network out of a PyTorch or safetensors file.
///
/// Values of 16 bits become the `f32` of the same value.
pub(super) fn read(
    spec: &'static VitSpec,
    content: &[u8],
    format: WeightsFormat,
) -> Result<VitWeights, FileProblem> {
    if !matches!(format, WeightsFormat::Pytorch | WeightsFormat::Safetensors) {
        return Err(FileProblem::Graph { network: spec.name });
    }
    let entries = entries(content, format)?;
    let naming = naming(spec, &entries)?;
    if let Some((name, entry)) = naming.zero.and_then(|name| entries.get_key_value(name)) {
        // timm writes the bias that CLIP's projection does not have.
        if spec.output.is_some() && entry.bytes()?.iter().any(|&byte| byte != 0) {
            let (missing, unexpected) = (Vec::new(), vec![name.clone()]);
            return Err(FileProblem::Names { network: spec.name, missing, unexpected });
        }
    }
    let take = |part| tensor(spec, part, naming, &entries).map(Into::into);
    let weights = VitWeights::assemble(spec, true, take)?;
    for block in 0..spec.depth {
        for layer in [LinearLayer::AttentionOut(block), LinearLayer::MlpOut(block)] {
            let linear = weights.linear(layer);
            if !linear.weight.par_iter().chain(&linear.bias[..]).all(|value| value.is_finite()) {
                let layer = quoted(&naming.names(spec, Part::Weight(layer)).concat());
                return Err(FileProblem::FoldOverflow { layer });
            }
        }
    }
    Ok(weights)
}

/// The values of a tensor, row major.
fn tensor(
    spec: &VitSpec,
    part: Part,
    naming: &Naming,
    entries: &AnyEntries<'_>,
) -> Result<Vec<f32>, FileProblem> {
    let mut values = Vec::new();
    for name in naming.names(spec, part) {
        // `naming` found every name.
        let Some(entry) = entries.get(&name) else { continue };
        let share = widened(&quoted(&name), &**entry, &naming.shape(spec, part))?;
        if values.is_empty() {
            values = share;
        } else {
            values.extend(share);
        }
    }
    if naming.is_transposed(part) {
        let [rows, _] = part.shape(spec);
        let transposed = |row| values.iter().skip(row).step_by(rows).copied();
        values = (0..rows).flat_map(transposed).collect::<Vec<_>>();
    }
    Ok(values)
}

/// The values of an entry as `f32`. `tensor` names it in errors.
fn widened(tensor: &str, entry: &dyn Entry, shape: &[usize]) -> Result<Vec<f32>, FileProblem> {
    let bytes = entry.bytes()?;
    let values: Vec<f32> = match entry.dtype().as_str() {
        "F32" => converted(&bytes, f32::from_le_bytes),
        "F16" => converted(&bytes, |bytes| f16::from_le_bytes(bytes).to_f32()),
        "BF16" => converted(&bytes, |bytes| bf16::from_le_bytes(bytes).to_f32()),
        found => {
            let found = found.to_owned();
            return Err(FileProblem::DType { tensor: tensor.into(), found });
        }
    };
    fits(tensor, values.len(), shape)?;
    finite(tensor, &values)?;
    Ok(values)
}

/// Values of `N` bytes each. Odd bytes at the end count as one more value.
fn converted<const N: usize>(bytes: &[u8], of: fn([u8; N]) -> f32) -> Vec<f32> {
    let (words, rest) = bytes.as_chunks::<N>();
    let mut values: Vec<_> = words.par_iter().map(|word| of(*word)).collect();
    values.extend((!rest.is_empty()).then_some(f32::NAN));
    values
}
