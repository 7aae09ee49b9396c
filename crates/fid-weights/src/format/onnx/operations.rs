//! The walk over an ONNX graph, and the operations up to pool3.

use super::proto::{GraphProto, NodeProto};
use super::tensor::{ints, is_zero};
use super::value::{BatchNorm, GraphValue, OnnxConv, bounded, join};
use super::walk::Walk;
use crate::format::problem::FileProblem;
use crate::inception::BATCH_NORM_EPS;

/// The tolerance of an epsilon, which was rounded to `f32`.
const EPS_TOLERANCE: f64 = 1e-9;

/// Walks a whole graph.
pub(super) fn walk(graph: &GraphProto) -> Result<Walk<'_>, FileProblem> {
    let mut walk = Walk::start(graph)?;
    for node in &graph.node {
        let value = walk.value_of(node);
        walk.define(node, value);
    }
    walk.finish(graph);
    Ok(walk)
}

impl<'a> Walk<'a> {
    /// The result of a node; `None` if the network has no such operation.
    fn value_of(&mut self, node: &'a NodeProto) -> Option<GraphValue<'a>> {
        match node.operation().as_str() {
            "Constant" => Some(GraphValue::Constant(node.tensor("value")?, false)),
            "Identity" => self.input(node, 0).cloned(),
            "Dropout" => self.dropout(node),
            "Conv" => self.conv(node),
            "BatchNormalization" => self.batch_norm(node),
            "Relu" => self.relu(node),
            "MaxPool" => self.max_pool(node),
            "AveragePool" => self.average_pool(node),
            "GlobalAveragePool" => self.mean(node),
            "ReduceMean" => self.reduce_mean(node),
            "Concat" => self.concat(node),
            "Flatten" | "Reshape" | "Squeeze" => self.flatten(node),
            "Transpose" => self.transpose(node),
            "Gemm" => self.gemm(node),
            "MatMul" => self.mat_mul(node),
            "Add" => self.add(node),
            _ => None,
        }
    }

    /// The identity, unless the graph is for training.
    fn dropout(&self, node: &NodeProto) -> Option<GraphValue<'a>> {
        let off = match node.input.get(2).map(String::as_str) {
            None | Some("") => true,
            Some(_) => self.constant(node, 2).is_some_and(is_zero),
        };
        if off { self.input(node, 0).cloned() } else { None }
    }

    fn conv(&self, node: &'a NodeProto) -> Option<GraphValue<'a>> {
        let weight = self.constant(node, 1)?;
        let bias = match node.input.get(2).map(String::as_str) {
            None | Some("") => None,
            Some(_) => Some(self.constant(node, 2)?),
        };
        if node.int("group", 1) != 1 {
            return None;
        }
        let kernel = weight.dims.get(2..)?;
        if node.ints("kernel_shape").is_some_and(|shape| shape != kernel) {
            return None;
        }
        let window = node.window(kernel)?;
        let input = self.flow(node, 0)?.into();
        Some(GraphValue::Open(Box::new(OnnxConv { node, input, weight, bias, window, norm: None })))
    }

    fn batch_norm(&self, node: &NodeProto) -> Option<GraphValue<'a>> {
        let GraphValue::Open(conv) = self.input(node, 0)? else { return None };
        let epsilon = f64::from(node.float("epsilon", 1e-5));
        let plain = (epsilon - BATCH_NORM_EPS).abs() <= EPS_TOLERANCE
            && node.int("training_mode", 0) == 0
            && node.int("spatial", 1) == 1;
        if !plain || conv.norm.is_some() {
            return None;
        }
        let at = |index| self.constant(node, index);
        let norm = BatchNorm { parameters: [at(1)?, at(2)?, at(3)?, at(4)?] };
        let mut conv = conv.clone();
        conv.norm = Some(norm);
        Some(GraphValue::Open(conv))
    }

    fn relu(&mut self, node: &NodeProto) -> Option<GraphValue<'a>> {
        let conv = match self.input(node, 0)? {
            GraphValue::Open(conv) => conv.as_ref().clone(),
            // A second ReLU changes nothing.
            GraphValue::Flow(flow) if flow.starts_with('#') => {
                return Some(GraphValue::Flow(flow.clone()));
            }
            _ => return None,
        };
        self.convs.push(conv);
        Some(GraphValue::Flow(format!("#{}", self.convs.len() - 1)))
    }

    fn max_pool(&self, node: &NodeProto) -> Option<GraphValue<'a>> {
        let (stride, padding) = node.window(node.ints("kernel_shape")?)?.square3()?;
        let flow = self.flow(node, 0)?;
        let plain = node.int("ceil_mode", 0) == 0;
        let text = plain.then(|| format!("max{stride},{padding}({flow})"))?;
        bounded(text).map(GraphValue::Flow)
    }

    fn average_pool(&mut self, node: &NodeProto) -> Option<GraphValue<'a>> {
        let window = node.window(node.ints("kernel_shape")?)?;
        // The last image is 8×8, so this is the average over the whole image.
        if window.kernel == [8, 8] && window.pads == [0; 4] && window.dilations == [1, 1] {
            return self.mean(node);
        }
        let plain = node.int("ceil_mode", 0) == 0 && node.int("count_include_pad", 0) == 0;
        if !plain || window.square3()? != (1, 1) {
            return None;
        }
        bounded(format!("avg({})", self.flow(node, 0)?)).map(GraphValue::Flow)
    }

    fn reduce_mean(&mut self, node: &NodeProto) -> Option<GraphValue<'a>> {
        let axes = match node.ints("axes") {
            Some(axes) => axes.to_vec(),
            None => ints(self.constant(node, 1)?)?,
        };
        let mut axes: Vec<_> =
            axes.iter().map(|&axis| if axis < 0 { axis.saturating_add(4) } else { axis }).collect();
        axes.sort_unstable();
        if axes == [2, 3] { self.mean(node) } else { None }
    }

    /// The average over the image.
    fn mean(&mut self, node: &NodeProto) -> Option<GraphValue<'a>> {
        let flow = self.flow(node, 0)?.to_owned();
        let text = bounded(format!("mean({flow})"))?;
        self.means.push((flow, node.label()));
        Some(GraphValue::Flow(text))
    }

    fn concat(&self, node: &NodeProto) -> Option<GraphValue<'a>> {
        if !matches!(node.int("axis", 0), 1 | -3) {
            return None;
        }
        let parts: Option<Vec<_>> = (0..node.input.len()).map(|i| self.flow(node, i)).collect();
        bounded(format!("cat({})", join(parts?)?)).map(GraphValue::Flow)
    }

    /// Drops the two dimensions of length 1 that an average over the image leaves.
    fn flatten(&self, node: &NodeProto) -> Option<GraphValue<'a>> {
        let flow = self.flow(node, 0)?;
        flow.starts_with("mean(").then(|| GraphValue::Flow(flow.into()))
    }
}
