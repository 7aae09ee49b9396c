//! A limit to the memory that a graph takes besides its weights, checked before anything is
//! allocated: a decoder turns two bytes of a file into a node of hundreds.
//!
//! Source of the encoding: <https://protobuf.dev/programming-guides/encoding/>.

use crate::format::problem::FileProblem;
use crate::identity::WeightsFormat;

/// The most bytes of structure; the network has about 0.3 MB.
const MAX_STRUCTURE: u64 = 2 << 20;

/// Bytes counted for each message in addition to its content.
const MESSAGE: u64 = 64;

/// A message whose fields are counted.
#[derive(Clone, Copy)]
enum Message {
    Model,
    Graph,
    Function,
    Node,
    Attribute,
    Tensor,
    /// A message without relevant messages inside.
    Leaf,
}

/// How a field counts.
enum Field {
    /// As a message.
    Message(Message),
    /// By its length.
    Value,
    /// Not at all: weights, and fields that the decoder skips.
    Free,
}

impl Message {
    /// The field of a number in [`super::proto`].
    fn field(self, number: u64) -> Field {
        match (self, number) {
            (Self::Model, 7) => Field::Message(Self::Graph),
            (Self::Model, 25) => Field::Message(Self::Function),
            (Self::Graph, 1) | (Self::Function, 7) => Field::Message(Self::Node),
            (Self::Function, 11) => Field::Message(Self::Attribute),
            (Self::Graph, 5) | (Self::Attribute, 5) => Field::Message(Self::Tensor),
            (Self::Node, 5) => Field::Message(Self::Attribute),
            (Self::Model, 8) | (Self::Graph, 11 | 12) | (Self::Tensor, 13) => {
                Field::Message(Self::Leaf)
            }
            (Self::Model, 1 | 2 | 6)
            | (Self::Graph, 2)
            | (Self::Function, 1 | 4 | 5 | 10 | 13)
            | (Self::Node, 1 | 2 | 3 | 4 | 7 | 8)
            | (Self::Attribute, 1 | 2 | 3 | 4 | 7 | 8 | 20 | 21)
            | (Self::Tensor, 1 | 2 | 7 | 8 | 14)
            | (Self::Leaf, 1 | 2) => Field::Value,
            _ => Field::Free,
        }
    }
}

/// Refuses a file with more structure than any form of the network has.
pub(super) fn check(file: &[u8]) -> Result<(), FileProblem> {
    let damaged =
        |cause: &str| FileProblem::Damaged { format: WeightsFormat::Onnx, cause: cause.into() };
    match size(file, Message::Model) {
        None => Err(damaged("its fields do not fill the file")),
        Some(found) if found > MAX_STRUCTURE => Err(FileProblem::TooLarge {
            what: "graph, without its weights,",
            found,
            limit: MAX_STRUCTURE,
        }),
        Some(_) => Ok(()),
    }
}

/// The size of a message's structure; `None` if it is cut short. Messages nest only as deep as
/// their kinds.
fn size(mut bytes: &[u8], message: Message) -> Option<u64> {
    let mut sum = MESSAGE;
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let before = bytes.len();
        let content = match key & 7 {
            0 => varint(&mut bytes).map(|_| &[][..])?,
            1 => bytes.split_off(..8)?,
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                bytes.split_off(..length)?
            }
            5 => bytes.split_off(..4)?,
            // Groups, which ONNX never uses.
            _ => return None,
        };
        sum += match message.field(key >> 3) {
            Field::Message(inner) => size(content, inner)?,
            Field::Value => 1 + (before - bytes.len()) as u64,
            Field::Free => 0,
        };
        if sum > MAX_STRUCTURE {
            break;
        }
    }
    Some(sum)
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
