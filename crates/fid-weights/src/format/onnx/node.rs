//! Attributes of ONNX nodes, with ONNX's defaults.

use super::proto::{AttributeProto, NodeProto};
use crate::format::problem::{plain, quoted};

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

    /// A float attribute, or its default.
    pub(super) fn float(&self, name: &str, default: f32) -> f32 {
        self.attribute(name).map_or(default, |attribute| attribute.f.unwrap_or(0.0))
    }

    /// A list of integers, if the node has it.
    pub(super) fn ints(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name).map(|attribute| attribute.ints.as_slice())
    }

    /// A tensor attribute, if the node has it.
    pub(super) fn tensor(&self, name: &str) -> Option<&super::proto::TensorProto> {
        self.attribute(name).and_then(|attribute| attribute.t.as_ref())
    }

    /// The window of a convolution or pool of the size `kernel`; `None` if it is not
    /// two-dimensional.
    pub(super) fn window(&self, kernel: &[i64]) -> Option<OnnxWindow> {
        let &[height, width] = kernel else { return None };
        let pair = |name| match self.ints(name) {
            None | Some([]) => Some([1, 1]),
            Some(&[a, b]) => Some([a, b]),
            Some(_) => None,
        };
        let strides = pair("strides")?;
        let explicit = match self.ints("pads") {
            None | Some([]) => Some([0; 4]),
            Some(&[top, left, bottom, right]) => Some([top, left, bottom, right]),
            Some(_) => None,
        };
        let auto_pad = self.attribute("auto_pad").and_then(|attribute| attribute.s.as_deref());
        let pads = match auto_pad {
            None | Some(b"" | b"NOTSET") => explicit?,
            Some(b"VALID") => [0; 4],
            // At other strides the padding depends on the size of the image.
            Some(b"SAME_UPPER" | b"SAME_LOWER")
                if strides == [1, 1] && height % 2 == 1 && width % 2 == 1 =>
            {
                [height / 2, width / 2, height / 2, width / 2]
            }
            Some(_) => return None,
        };
        Some(OnnxWindow { kernel: [height, width], strides, pads, dilations: pair("dilations")? })
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
}

impl std::fmt::Display for OnnxWindow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kernel, strides, pads, dilations } = self;
        write!(f, "kernel {kernel:?} stride {strides:?} padding {pads:?} dilation {dilations:?}")
    }
}
