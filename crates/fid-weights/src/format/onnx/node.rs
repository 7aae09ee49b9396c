//! Attributes of ONNX nodes, with ONNX's defaults.

use super::dims::UNKNOWN;
use super::proto::{AttributeProto, NodeProto, TensorProto};
use crate::format::problem::{plain, quoted};

/// The longest side of an image, window or frame that is reckoned with.
const MOST_PIXELS: i64 = 1 << 20;

impl NodeProto {
    /// The node's name for people; nameless nodes go by their first output.
    pub(super) fn label(&self) -> String {
        let name = if self.name.is_empty() { self.output.first() } else { Some(&self.name) };
        quoted(name.map_or("", String::as_str))
    }

    /// The operation, with its domain unless it is ONNX's own.
    pub(super) fn operation(&self) -> String {
        match self.domain.as_str() {
            "" | "ai.onnx" => self.op_type.clone(),
            domain => format!("{domain}:{}", self.op_type),
        }
    }

    /// The attributes for people, each with a space before it. Long lists are left out.
    pub(super) fn settings(&self) -> String {
        const MOST: usize = 8;
        let shown = self.attribute.iter().take(MOST).filter_map(|attribute| {
            let value = match attribute {
                AttributeProto { i: Some(i), .. } => i.to_string(),
                AttributeProto { f: Some(f), .. } => f.to_string(),
                AttributeProto { s: Some(s), .. } => quoted(&String::from_utf8_lossy(s)),
                AttributeProto { ints, .. } if ints.len() <= MOST => format!("{ints:?}"),
                _ => return None,
            };
            Some(format!(" {}={value}", plain(&attribute.name, 30)))
        });
        shown.collect()
    }

    fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.attribute.iter().find(|attribute| attribute.name == name)
    }

    /// An integer attribute, or its default.
    pub(super) fn int(&self, name: &str, default: i64) -> i64 {
        // Writers may leave out a zero.
        self.attribute(name).map_or(default, |attribute| attribute.i.unwrap_or(0))
    }

    /// An integer attribute, if the node has it.
    pub(super) fn optional_int(&self, name: &str) -> Option<i64> {
        self.attribute(name).map(|attribute| attribute.i.unwrap_or(0))
    }

    /// A float attribute, if the node has it.
    pub(super) fn optional_float(&self, name: &str) -> Option<f32> {
        self.attribute(name).map(|attribute| attribute.f.unwrap_or(0.0))
    }

    /// A list of integers, if the node has it.
    pub(super) fn ints(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name).map(|attribute| attribute.ints.as_slice())
    }

    /// A list of floats, if the node has it.
    pub(super) fn floats(&self, name: &str) -> Option<&[f32]> {
        self.attribute(name).map(|attribute| attribute.floats.as_slice())
    }

    /// A text, if the node has it.
    pub(super) fn text(&self, name: &str) -> Option<&[u8]> {
        self.attribute(name).map(|attribute| attribute.s.as_deref().unwrap_or_default())
    }

    /// A tensor attribute, if the node has it.
    pub(super) fn tensor(&self, name: &str) -> Option<&TensorProto> {
        self.attribute(name).and_then(|attribute| attribute.t.as_ref())
    }

    /// The window of a convolution or pool of the size `kernel` over an image of height and width
    /// `size`; `None` if it is not two-dimensional.
    pub(super) fn window(&self, kernel: &[i64], size: [i64; 2]) -> Option<OnnxWindow> {
        let &[height, width] = kernel else { return None };
        let pair = |name| match self.ints(name) {
            None | Some([]) => Some([1, 1]),
            Some(&[a, b]) => Some([a, b]),
            Some(_) => None,
        };
        let pads = match self.ints("pads") {
            None | Some([]) => [0; 4],
            Some(&[top, left, bottom, right]) => [top, left, bottom, right],
            Some(_) => return None,
        };
        let (strides, dilations) = (pair("strides")?, pair("dilations")?);
        let mut window = OnnxWindow { kernel: [height, width], strides, pads, dilations };
        match self.text("auto_pad") {
            None | Some(b"" | b"NOTSET") => {}
            Some(b"VALID") => window.pads = [0; 4],
            Some(kind @ (b"SAME_UPPER" | b"SAME_LOWER")) => {
                window.pads = window.same_pads(size, kind == b"SAME_UPPER")?;
            }
            Some(_) => return None,
        }
        Some(window)
    }
}

