//! The normal form of an ONNX graph: what its values are, in the terms of the network.

use std::rc::Rc;

use super::constant::Constant;
use super::dims::{UNKNOWN, axis};
use super::linear::Linear;
use super::scaling::Image;

/// The longest text of a flow. The network's stay below 100 characters; those of a hostile graph
/// can double with every node.
const LONGEST: usize = 1000;

/// A value of the graph.
#[derive(Debug, Clone)]
pub(super) enum Value<'a> {
    Constant(Constant<'a>),
    Activation(Activation<'a>),
}

/// A value that depends on the image.
#[derive(Debug, Clone)]
pub(super) struct Activation<'a> {
    pub kind: Kind<'a>,
    /// Its dimensions in the graph's order, which transpositions change.
    pub axes: Vec<Axis>,
    /// Number of channels, or [`UNKNOWN`].
    pub channels: i64,
    /// Height and width, or [`UNKNOWN`].
    pub size: [i64; 2],
    /// A frame that the next operation must take as its padding.
    pub frame: Option<Frame>,
}

/// A dimension of an activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Images,
    Channels,
    Height,
    Width,
    /// A dimension of length 1 without a meaning.
    One,
}

/// Values around an image.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Pixels at the top, left, bottom and right.
    pub pads: [i64; 4],
    pub value: f32,
}

/// What an activation is.
#[derive(Debug, Clone)]
pub(super) enum Kind<'a> {
    /// The image, scaled or not.
    Image(Image),
    /// A convolution or product before its ReLU.
    Open(Rc<Linear<'a>>),
    /// A computed value in the notation of [`crate::LayerTable`]; a convolution becomes `#n` at its
    /// ReLU. An operation that the network does not have is `Operation["node"](inputs)`, which fits
    /// nowhere and explains itself.
    Flow(Rc<str>),
}

impl<'a> Activation<'a> {
    /// A computed value in ONNX's usual order of dimensions.
    pub(super) fn flow(text: &str, channels: i64, size: [i64; 2]) -> Self {
        use Axis::{Channels, Height, Images, Width};
        let (kind, axes) = (Kind::Flow(text.into()), vec![Images, Channels, Height, Width]);
        Self { kind, axes, channels, size, frame: None }
    }

    /// The same activation as another kind.
    pub(super) fn with(&self, kind: Kind<'a>) -> Self {
        Self { kind, ..self.clone() }
    }

    /// The text of a value that may enter a layer.
    pub(super) fn text(&self) -> Option<Rc<str>> {
        match &self.kind {
            _ if self.frame.is_some() => None,
            Kind::Image(image) => Some(image.text().into()),
            Kind::Flow(text) => Some(text.clone()),
            Kind::Open(_) => None,
        }
    }

    /// The image, without a frame.
    pub(super) fn image(&self) -> Option<&Image> {
        match &self.kind {
            Kind::Image(image) if self.frame.is_none() => Some(image),
            _ => None,
        }
    }

    /// A convolution or product before its ReLU, without a frame.
    pub(super) fn open(&self) -> Option<&Rc<Linear<'a>>> {
        match &self.kind {
            Kind::Open(linear) if self.frame.is_none() => Some(linear),
            _ => None,
        }
    }

    /// Whether it is computed by the network's operations from a convolution with ReLU, so that it
    /// is nowhere negative.
    pub(super) fn is_rectified(&self) -> bool {
        // Texts of other operations hold quotes, and that of the image an x.
        matches!(&self.kind, Kind::Flow(text) if !text.replace("max", "").contains(['x', '"']))
    }

    /// Whether the dimensions have ONNX's order, which windows need.
    pub(super) fn is_channels_first(&self) -> bool {
        use Axis::{Channels, Height, Images, One, Width};
        matches!(self.axes[..], [Images | One, Channels, Height | One, Width | One])
    }

    /// The length of a dimension.
    pub(super) fn length(&self, axis: Axis) -> i64 {
        match axis {
            Axis::Images => UNKNOWN,
            Axis::Channels => self.channels,
            Axis::Height => self.size[0],
            Axis::Width => self.size[1],
            Axis::One => 1,
        }
    }

    /// The meaning of a dimension.
    pub(super) fn axis(&self, at: i64) -> Option<Axis> {
        Some(self.axes[axis(at, self.axes.len())?])
    }

    /// Whether a constant has one value for everything, or one for each channel.
    pub(super) fn is_by_channel(&self, constant: &Constant<'_>) -> bool {
        let mut own = self.axes.iter().rev();
        constant.dims.iter().rev().all(|&length| {
            let axis = own.next();
            length == 1 || (axis == Some(&Axis::Channels) && length == self.channels)
        }) && constant.dims.len() <= self.axes.len()
    }
}

/// The text, unless it is too long for any layer of the network.
pub(super) fn bounded(text: String) -> Option<String> {
    (text.len() <= LONGEST).then_some(text)
}

/// Texts with commas between them, unless they are too long for any layer of the network.
pub(super) fn join<T: AsRef<str>>(parts: impl IntoIterator<Item = T>) -> Option<String> {
    let mut joined = String::new();
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            joined.push(',');
        }
        joined.push_str(part.as_ref());
        if joined.len() > LONGEST {
            return None;
        }
    }
    Some(joined)
}
