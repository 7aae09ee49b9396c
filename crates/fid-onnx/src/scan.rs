//! A look at a file before rten reads it: whether its messages are whole and not nested so deep that
//! a recursive reader would run out of stack, which operators it needs, and where its weights are.
//!
//! Sources: <https://protobuf.dev/programming-guides/encoding/> and ONNX's `onnx.proto`.

use std::collections::BTreeSet;

use crate::error::OnnxProblem;

/// Depth of messages within messages; a loop in a loop takes 8.
const MAX_DEPTH: usize = 100;

/// The newest opset known here: that of onnx 1.23.
const NEWEST_OPSET: i64 = 28;

#[derive(Clone, Copy, PartialEq)]
enum Message {
    Model,
    Opset,
    Graph,
    Function,
    Node,
    Attribute,
    Tensor,
    External,
    ValueInfo,
    Type,
    /// A type within a type, whose field 1 or 2 is a `Type`.
    Inner,
    Other,
}

impl Message {
    /// The message in a field; `None` if it holds no message that matters.
    fn field(self, number: u64) -> Option<Self> {
        Some(match (self, number) {
            (Self::Model, 7) => Self::Graph,
            (Self::Model, 8) | (Self::Function, 9) => Self::Opset,
            (Self::Model, 25) => Self::Function,
            (Self::Model, 14 | 20) => Self::Other,
            (Self::Graph, 1) | (Self::Function, 7) => Self::Node,
            (Self::Graph, 5) | (Self::Attribute, 5 | 10) => Self::Tensor,
            (Self::Graph, 11..=13) => Self::ValueInfo,
            (Self::Node, 5) | (Self::Function, 11) => Self::Attribute,
            (Self::Attribute, 6 | 11) => Self::Graph,
            (Self::Attribute, 14 | 15) | (Self::ValueInfo, 2) | (Self::Inner, 1 | 2) => Self::Type,
            (Self::Type, 4 | 5 | 9) => Self::Inner,
            (Self::Tensor, 13) => Self::External,
            _ => return None,
        })
    }
}

/// Checks a file. Returns the names of other files in which it keeps weights, as it has them.
pub(crate) fn check(file: &[u8]) -> Result<BTreeSet<String>, OnnxProblem> {
    if file.is_empty() {
        return Err(damaged("it is empty"));
    }
    let mut seen = Seen::default();
    seen.walk(file, Message::Model, 0)?;
    if !seen.graph {
        return Err(damaged("it has no graph"));
    }
    match seen.opset {
        Some(found) if found > NEWEST_OPSET => {
            Err(OnnxProblem::Opset { found, newest: NEWEST_OPSET })
        }
        Some(_) => Ok(seen.locations),
        None => Err(damaged("it does not say which operators it needs")),
    }
}

fn damaged(cause: &str) -> OnnxProblem {
    OnnxProblem::Damaged { cause: cause.into() }
}

#[derive(Default)]
struct Seen {
    graph: bool,
    /// The largest version of ONNX's own operators.
    opset: Option<i64>,
    /// Other files.
    locations: BTreeSet<String>,
}

impl Seen {
    fn walk(
        &mut self,
        mut bytes: &[u8],
        message: Message,
        depth: usize,
    ) -> Result<(), OnnxProblem> {
        let cut = || damaged("a field is cut short");
        if depth > MAX_DEPTH {
            return Err(damaged("its graphs are nested too deep"));
        }
        let (mut key_of_entry, mut domain, mut version) = (&[][..], &[][..], None);
        while !bytes.is_empty() {
            let key = varint(&mut bytes).ok_or_else(cut)?;
            let (mut content, mut number) = (&[][..], 0);
            match key & 7 {
                0 => number = varint(&mut bytes).ok_or_else(cut)?,
                1 => content = bytes.split_off(..8).ok_or_else(cut)?,
                2 => {
                    let length = varint(&mut bytes).and_then(|length| usize::try_from(length).ok());
                    content =
                        length.and_then(|length| bytes.split_off(..length)).ok_or_else(cut)?;
                }
                5 => content = bytes.split_off(..4).ok_or_else(cut)?,
                _ => return Err(damaged("its fields are not those of ONNX")),
            }
            if let Some(inner) = message.field(key >> 3) {
                self.graph |= inner == Message::Graph;
                if key & 7 != 2 {
                    return Err(damaged("its fields are not those of ONNX"));
                }
                self.walk(content, inner, depth + 1)?;
            }
            match (message, key >> 3) {
                (Message::Opset, 1) => domain = content,
                (Message::Opset, 2) => version = Some(number as i64),
                (Message::External, 1) => key_of_entry = content,
                (Message::External, 2) if key_of_entry == b"location" => {
                    self.locations.insert(String::from_utf8_lossy(content).into_owned());
                }
                _ => {}
            }
        }
        if message == Message::Opset && (domain.is_empty() || domain == b"ai.onnx") {
            self.opset = self.opset.max(version);
        }
        Ok(())
    }
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.split_off_first()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