/// A window with everything that ONNX can say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OnnxWindow {
    /// Height and width.
    pub kernel: [i64; 2],
    /// Vertical and horizontal step.
    pub strides: [i64; 2],
    /// Padding at the top, left, bottom and right.
    pub pads: [i64; 4],
    /// Vertical and horizontal distance between the window's pixels.
    pub dilations: [i64; 2],
}

impl OnnxWindow {
    /// Stride and padding of a 3×3 window, if both are the same both ways.
    pub(super) fn square3(&self) -> Option<(i64, i64)> {
        let ([stride, _], [padding, ..]) = (self.strides, self.pads);
        let wanted =
            Self { kernel: [3, 3], strides: [stride; 2], pads: [padding; 4], dilations: [1, 1] };
        (*self == wanted).then_some((stride, padding))
    }

    /// This window with more padding.
    pub(super) fn widened(mut self, pads: [i64; 4]) -> Option<Self> {
        for (own, more) in self.pads.iter_mut().zip(pads) {
            *own = own.checked_add(more)?;
        }
        Some(self)
    }

    /// The padding that makes the result as large as the image divided by the stride, rounded up.
    /// Of an odd number of pixels, the larger part is at the bottom and right if `upper`.
    fn same_pads(&self, size: [i64; 2], upper: bool) -> Option<[i64; 4]> {
        let mut pads = [0; 4];
        for way in [0, 1] {
            let (kernel, stride) = (self.kernel[way], self.strides[way]);
            // At stride 1 it does not depend on the size.
            let steps = match (size[way], stride) {
                (_, 1) => 0,
                (1..=MOST_PIXELS, 2..) => {
                    stride.checked_mul((size[way] - 1) / stride)? - size[way] + 1
                }
                _ => return None,
            };
            if !(1..=MOST_PIXELS).contains(&kernel) || self.dilations[way] != 1 {
                return None;
            }
            let total = (steps + kernel - 1).max(0);
            let (small, large) = (total / 2, total - total / 2);
            (pads[way], pads[way + 2]) = if upper { (small, large) } else { (large, small) };
        }
        Some(pads)
    }

    /// Height and width of the result for an image of height and width `size`, or [`UNKNOWN`].
    pub(super) fn output(&self, size: [i64; 2]) -> [i64; 2] {
        [0, 1].map(|way| self.room(size, way).map_or(UNKNOWN, |room| room / self.strides[way] + 1))
    }

    /// Whether the windows end at the edge, so that a size rounded up is the same.
    pub(super) fn is_exact(&self, size: [i64; 2]) -> bool {
        [0, 1]
            .iter()
            .all(|&way| self.room(size, way).is_some_and(|room| room % self.strides[way] == 0))
    }

    /// The pixels between the first and the last place of a window, if it has one.
    fn room(&self, size: [i64; 2], way: usize) -> Option<i64> {
        let sane = |value: i64| (0..=MOST_PIXELS).contains(&value);
        let (kernel, dilation) = (self.kernel[way], self.dilations[way]);
        let values = [size[way], self.pads[way], self.pads[way + 2], kernel, dilation];
        if !values.into_iter().all(sane) || self.strides[way] < 1 {
            return None;
        }
        let room = size[way] + self.pads[way] + self.pads[way + 2] - dilation * (kernel - 1) - 1;
        (room >= 0).then_some(room)
    }
}

impl std::fmt::Display for OnnxWindow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kernel: _, strides, pads, dilations } = self;
        write!(f, "stride {strides:?} padding {pads:?} dilation {dilations:?}")
    }
}
