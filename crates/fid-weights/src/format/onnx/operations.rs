//! The operations of a graph that the network is made of, in all their notations.

use std::rc::Rc;

use super::linear::{Linear, Step};
use super::proto::{GraphProto, NodeProto};
use super::tensor::{DataFiles, FLOAT, is_float};
use super::value::Axis::{self, Height, One, Width};
use super::value::{Activation, Kind, Value, bounded};
use super::walk::Walk;
use crate::format::problem::FileProblem;
use crate::inception::BATCH_NORM_EPS;

/// The tolerance of an epsilon, which was rounded to `f32`.
const EPS_TOLERANCE: f64 = 1e-9;

/// Walks a whole graph.
pub(super) fn walk<'a>(
    graph: &'a GraphProto,
    files: &'a DataFiles,
) -> Result<Walk<'a>, FileProblem> {
    let mut walk = Walk::start(graph, files)?;
    for node in &graph.node {
        let value = walk.value_of(node);
        walk.define(node, value);
    }
    walk.finish(graph);
    Ok(walk)
}

impl<'a> Walk<'a> {
    /// The result of a node; `None` if the network has no such operation.
    fn value_of(&mut self, node: &'a NodeProto) -> Option<Value<'a>> {
        let operation = node.operation();
        match operation.as_str() {
            "Constant" => return self.constant_node(node).map(Value::Constant),
            "Identity" => return self.input(node, 0).cloned(),
            "Dropout" if self.keeps_all(node) => return self.input(node, 0).cloned(),
            "Cast" | "CastLike" => return self.cast(node),
            _ => {}
        }
        if (0..node.input.len())
            .all(|i| self.is_left_out(node, i) || self.constant(node, i).is_some())
        {
            return self.fold(node).map(Value::Constant);
        }
        let activation = match operation.as_str() {
            "Conv" | "com.microsoft:FusedConv" => self.conv(node),
            "BatchNormalization" => self.batch_norm(node),
            "Relu" => self.relu(&self.activation(node, 0)?.clone()),
            "Clip" => self.clip(node),
            "Max" => self.maximum(node),
            "MaxPool" => self.max_pool(node),
            "AveragePool" => self.average_pool(node),
            "GlobalAveragePool" => {
                self.activation(node, 0).filter(|x| x.is_channels_first())?;
                self.mean(node, true)
            }
            "ReduceMean" => self.reduce_mean(node),
            "Pad" => self.pad(node),
            "Concat" => self.concat(node),
            "Shape" => {
                let value = self.activation(node, 0).filter(|x| x.frame.is_none())?;
                let dims = value.axes.iter().map(|&axis| value.length(axis)).collect();
                return self.part_of_shape(node, dims).map(Value::Constant);
            }
            "Flatten" | "Reshape" => self.reshape(node),
            "Squeeze" => self.squeeze(node),
            "Unsqueeze" => self.unsqueeze(node),
            "Transpose" => self.transpose(node),
            "Gather" | "GatherND" => self.gather(node),
            "Slice" => self.slice(node),
            "Split" => self.split(node),
            "Gemm" => self.gemm(node),
            "MatMul" => self.mat_mul(node),
            "Add" | "Sub" | "Mul" | "Div" | "Sum" => self.elementwise(node),
            _ => None,
        };
        activation.map(Value::Activation)
    }

    /// Whether a `Dropout` is not in training mode.
    fn keeps_all(&self, node: &NodeProto) -> bool {
        let mode = || self.constant(node, 2)?.ints();
        self.is_left_out(node, 2) || mode().is_some_and(|mode| mode == [0])
    }

    /// A constant as another type; of activations the identity between floating-point types, and
    /// from the bytes of an image.
    fn cast(&mut self, node: &NodeProto) -> Option<Value<'a>> {
        let value = self.input(node, 0)?.clone();
        let to = match (&value, self.input(node, 1)) {
            _ if node.op_type == "Cast" => i32::try_from(node.int("to", 0)).ok()?,
            (_, Some(Value::Constant(like))) => like.data_type(),
            (Value::Constant(_), Some(Value::Activation(_))) => FLOAT,
            _ => return None,
        };
        match value {
            Value::Constant(constant) => self.retyped(constant, to).map(Value::Constant),
            Value::Activation(_) => is_float(to).then_some(value),
        }
    }

