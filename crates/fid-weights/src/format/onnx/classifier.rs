//! The classifier, which may follow pool3 in an ONNX graph.

use super::proto::NodeProto;
use super::tensor::floats;
use super::value::{GraphValue, Product};
use super::walk::Walk;
use crate::checkpoint::Classifier;
use crate::format::problem::FileProblem;
use crate::inception::LayerTable;
use fid_core::{FEATURE_DIM, NUM_CLASSES};

/// The product of pool3 with the classifier's weight, if the graph has one. Of several, the one
/// with a bias is taken; without any bias, the bias is zero.
pub(super) fn classifier(walk: &Walk<'_>, pooled: &str) -> Result<Option<Classifier>, FileProblem> {
    let features = format!("mean({pooled})");
    let found = walk.products.iter().filter(|product| product.input == features);
    let Some(product) = found.max_by_key(|product| product.bias.is_some()) else {
        return Ok(None);
    };
    let Product { weight, bias, outputs_first, .. } = product;
    let role = "weight of fc";
    let weight = if *outputs_first {
        floats(weight, &LayerTable::get().fc_shape(), role)?
    } else {
        let stored = floats(weight, &[FEATURE_DIM, NUM_CLASSES], role)?;
        let at = |class| stored.iter().skip(class).step_by(NUM_CLASSES).copied();
        (0..NUM_CLASSES).flat_map(at).collect()
    };
    let bias = match bias {
        None => vec![0.0; NUM_CLASSES],
        // A single row is broadcast over the batch.
        Some(bias) if bias.dims.len() == 2 => floats(bias, &[1, NUM_CLASSES], "bias of fc")?,
        Some(bias) => floats(bias, &[NUM_CLASSES], "bias of fc")?,
    };
    Ok(Some(Classifier { weight: weight.into(), bias: bias.into() }))
}

impl<'a> Walk<'a> {
    /// A transposed constant matrix.
    pub(super) fn transpose(&self, node: &NodeProto) -> Option<GraphValue<'a>> {
        let swaps = matches!(node.ints("perm"), None | Some([1, 0]));
        match self.input(node, 0)? {
            GraphValue::Constant(tensor, transposed) if swaps && tensor.dims.len() == 2 => {
                Some(GraphValue::Constant(tensor, !transposed))
            }
            _ => None,
        }
    }

    /// A product with a constant matrix, plus a constant.
    pub(super) fn gemm(&mut self, node: &NodeProto) -> Option<GraphValue<'a>> {
        let plain = node.float("alpha", 1.0) == 1.0
            && node.float("beta", 1.0) == 1.0
            && node.int("transA", 0) == 0;
        let bias = match node.input.get(2).map(String::as_str) {
            None | Some("") => None,
            Some(_) => Some(self.constant(node, 2)?),
        };
        let GraphValue::Constant(weight, transposed) = *self.input(node, 1)? else { return None };
        let input = plain.then(|| self.flow(node, 0))??.into();
        let outputs_first = transposed != (node.int("transB", 0) != 0);
        self.products.push(Product { input, weight, outputs_first, bias });
        Some(GraphValue::Product(self.products.len() - 1))
    }

    /// A product with a constant matrix.
    pub(super) fn mat_mul(&mut self, node: &NodeProto) -> Option<GraphValue<'a>> {
        let GraphValue::Constant(weight, outputs_first) = *self.input(node, 1)? else {
            return None;
        };
        let input = self.flow(node, 0)?.into();
        self.products.push(Product { input, weight, outputs_first, bias: None });
        Some(GraphValue::Product(self.products.len() - 1))
    }

    /// Adds the classifier's bias to its product.
    pub(super) fn add(&mut self, node: &NodeProto) -> Option<GraphValue<'a>> {
        let (index, bias) = match (self.input(node, 0)?, self.input(node, 1)?) {
            (&GraphValue::Product(index), &GraphValue::Constant(bias, false))
            | (&GraphValue::Constant(bias, false), &GraphValue::Product(index)) => (index, bias),
            _ => return None,
        };
        let product = self.products.get(index).filter(|product| product.bias.is_none())?.clone();
        // A new product, because the one without a bias may be an output too.
        self.products.push(Product { bias: Some(bias), ..product });
        Some(GraphValue::Product(self.products.len() - 1))
    }
}
