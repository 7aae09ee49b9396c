//! The stack machine that runs the steps of a pickle.

use std::collections::HashMap;

use super::damage::damaged;
use super::object::{Content, Name, PickleValue, Storage, Tensor};
use super::pickle::Pickle;
use crate::format::problem::{FileProblem, quoted};

/// A pickle that is being read.
pub(super) struct Machine<'a> {
    pub content: Content,
    pub input: &'a [u8],
    pub made: Pickle<'a>,
    pub stack: Vec<PickleValue<'a>>,
    /// Heights of the stack.
    pub marks: Vec<usize>,
    pub memo: HashMap<u32, PickleValue<'a>>,
}

impl<'a> Machine<'a> {
    pub(super) fn new(content: Content, input: &'a [u8]) -> Self {
        let made = Pickle {
            root: PickleValue::None,
            rows: Vec::new(),
            dicts: Vec::new(),
            storages: Vec::new(),
            tensors: Vec::new(),
            dtypes: Vec::new(),
            arrays: Vec::new(),
        };
        Self { content, input, made, stack: Vec::new(), marks: Vec::new(), memo: HashMap::new() }
    }

    pub(super) fn pop(&mut self) -> Result<PickleValue<'a>, FileProblem> {
        // Values below a mark stay hidden until the mark is removed.
        let floor = self.marks.last().copied().unwrap_or(0);
        let value = if self.stack.len() > floor { self.stack.pop() } else { None };
        value.ok_or_else(|| damaged("its pickle takes from an empty stack"))
    }

    pub(super) fn mark(&mut self) -> Result<bool, FileProblem> {
        self.marks.push(self.stack.len());
        Ok(false)
    }

    /// Everything above the last mark.
    pub(super) fn marked(&mut self) -> Result<Vec<PickleValue<'a>>, FileProblem> {
        let mark = self.marks.pop().ok_or_else(|| damaged("a mark is missing in its pickle"))?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    pub(super) fn put(&mut self, at: u32) -> Result<bool, FileProblem> {
        let value = self.pop()?;
        self.stack.push(value);
        self.memo.insert(at, value);
        Ok(false)
    }

    pub(super) fn get(&self, at: u32) -> Result<PickleValue<'a>, FileProblem> {
        let value = self.memo.get(&at).copied();
        value.ok_or_else(|| damaged("its pickle refers to something that is not there"))
    }

    pub(super) fn row(
        &mut self,
        items: Vec<PickleValue<'a>>,
        kind: fn(usize) -> PickleValue<'a>,
    ) -> PickleValue<'a> {
        self.made.rows.push(items);
        kind(self.made.rows.len() - 1)
    }

    /// A tuple of the last `count` values.
    pub(super) fn last(&mut self, count: usize) -> Result<PickleValue<'a>, FileProblem> {
        let mut items = (0..count).map(|_| self.pop()).collect::<Result<Vec<_>, _>>()?;
        items.reverse();
        Ok(self.row(items, PickleValue::Tuple))
    }

    pub(super) fn new_dict(&mut self) -> PickleValue<'a> {
        self.made.dicts.push(Vec::new());
        PickleValue::Dict(self.made.dicts.len() - 1)
    }

    pub(super) fn append_last(&mut self) -> Result<bool, FileProblem> {
        let item = self.pop()?;
        self.append(vec![item])
    }

    pub(super) fn append_marked(&mut self) -> Result<bool, FileProblem> {
        let items = self.marked()?;
        self.append(items)
    }

    pub(super) fn append(&mut self, items: Vec<PickleValue<'a>>) -> Result<bool, FileProblem> {
        let list = self.pop()?;
        self.stack.push(list);
        match list {
            PickleValue::List(at) if at < self.made.rows.len() => {
                self.made.rows[at].extend(items);
                Ok(false)
            }
            other => Err(damaged(format!("its pickle appends to {}", other.kind()))),
        }
    }

    pub(super) fn set_last(&mut self) -> Result<bool, FileProblem> {
        let value = self.pop()?;
        let key = self.pop()?;
        self.set(&[key, value])
    }

    pub(super) fn set_marked(&mut self) -> Result<bool, FileProblem> {
        let items = self.marked()?;
        self.set(&items)
    }

    pub(super) fn set(&mut self, items: &[PickleValue<'a>]) -> Result<bool, FileProblem> {
        let dict = self.pop()?;
        self.stack.push(dict);
        let (pairs, rest) = items.as_chunks();
        match dict {
            PickleValue::Dict(at) if at < self.made.dicts.len() && rest.is_empty() => {
                self.made.dicts[at].extend(pairs.iter().map(|&[key, value]| (key, value)));
                Ok(false)
            }
            other => Err(damaged(format!("its pickle sets items of {}", other.kind()))),
        }
    }

    /// Sets the content of an array or the byte order of its type. Drops the attributes of a
    /// dictionary, which are PyTorch's `_metadata`.
    pub(super) fn build(&mut self) -> Result<bool, FileProblem> {
        let state = self.pop()?;
        match self.stack.last() {
            Some(PickleValue::Dict(_)) => Ok(false),
            Some(&PickleValue::Dtype(at)) => self.fill_dtype(at, state).map(|()| false),
            Some(&PickleValue::Array(at)) => self.fill_array(at, state).map(|()| false),
            _ => Err(damaged("its pickle sets attributes of what is no dictionary")),
        }
    }

    pub(super) fn stack_name(&mut self) -> Result<PickleValue<'a>, FileProblem> {
        match [self.pop()?, self.pop()?] {
            [PickleValue::Text(name), PickleValue::Text(module)] => {
                Ok(PickleValue::Name(Name::find(self.content, module, name)?))
            }
            _ => Err(damaged("a name in its pickle is not text")),
        }
    }

    /// The storage named by a tuple `("storage", type, key, place, count)`.
    pub(super) fn storage(&mut self) -> Result<PickleValue<'a>, FileProblem> {
        let id = self.pop()?;
        let parts = if let PickleValue::Tuple(at) = id { self.made.row(at) } else { &[] };
        let &[
            PickleValue::Text("storage"),
            PickleValue::Name(Name::Storage(element)),
            PickleValue::Text(key),
            PickleValue::Text(_),
            count,
            // A sixth part belongs to views, which PyTorch has not written since 0.4.
        ] = parts.strip_suffix(&[PickleValue::None]).unwrap_or(parts)
        else {
            return Err(damaged("its pickle names a storage in an unknown way"));
        };
        self.made.storages.push(Storage { key, element, count: count.length()? });
        Ok(PickleValue::Storage(self.made.storages.len() - 1))
    }

    /// Calls one of the known functions.
    pub(super) fn call(&mut self) -> Result<PickleValue<'a>, FileProblem> {
        let arguments = self.pop()?;
        let function = self.pop()?;
        let arguments =
            if let PickleValue::Tuple(at) = arguments { self.made.row(at) } else { &[] };
        match (function, arguments) {
            (PickleValue::Name(Name::OrderedDict), []) => Ok(self.new_dict()),
            (PickleValue::Name(Name::RebuildParameter), &[tensor @ PickleValue::Tensor(_), ..]) => {
                Ok(tensor)
            }
            (
                PickleValue::Name(Name::RebuildTensor),
                &[
                    PickleValue::Storage(storage),
                    offset,
                    PickleValue::Tuple(shape),
                    PickleValue::Tuple(strides),
                    ..,
                ],
            ) => {
                let Some(&storage) = self.made.storages.get(storage) else {
                    return Err(damaged("a tensor has no storage"));
                };
                let (shape, strides) = (self.made.row(shape), self.made.row(strides));
                let tensor = Tensor::new(storage, offset, shape, strides)?;
                self.made.tensors.push(tensor);
                Ok(PickleValue::Tensor(self.made.tensors.len() - 1))
            }
            (PickleValue::Name(Name::Numpy(name)), _) => {
                let arguments = arguments.to_vec();
                self.call_numpy(name, &arguments)
            }
            (PickleValue::Name(name), _) => {
                let name = quoted(&format!("{name:?}"));
                Err(damaged(format!("its pickle calls {name} with other arguments than PyTorch")))
            }
            (other, _) => Err(damaged(format!("its pickle calls {}", other.kind()))),
        }
    }
}
