//! The steps of a pickle, as far as state dicts and NumPy's arrays take them.
//!
//! Source of the codes: `pickletools.py` of CPython, which documents each.

use super::damage::damaged;
use super::machine::Machine;
use super::object::{Content, Name, PickleValue};
use super::pickle::Pickle;
use crate::format::problem::FileProblem;

/// The most steps that are executed; the network's state dict needs about 25 000. A step allocates
/// less than a hundred bytes.
const MAX_STEPS: usize = 250_000;

/// Reads the pickle that `input` starts with, and returns what follows it.
pub(super) fn read(input: &[u8]) -> Result<(Pickle<'_>, &[u8]), FileProblem> {
    read_content(Content::StateDict, input)
}

/// Like [`read`], of any known content.
pub(super) fn read_content(
    content: Content,
    input: &[u8],
) -> Result<(Pickle<'_>, &[u8]), FileProblem> {
    let mut machine = Machine::new(content, input);
    for _ in 0..MAX_STEPS {
        if machine.step()? {
            machine.made.root = machine.pop()?;
            return Ok((machine.made, machine.input));
        }
    }
    Err(damaged(format!("its pickle takes more than {MAX_STEPS} steps")))
}

impl<'a> Machine<'a> {
    /// Executes one step; true at the end.
    fn step(&mut self) -> Result<bool, FileProblem> {
        let [code] = self.array()?;
        let value = match code {
            0x80 => return self.array::<1>().map(|_| false), // PROTO
            0x95 => return self.array::<8>().map(|_| false), // FRAME
            b'.' => return Ok(true),
            b'(' => return self.mark(),
            b'0' => return self.pop().map(|_| false),
            b'q' => {
                let [at] = self.array()?;
                return self.put(at.into());
            }
            b'r' => {
                let at = u32::from_le_bytes(self.array()?);
                return self.put(at);
            }
            0x94 => return self.put(self.memo.len() as u32), // MEMOIZE
            b'a' => return self.append_last(),
            b'e' => return self.append_marked(),
            b's' => return self.set_last(),
            b'u' => return self.set_marked(),
            b'b' => return self.build(),
            b'h' => {
                let [at] = self.array()?;
                self.get(at.into())?
            }
            b'j' => {
                let at = u32::from_le_bytes(self.array()?);
                self.get(at)?
            }
            b'N' => PickleValue::None,
            0x88 => PickleValue::Bool(true),
            0x89 => PickleValue::Bool(false),
            b'K' => PickleValue::Int(self.array::<1>()?[0].into()),
            b'M' => PickleValue::Int(u16::from_le_bytes(self.array()?).into()),
            b'J' => PickleValue::Int(i32::from_le_bytes(self.array()?).into()),
            0x8a => integer({
                let [length] = self.array()?;
                self.take(length.into())?
            }),
            b'G' => self.array::<8>().map(|_| PickleValue::Float)?,
            b'C' => self.bytes::<1>()?,
            b'B' => self.bytes::<4>()?,
            0x8e | 0x96 => self.bytes::<8>()?, // the latter a bytearray
            b'X' => self.text::<4>()?,
            0x8c | b'U' => self.text::<1>()?, // the latter from Python 2, whose names are ASCII
            0x8d => self.text::<8>()?,
            b'T' => self.text::<4>()?,
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                PickleValue::Name(Name::find(self.content, module, name)?)
            }
            0x93 => self.stack_name()?,
            b')' => self.row(Vec::new(), PickleValue::Tuple),
            0x85 => self.last(1)?,
            0x86 => self.last(2)?,
            0x87 => self.last(3)?,
            b't' => {
                let items = self.marked()?;
                self.row(items, PickleValue::Tuple)
            }
            b']' => self.row(Vec::new(), PickleValue::List),
            b'}' => self.new_dict(),
            b'Q' => self.storage()?,
            b'R' => self.call()?,
            other => {
                let what = match self.content {
                    Content::StateDict => "state dict",
                    Content::Arrays => "dictionary of arrays",
                };
                let cause = format!("its pickle takes a step ({other:#04x}) that no {what} does");
                return Err(damaged(cause));
            }
        };
        self.stack.push(value);
        Ok(false)
    }
}

/// An integer, little endian, with its sign in the highest bit.
fn integer(bytes: &[u8]) -> PickleValue<'_> {
    let fill = if bytes.last().is_some_and(|high| high & 0x80 != 0) { 0xff } else { 0 };
    let mut word = [fill; 8];
    match word.get_mut(..bytes.len()) {
        None => PickleValue::Bytes(bytes),
        Some(low) => {
            low.copy_from_slice(bytes);
            PickleValue::Int(i64::from_le_bytes(word))
        }
    }
}
