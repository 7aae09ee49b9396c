//! The classifier, which may follow pool3 in an ONNX graph.

use std::rc::Rc;

use super::linear::{Linear, Step};
use super::proto::NodeProto;
use super::value::{Activation, Axis, Kind};
use super::walk::Walk;
use crate::checkpoint::Classifier;
use crate::format::problem::FileProblem;
use crate::inception::LayerTable;

/// The product of pool3 with the classifier's weight, if the graph has one. Of several, the first
/// one with a bias is taken; without any bias, the bias is zero.
pub(super) fn classifier(walk: &Walk<'_>, pooled: &str) -> Result<Option<Classifier>, FileProblem> {
    let features = format!("mean({pooled})");
    let found = || walk.products.iter().filter(|product| *product.input == *features);
    let Some(product) = found().find(|product| product.has_bias()).or_else(|| found().next())
    else {
        return Ok(None);
    };
    let mut shape = LayerTable::get().fc_shape().to_vec();
    if product.window.is_some() {
        // A convolution of one pixel.
        shape.extend([1, 1]);
    }
    let (weight, bias) = product.fold(&shape, "fc")?;
    Ok(Some(Classifier { weight: weight.into(), bias: bias.into() }))
}

impl<'a> Walk<'a> {
    /// A product with a constant matrix, plus a constant.
    pub(super) fn gemm(&mut self, node: &NodeProto) -> Option<Activation<'a>> {
        let product = self.product(node, node.int("transB", 0) != 0)?;
        if node.int("transA", 0) != 0 {
            return None;
        }
        let mut linear = product.open()?.as_ref().clone();
        let factor = |name| f64::from(node.optional_float(name).unwrap_or(1.0));
        if factor("alpha") != 1.0 {
            linear = linear.then(Step::Factor(factor("alpha")))?;
        }
        if !self.is_left_out(node, 2) {
            let bias = self.constant(node, 2).filter(|bias| product.is_by_channel(bias))?;
            linear = linear.then(Step::Add(bias, factor("beta")))?;
        }
        self.products.push(linear.clone());
        Some(product.with(Kind::Open(Rc::new(linear))))
    }

    /// A product with a constant matrix.
    pub(super) fn mat_mul(&mut self, node: &NodeProto) -> Option<Activation<'a>> {
        let product = self.product(node, false)?;
        self.products.push(product.open()?.as_ref().clone());
        Some(product)
    }

    /// A product of rows of channels with a constant matrix, which may have its outputs first.
    fn product(&self, node: &NodeProto, outputs_first: bool) -> Option<Activation<'a>> {
        let (x, matrix) = (self.activation(node, 0)?, self.constant(node, 1)?);
        if x.axes.last() != Some(&Axis::Channels) {
            return None;
        }
        let weight = match matrix.dims.len() {
            2 if outputs_first => matrix,
            2 => matrix.transposed(&[1, 0])?,
            _ => return None,
        };
        let channels = *weight.dims.first()?;
        let linear = Linear::new(node.label(), x.text()?, weight, None);
        let kind = Kind::Open(Rc::new(linear));
        Some(Activation { channels, ..x.with(kind) })
    }
}
