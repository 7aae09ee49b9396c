//! The values in the pickle of a state dict.

use super::damage::damaged;
use crate::format::problem::{FileProblem, plain, quoted};

/// A value on a pickle's stack. Containers and tensors are indices into the lists of
/// [`super::pickle::Pickle`], so that values are small and cheap to copy, do not nest, and may
/// contain themselves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum PickleValue<'a> {
    None,
    Bool(bool),
    Int(i64),
    /// An integer of more than 64 bits, little endian, or a byte string.
    Bytes(&'a [u8]),
    /// A float, whose value is not needed.
    Float,
    Text(&'a str),
    Name(Name),
    Tuple(usize),
    List(usize),
    Dict(usize),
    Storage(usize),
    Tensor(usize),
    /// NumPy's.
    Dtype(usize),
    /// NumPy's.
    Array(usize),
    /// Bytes as protocol 2 writes them: a text with a character for each byte.
    Latin1(&'a str),
}

impl PickleValue<'_> {
    /// A description for messages.
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "a truth value",
            Self::Int(_) => "an integer",
            Self::Bytes(_) | Self::Latin1(_) => "bytes",
            Self::Float => "a float",
            Self::Text(_) => "text",
            Self::Name(_) => "a Python name",
            Self::Tuple(_) => "a tuple",
            Self::List(_) => "a list",
            Self::Dict(_) => "a dictionary",
            Self::Storage(_) => "a storage",
            Self::Tensor(_) => "a tensor",
            Self::Dtype(_) => "a number type",
            Self::Array(_) => "an array",
        }
    }

    /// The value as a length or an index.
    pub(super) fn length(self) -> Result<usize, FileProblem> {
        match self {
            Self::Int(value) => {
                usize::try_from(value).map_err(|_| damaged(format!("{value} is no length")))
            }
            other => Err(damaged(format!("{} stands where a length should", other.kind()))),
        }
    }
}

/// What a pickle is expected to hold, which decides the names that it may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// PyTorch's tensors.
    StateDict,
    /// NumPy's arrays.
    Arrays,
}

/// A Python name that pickles of state dicts or of arrays use. All others are refused, as most can do
/// harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    OrderedDict,
    /// `_rebuild_tensor` and `_rebuild_tensor_v2`, whose first four arguments are the same.
    RebuildTensor,
    RebuildParameter,
    Storage(Element),
    Numpy(Numpy),
}

/// A name that pickles of NumPy's arrays use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numpy {
    /// `_reconstruct(ndarray, (0,), b"b")`: an array whose content follows.
    Reconstruct,
    /// `_frombuffer(bytes, dtype, shape, order)`, of protocol 5.
    FromBuffer,
    /// `scalar(dtype, bytes)`.
    Scalar,
    /// `dtype("f8", False, True)`, whose byte order follows.
    Dtype,
    /// The class of arrays, an argument.
    Array,
    /// `_codecs.encode(text, "latin1")`: bytes in protocol 2.
    Encode,
    /// `bytes()`: no bytes, in protocol 2.
    Bytes,
}

impl Name {
    /// Looks up a name in a module.
    ///
    /// # Errors
    /// [`FileProblem::Foreign`] for any other name.
    pub(super) fn find(content: Content, module: &str, name: &str) -> Result<Self, FileProblem> {
        let foreign = || FileProblem::Foreign { name: plain(&format!("{module}.{name}"), 100) };
        if let ("collections", "OrderedDict") = (module, name) {
            return Ok(Self::OrderedDict);
        }
        if content == Content::Arrays {
            return Numpy::find(module, name).map(Self::Numpy).ok_or_else(foreign);
        }
        let element = name.strip_suffix("Storage").and_then(Element::find);
        match (module, name, element) {
            ("torch._utils", "_rebuild_tensor" | "_rebuild_tensor_v2", _) => {
                Ok(Self::RebuildTensor)
            }
            ("torch._utils", "_rebuild_parameter", _) => Ok(Self::RebuildParameter),
            ("torch", _, Some(element)) => Ok(Self::Storage(element)),
            _ => Err(foreign()),
        }
    }
}

impl Numpy {
    /// Looks up a name of NumPy 1 or 2, or of the protocol.
    fn find(module: &str, name: &str) -> Option<Self> {
        match (module, name) {
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => {
                Some(Self::Reconstruct)
            }
            ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => Some(Self::Scalar),
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Some(Self::FromBuffer),
            ("numpy", "ndarray") => Some(Self::Array),
            ("numpy", "dtype") => Some(Self::Dtype),
            ("_codecs", "encode") => Some(Self::Encode),
            ("__builtin__" | "builtins", "bytes") => Some(Self::Bytes),
            _ => None,
        }
    }
}

/// An element type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element {
    /// Its name in safetensors files.
    pub name: &'static str,
    /// Its size in bytes.
    pub size: usize,
}

impl Element {
    /// Looks up PyTorch's name for its storages.
    fn find(storage: &str) -> Option<Self> {
        let (name, size) = match storage {
            "Float" => ("F32", 4),
            "Double" => ("F64", 8),
            "Half" => ("F16", 2),
            "BFloat16" => ("BF16", 2),
            "Long" => ("I64", 8),
            "Int" => ("I32", 4),
            "Short" => ("I16", 2),
            "Char" => ("I8", 1),
            "Byte" => ("U8", 1),
            "Bool" => ("BOOL", 1),
            _ => return None,
        };
        Some(Self { name, size })
    }
}

/// A sequence of values that tensors share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Storage<'a> {
    /// Its name in the file.
    pub key: &'a str,
    pub element: Element,
    /// Number of elements.
    pub count: usize,
}

/// A tensor: a part of a storage.
#[derive(Debug, Clone)]
pub(super) struct Tensor<'a> {
    pub storage: Storage<'a>,
    /// Its first element.
    pub offset: usize,
    pub shape: Vec<usize>,
    /// Steps from one element to the next along each axis, in elements.
    pub strides: Vec<usize>,
}

/// The most axes a tensor may have; the network's have up to four.
pub(super) const MAX_AXES: usize = 8;

impl<'a> Tensor<'a> {
    /// The tensor that `_rebuild_tensor` makes of these arguments.
    pub(super) fn new(
        storage: Storage<'a>,
        offset: PickleValue<'a>,
        shape: &[PickleValue<'a>],
        strides: &[PickleValue<'a>],
    ) -> Result<Self, FileProblem> {
        if shape.len() != strides.len() || shape.len() > MAX_AXES {
            let cause =
                format!("a tensor of storage {} has {} axes", quoted(storage.key), shape.len());
            return Err(damaged(cause));
        }
        let lengths =
            |values: &[PickleValue<'a>]| values.iter().map(|value| value.length()).collect();
        let (shape, strides): (Result<_, _>, Result<_, _>) = (lengths(shape), lengths(strides));
        Ok(Self { storage, offset: offset.length()?, shape: shape?, strides: strides? })
    }
}
