//! Value types.

/// A type of values that is read and written here. Features and images in other types have readers
/// of their own, which match [`Header::descr`](super::Header::descr).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dtype {
    /// Little-endian 32-bit floats.
    F32,
    /// Little-endian 64-bit floats.
    F64,
    /// Unsigned bytes.
    U8,
}

impl Dtype {
    /// NumPy's notation, such as `<f4`.
    pub fn descr(self) -> &'static str {
        match self {
            Self::F32 => "<f4",
            Self::F64 => "<f8",
            Self::U8 => "|u1",
        }
    }
}