    /// A convolution, with the activation that onnxruntime fuses.
    fn conv(&mut self, node: &NodeProto) -> Option<Activation<'a>> {
        let (x, weight) = (self.activation(node, 0)?, self.constant(node, 1)?);
        let kernel = weight.dims.get(2..)?;
        let shape = node.ints("kernel_shape").unwrap_or(kernel);
        // A fourth input is a sum that onnxruntime fuses.
        if node.int("group", 1) != 1 || shape != kernel || !self.is_left_out(node, 3) {
            return None;
        }
        let frame = x.frame.map_or([0; 4], |frame| frame.pads);
        if !x.is_channels_first() || x.frame.is_some_and(|frame| frame.value != 0.0) {
            return None;
        }
        let window = node.window(kernel, x.size)?.widened(frame)?;
        let input = Activation { frame: None, ..x.clone() }.text()?;
        let channels = *weight.dims.first()?;
        let size = window.output(x.size);
        let (dims, axes) = (weight.dims.clone(), x.axes.clone());
        let mut linear = Linear::new(node.label(), input, weight, Some(window));
        if !self.is_left_out(node, 2) {
            let bias = self.constant(node, 2).filter(|bias| bias.dims == [channels])?;
            linear = linear.then(Step::Add(bias, 1.0))?;
        }
        if linear.input.starts_with("mean(") && dims.get(2..) == Some(&[1, 1]) {
            self.products.push(linear.clone());
        }
        let mut value = Activation::flow("", channels, size).with(Kind::Open(Rc::new(linear)));
        value.axes = axes;
        self.activate(node, value)
    }

    /// The activation of a fused convolution.
    fn activate(&mut self, node: &NodeProto, value: Activation<'a>) -> Option<Activation<'a>> {
        match node.text("activation") {
            None | Some(b"") => Some(value),
            Some(b"Relu") => self.relu(&value),
            Some(b"Clip") => match node.floats("activation_params") {
                Some(&[0.0, high]) if high >= f32::MAX => self.relu(&value),
                _ => None,
            },
            Some(_) => None,
        }
    }

    fn batch_norm(&mut self, node: &NodeProto) -> Option<Activation<'a>> {
        let x = self.activation(node, 0)?;
        let epsilon = f64::from(node.optional_float("epsilon").unwrap_or(1e-5));
        if (epsilon - BATCH_NORM_EPS).abs() > EPS_TOLERANCE || node.int("spatial", 1) != 1 {
            return None;
        }
        let at = |index| self.constant(node, index);
        let step = Step::Norm(Box::new([at(1)?, at(2)?, at(3)?, at(4)?]));
        let linear = x.open().filter(|_| x.is_channels_first())?.then(step)?;
        Some(x.with(Kind::Open(Rc::new(linear))))
    }

    /// A ReLU closes a convolution; a second one changes nothing.
    fn relu(&mut self, x: &Activation<'a>) -> Option<Activation<'a>> {
        if x.is_rectified() && x.frame.is_none() {
            return Some(x.clone());
        }
        let linear = x.open().filter(|linear| linear.window.is_some())?;
        self.convs.push(linear.as_ref().clone());
        let text = format!("#{}", self.convs.len() - 1);
        Some(x.with(Kind::Flow(text.into())))
    }

    /// A ReLU, if the limits are 0 and nothing or the largest number.
    fn clip(&mut self, node: &NodeProto) -> Option<Activation<'a>> {
        let x = self.activation(node, 0)?.clone();
        let low = self.number(node, "min", 1)?;
        let high = self.number(node, "max", 2)?.unwrap_or(f32::INFINITY);
        let largest = self.constant(node, 2).map_or(f32::MAX, |high| high.largest());
        if low == Some(0.0) && high >= largest { self.relu(&x) } else { None }
    }

    /// A ReLU, if it is the maximum with 0.
    fn maximum(&mut self, node: &NodeProto) -> Option<Activation<'a>> {
        let (x, constant) = self.with_constant(node)?;
        let zeros = self.numbers(&constant)?.iter().all(|&value| value == 0.0);
        if zeros && x.is_by_channel(&constant) { self.relu(&x) } else { None }
    }

    fn max_pool(&self, node: &NodeProto) -> Option<Activation<'a>> {
        let x = self.activation(node, 0)?;
        let frame = x.frame.map_or([0; 4], |frame| frame.pads);
        // Where nothing is negative, a frame of zeros never has the maximum.
        let value = x.frame.map_or(f32::NEG_INFINITY, |frame| frame.value);
        let inner = Activation { frame: None, ..x.clone() };
        let hidden = value == f32::NEG_INFINITY || (value <= 0.0 && inner.is_rectified());
        let kernel = node.ints("kernel_shape")?;
        let window = node.window(kernel, x.size)?.widened(frame)?;
        let (stride, padding) = window.square3()?;
        let ceil = node.int("ceil_mode", 0) != 0;
        if !x.is_channels_first() || !hidden || (ceil && !window.is_exact(x.size)) {
            return None;
        }
        let text = bounded(format!("max{stride},{padding}({})", inner.text()?))?;
        Some(Activation { size: window.output(x.size), ..inner.with(Kind::Flow(text.into())) })
    }

    fn average_pool(&mut self, node: &NodeProto) -> Option<Activation<'a>> {
        let x = self.activation(node, 0)?;
        let kernel = node.ints("kernel_shape")?;
        let window = node.window(kernel, x.size)?;
        if !x.is_channels_first() {
            return None;
        }
        if window.pads == [0; 4] && window.dilations == [1, 1] && window.kernel == x.size {
            return self.mean(node, true);
        }
        // At stride 1, rounding sizes up changes nothing.
        if node.int("count_include_pad", 0) != 0 || window.square3()? != (1, 1) {
            return None;
        }
        let text = bounded(format!("avg({})", x.text()?))?;
        Some(x.with(Kind::Flow(text.into())))
    }

    fn reduce_mean(&mut self, node: &NodeProto) -> Option<Activation<'a>> {
        let x = self.activation(node, 0)?;
        let axes =
            self.list(node, "axes", 1)?.iter().map(|&at| x.axis(at)).collect::<Option<Vec<_>>>()?;
        match axes[..] {
            [Height, Width] | [Width, Height] => self.mean(node, node.int("keepdims", 1) != 0),
            _ => None,
        }
    }

    /// The average over the image.
    fn mean(&mut self, node: &NodeProto, keep: bool) -> Option<Activation<'a>> {
        let x = self.activation(node, 0)?;
        let flow = x.text()?;
        let text = bounded(format!("mean({flow})"))?;
        let mut mean = Activation { size: [1, 1], ..x.with(Kind::Flow(text.into())) };
        let is_spatial = |axis: &Axis| matches!(axis, Height | Width);
        if keep {
            mean.axes.iter_mut().filter(|axis| is_spatial(axis)).for_each(|axis| *axis = One);
        } else {
            mean.axes.retain(|axis| !is_spatial(axis));
        }
        self.means.push((flow.to_string(), node.label()));
        Some(mean)
    }
}
