//! Which device a network runs on, as a request.

use std::fmt;
use std::str::FromStr;

use crate::Precision;

/// A graphics API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Api {
    /// Vulkan: Linux, Windows, Android.
    Vulkan,
    /// Metal: macOS, iOS.
    Metal,
    /// Direct3D 12: Windows.
    Dx12,
}

impl Api {
    /// In the order of preference.
    pub const ALL: [Self; 3] = [Self::Vulkan, Self::Metal, Self::Dx12];
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Vulkan => "vulkan",
            Self::Metal => "metal",
            Self::Dx12 => "dx12",
        })
    }
}

/// The device to use: as text `auto`, `cpu`, `vulkan`, `metal`, `dx12` or `webgpu` (any API), with
/// `:INDEX` if an API has several adapters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DeviceChoice {
    /// A hardware GPU if there is one, else the CPU. Never a software adapter.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// A GPU through one API, or through the first API that has one.
    Gpu {
        /// The API; `None` takes any.
        api: Option<Api>,
        /// The adapter's place in the API's list; `None` takes the most capable.
        index: Option<usize>,
    },
}

impl FromStr for DeviceChoice {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::Unknown { choice: text.into() };
        let (name, index) = match text.split_once(':') {
            Some((name, index)) => (name, Some(index.parse().map_err(|_| unknown())?)),
            None => (text, None),
        };
        let gpu = |api| Ok(Self::Gpu { api, index });
        match (name, index) {
            ("auto", None) => Ok(Self::Auto),
            ("cpu", None | Some(0)) => Ok(Self::Cpu),
            ("vulkan", _) => gpu(Some(Api::Vulkan)),
            ("metal", _) => gpu(Some(Api::Metal)),
            ("dx12", _) => gpu(Some(Api::Dx12)),
            ("webgpu", _) => gpu(None),
            _ => Err(unknown()),
        }
    }
}

/// Why a device could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The text names no device.
    #[error(
        "unknown device '{choice}': use auto, cpu, vulkan, metal, dx12 or webgpu, with :INDEX if \
         there are several"
    )]
    Unknown {
        /// The text.
        choice: String,
    },
    /// The device does not compute in the precision.
    #[error("{device} does not compute in {precision}")]
    Precision {
        /// The precision asked for.
        precision: Precision,
        /// The device.
        device: String,
    },
    /// The environment asks for instructions that the CPU does not have.
    #[error("{variable}={asked} is not an instruction set of this CPU, which has {available}")]
    Instructions {
        /// The environment variable.
        variable: &'static str,
        /// Its value.
        asked: String,
        /// What the CPU has, as a list.
        available: String,
    },
    /// The API has no adapter.
    #[error(
        "no {} adapter on this machine: install its driver, or use the CPU",
        api.map_or("GPU".into(), |api| api.to_string())
    )]
    NoAdapter {
        /// The API asked for; `None` for any.
        api: Option<Api>,
    },
    /// The index is past the last adapter.
    #[error("there is no adapter {index}: this API has {count}")]
    NoIndex {
        /// The index asked for.
        index: usize,
        /// How many adapters there are.
        count: usize,
    },
    /// The driver says too little about the adapter to open it.
    #[error(
        "{name} does not say what kind of adapter it is, and cannot be opened; use another device"
    )]
    Unsupported {
        /// The adapter.
        name: String,
    },
    /// The driver refused.
    #[error("cannot open {name} ({message}); use another device")]
    Open {
        /// The adapter.
        name: String,
        /// The driver's words.
        message: String,
    },
    /// The program was built without this kind of device.
    #[error("this build has no {what}: build it with the feature `{feature}`")]
    NotBuilt {
        /// The kind of device.
        what: &'static str,
        /// The cargo feature that has it.
        feature: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_parsed() {
        let gpu = |api, index| DeviceChoice::Gpu { api, index };
        for (text, expected) in [
            ("auto", DeviceChoice::Auto),
            ("cpu", DeviceChoice::Cpu),
            ("cpu:0", DeviceChoice::Cpu),
            ("vulkan", gpu(Some(Api::Vulkan), None)),
            ("vulkan:1", gpu(Some(Api::Vulkan), Some(1))),
            ("webgpu", gpu(None, None)),
        ] {
            assert_eq!(text.parse::<DeviceChoice>().unwrap(), expected, "{text}");
        }
        for text in ["", "gpu", "cpu:1", "vulkan:", "vulkan:-1", "auto:0"] {
            assert!(text.parse::<DeviceChoice>().is_err(), "{text}");
        }
    }
}
