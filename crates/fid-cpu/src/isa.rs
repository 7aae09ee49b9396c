//! Detecting vector instruction sets, and running kernels with them.

use std::any::TypeId;
use std::sync::OnceLock;

use fid_core::DeviceError;
use pulp::{Scalar128b, Simd, WithSimd};

/// The environment variable that forces an instruction set by its [`Isa::name`].
const VARIABLE: &str = "FID_GPU_CPU";

/// A vector instruction set of this machine.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Isa {
    /// Plain Rust loops, without fused multiply-add.
    Portable,
    /// AVX2 and FMA: 8 lanes, 16 registers.
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    /// AVX-512 F, BW, CD, DQ and VL: 16 lanes, 32 registers.
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
    /// NEON: 4 lanes, 32 registers.
    #[cfg(target_arch = "aarch64")]
    Neon(pulp::aarch64::Neon),
}

impl Isa {
    /// The instruction sets of this machine, fastest first.
    pub fn available() -> Vec<Self> {
        let mut found = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            found.extend(pulp::x86::V4::try_new().map(Self::Avx512));
            found.extend(pulp::x86::V3::try_new().map(Self::Avx2));
        }
        #[cfg(target_arch = "aarch64")]
        found.extend(pulp::aarch64::Neon::try_new().map(Self::Neon));
        found.push(Self::Portable);
        found
    }

    /// The fastest instruction set of this machine.
    pub fn best() -> Self {
        Self::available().first().copied().unwrap_or(Self::Portable)
    }

    /// The set that the environment variable `FID_GPU_CPU` names, otherwise the fastest. The
    /// variable is read once in a process.
    ///
    /// # Errors
    ///
    /// [`DeviceError::Instructions`] if the variable names a set that this machine does not have.
    pub fn choose() -> Result<Self, DeviceError> {
        static NAME: OnceLock<Option<String>> = OnceLock::new();
        Self::named(NAME.get_or_init(|| std::env::var(VARIABLE).ok()).as_deref())
    }

    fn named(name: Option<&str>) -> Result<Self, DeviceError> {
        let available = Self::available();
        let wanted = |isa: &&Self| name.is_none_or(|name| isa.name() == name);
        available.iter().find(wanted).copied().ok_or_else(|| {
            let names: Vec<_> = available.iter().map(|isa| isa.name()).collect();
            DeviceError::Instructions {
                variable: VARIABLE,
                asked: name.unwrap_or_default().into(),
                available: names.join(", "),
            }
        })
    }

    /// The name that `FID_GPU_CPU` accepts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "avx512",
            #[cfg(target_arch = "aarch64")]
            Self::Neon(_) => "neon",
        }
    }

    /// Runs a kernel compiled for this instruction set.
    #[inline]
    pub(crate) fn run<K: WithSimd>(self, kernel: K) -> K::Output {
        match self {
            Self::Portable => Simd::vectorize(Scalar128b, kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(simd) => Simd::vectorize(simd, kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(simd) => Simd::vectorize(simd, kernel),
            #[cfg(target_arch = "aarch64")]
            Self::Neon(simd) => Simd::vectorize(simd, kernel),
        }
    }
}

/// `a·b + c`, rounded once where the CPU fuses it; in portable code fusing would cost a function
/// call.
#[inline(always)]
pub(crate) fn multiply_add<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    if TypeId::of::<S>() == TypeId::of::<Scalar128b>() {
        simd.add_f32s(simd.mul_f32s(a, b), c)
    } else {
        simd.mul_add_e_f32s(a, b, c)
    }
}

#[cfg(test)]
mod tests {
    use super::Isa;

    #[test]
    fn a_name_forces_an_available_instruction_set() {
        for isa in Isa::available() {
            assert_eq!(Isa::named(Some(isa.name())).unwrap().name(), isa.name());
        }
        assert_eq!(Isa::named(None).unwrap().name(), Isa::best().name());
        let error = Isa::named(Some("mmx")).unwrap_err().to_string();
        assert!(error.contains("FID_GPU_CPU=mmx") && error.contains("portable"), "{error}");
    }
}
