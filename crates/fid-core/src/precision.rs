//! Number formats of the network.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// Number format of the network's convolution weights and of the values between its operations.
/// Sums, biases and the resulting features are f32 in either case. FID is defined by f32 networks;
/// features of different precisions are not comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Precision {
    /// IEEE 754 binary32: 24 significant bits.
    #[default]
    F32,
    /// IEEE 754 binary16: 11 significant bits, up to 65504. For GPUs.
    F16,
}

impl Precision {
    /// Every precision, in the order in which they are listed to people.
    pub const ALL: &'static [Self] = &[Self::F32, Self::F16];

    /// The name in arguments and files: `f32` or `f16`.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
        }
    }

    /// The nearest value of this precision, ties to even. Values beyond the largest become
    /// infinite; NaN stays NaN.
    #[inline]
    pub fn round(self, value: f32) -> f32 {
        match self {
            Self::F32 => value,
            Self::F16 => round_to_f16(value),
        }
    }

    /// Rounds each value in place.
    pub fn round_all(self, values: &mut [f32]) {
        match self {
            Self::F32 => {}
            // A loop without a branch on the precision, which the compiler vectorizes.
            Self::F16 => values.iter_mut().for_each(|value| *value = round_to_f16(*value)),
        }
    }
}

#[inline]
fn round_to_f16(value: f32) -> f32 {
    // The least normal number, 2⁻¹⁴. Below, f16 has steps of 2⁻²⁴, as f32 has from ½ on.
    const NORMAL: f32 = 1.0 / 16384.0;
    const LARGEST: f32 = 65504.0;
    /// Significant bits of f32 that f16 lacks.
    const DROPPED: u32 = 13;
    let size = value.abs();
    let rounded = if size < NORMAL {
        size + 0.5 - 0.5
    } else {
        let bits = size.to_bits();
        let half = (1 << (DROPPED - 1)) - 1 + (bits >> DROPPED & 1);
        // A carry correctly raises the exponent.
        f32::from_bits((bits + half) >> DROPPED << DROPPED)
    };
    if value.is_nan() {
        value
    } else if rounded > LARGEST {
        f32::INFINITY.copysign(value)
    } else {
        rounded.copysign(value)
    }
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
