//! The choice of a device to run a network on.

use std::fmt;
use std::str::FromStr;

use crate::Precision;

/// A graphics API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Api {
    /// Linux, Windows, Android.
    Vulkan,
    /// macOS, iOS.
    Metal,
    /// Direct3D 12, on Windows.
    Dx12,
}

impl Api {
    /// All APIs, in order of preference.
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

/// The device to use. Parsed from `auto`, `cpu`, `vulkan`, `metal`, `dx12` or `webgpu` (any API);
/// GPUs take `:INDEX` to pick one of several adapters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DeviceChoice {
    /// A hardware GPU if there is one, otherwise the CPU. Software adapters are skipped.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// A GPU.
    Gpu {
        /// The API; `None` for the first of [`Api::ALL`] that has an adapter.
        api: Option<Api>,
        /// The adapter's position in the API's list; `None` for the most capable.
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

/// An error in choosing or opening a device.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The text is not a [`DeviceChoice`].
    #[error(
        "unknown device '{choice}': use auto, cpu, vulkan, metal, dx12 or webgpu, with :INDEX if \
         there are several"
    )]
    Unknown {
        /// The text.
        choice: String,
    },
    /// The device does not support the precision.
    #[error("{device} does not compute in {precision}")]
    Precision {
        /// The requested precision.
        precision: Precision,
        /// The device.
        device: String,
    },
    /// The environment requests an instruction set that the CPU does not have.
    #[error("{variable}={asked} is not an instruction set of this CPU, which has {available}")]
    Instructions {
        /// The environment variable.
        variable: &'static str,
        /// Its value.
        asked: String,
        /// Comma-separated names of the instruction sets that the CPU has.
        available: String,
    },
    /// The API has no adapter.
    #[error(
        "no {} adapter on this machine: install its driver, or use the CPU",
        api.map_or("GPU".into(), |api| api.to_string())
    )]
    NoAdapter {
        /// The requested API; `None` for any.
        api: Option<Api>,
    },
    /// The index is past the last adapter.
    #[error("no adapter {index}: this API has {count}")]
    NoIndex {
        /// The requested index.
        index: usize,
        /// Number of adapters of the API.
        count: usize,
    },
    /// The environment hides the adapter.
    #[error(
        "no such adapter: {environment} leaves {visible} of {count} that {api} has; change or \
         unset it"
    )]
    Hidden {
        /// The API.
        api: Api,
        /// Number of adapters that can be used.
        visible: usize,
        /// Number of adapters of the API.
        count: usize,
        /// The variables that are set, such as `CUDA_VISIBLE_DEVICES=1`.
        environment: String,
    },
    /// An environment variable that hides GPUs does not say which.
    #[error("{variable}={value} {problem}")]
    Visible {
        /// The variable.
        variable: &'static str,
        /// Its value.
        value: String,
        /// What is unclear, and the way out.
        problem: &'static str,
    },
    /// The CPU is more than once in a list of devices.
    #[error("cpu is listed more than once: one engine uses all cores, so list it once")]
    CpuTwice,
    /// `auto` is in a list of several devices.
    #[error(
        "auto chooses one device by itself: list devices by name, or use all GPUs with vulkan:all"
    )]
    AutoInList,
    /// The driver reports too little about the adapter to open it.
    #[error(
        "{name} does not say what kind of adapter it is, and cannot be opened; use another device"
    )]
    Unsupported {
        /// The adapter.
        name: String,
    },
    /// The driver refused to open the adapter.
    #[error("cannot open {name} ({message}); use another device")]
    Open {
        /// The adapter.
        name: String,
        /// The driver's message.
        message: String,
    },
    /// The program was built without this kind of device.
    #[error("this build has no {what}: build it with the feature `{feature}`")]
    NotBuilt {
        /// The kind of device.
        what: &'static str,
        /// The cargo feature that adds it.
        feature: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_names_are_parsed() {
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
