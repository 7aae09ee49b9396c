//! In which numbers the network is computed.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// The numbers in which the network keeps its convolutions' weights and what passes between its
/// operations. Sums, biases and the features that come out are f32 in any case. FID is defined by
/// networks in f32; features of different precisions do not compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Precision {
    /// IEEE 754's 32 bits: 24 significant ones.
    #[default]
    F32,
    /// The upper half of an f32: 8 significant bits, the range of f32.
    Bf16,
    /// IEEE 754's 16 bits: 11 significant ones, up to 65504.
    F16,
}

impl Precision {
    /// Every precision, in the order in which they are listed to people.
    pub const ALL: &'static [Self] = &[Self::F32, Self::Bf16, Self::F16];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::F16 => "f16",
        }
    }

    /// The nearest value of this precision, of two equally near ones that whose last bit is 0. What
    /// is beyond the largest becomes infinite; NaN stays NaN.
    #[inline]
    pub fn round(self, value: f32) -> f32 {
        match self {
            Self::F32 => value,
            Self::Bf16 => keep_sign_and_nan(value, drop_bits::<16>(value.abs())),
            Self::F16 => keep_sign_and_nan(value, round_to_f16(value.abs())),
        }
    }

    /// Rounds each value in place.
    pub fn round_all(self, values: &mut [f32]) {
        match self {
            Self::F32 => {}
            // A loop for each, which the compiler makes vectors of.
            Self::Bf16 => values.iter_mut().for_each(|value| *value = Self::Bf16.round(*value)),
            Self::F16 => values.iter_mut().for_each(|value| *value = Self::F16.round(*value)),
        }
    }
}

/// Rounds a value of at least 0 to fewer significant bits; a carry goes into the exponent, as it should.
#[inline]
fn drop_bits<const N: u32>(size: f32) -> f32 {
    let bits = size.to_bits();
    let half = (1 << (N - 1)) - 1 + (bits >> N & 1);
    f32::from_bits(bits.wrapping_add(half) >> N << N)
}

#[inline]
fn round_to_f16(size: f32) -> f32 {
    // The least normal number, 2⁻¹⁴. Below, f16 goes in steps of 2⁻²⁴, as f32 does from ½ on.
    const NORMAL: f32 = 1.0 / 16384.0;
    const LARGEST: f32 = 65504.0;
    let rounded = if size < NORMAL { size + 0.5 - 0.5 } else { drop_bits::<13>(size) };
    if rounded > LARGEST { f32::INFINITY } else { rounded }
}

#[inline]
fn keep_sign_and_nan(value: f32, rounded: f32) -> f32 {
    if value.is_nan() { value } else { rounded.copysign(value) }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Precision {
    type Err = Error;

    /// Parses an exact name.
    ///
    /// # Errors
    /// [`Error::UnknownPrecision`], which lists the known names.
    fn from_str(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.iter().find(|precision| precision.name() == name);
        found.copied().ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|precision| precision.name()).collect();
            Error::UnknownPrecision { name: name.to_owned(), known: known.join(", ") }
        })
    }
}
