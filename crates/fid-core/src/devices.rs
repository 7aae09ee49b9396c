//! Lists of devices.

use std::str::FromStr;

use crate::{Api, DeviceChoice, DeviceError};

/// One device, or several that share the batches of a run equally.
///
/// Parsed from [`DeviceChoice`]s separated by commas, such as `cpu,vulkan:0`. A number alone is a
/// further adapter of the API before it: `vulkan:0,1`. `vulkan:all` is every adapter of that API
/// that is of the most capable kind there. A GPU that is listed twice gets two shares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Devices(Vec<DeviceEntry>);

/// An entry of [`Devices`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceEntry {
    /// One device.
    One(DeviceChoice),
    /// Every adapter of the most capable kind of an API; `None` for the first of [`Api::ALL`] that
    /// has an adapter.
    All(Option<Api>),
}

impl Devices {
    /// A list of devices, in the order in which they get batches. Without entries it is
    /// [`DeviceChoice::Auto`].
    ///
    /// # Errors
    ///
    /// [`DeviceError::CpuTwice`], and [`DeviceError::AutoInList`] for `auto` beside others.
    pub fn new(entries: impl IntoIterator<Item = DeviceEntry>) -> Result<Self, DeviceError> {
        let entries: Vec<_> = entries.into_iter().collect();
        let count = |choice| entries.iter().filter(|&&e| e == DeviceEntry::One(choice)).count();
        if count(DeviceChoice::Cpu) > 1 {
            return Err(DeviceError::CpuTwice);
        }
        if entries.len() > 1 && count(DeviceChoice::Auto) > 0 {
            return Err(DeviceError::AutoInList);
        }
        Ok(if entries.is_empty() { Self::default() } else { Self(entries) })
    }

    /// The entries, at least one.
    pub fn entries(&self) -> &[DeviceEntry] {
        &self.0
    }
}

impl Default for Devices {
    fn default() -> Self {
        DeviceChoice::default().into()
    }
}

impl From<DeviceChoice> for DeviceEntry {
    fn from(choice: DeviceChoice) -> Self {
        Self::One(choice)
    }
}

impl From<DeviceChoice> for Devices {
    fn from(choice: DeviceChoice) -> Self {
        Self(vec![choice.into()])
    }
}

impl FromStr for Devices {
    type Err = DeviceError;

    fn from_str(text: &str) -> Result<Self, DeviceError> {
        let mut entries = Vec::new();
        // The API of a number that stands alone.
        let mut api = None;
        for part in text.split(',') {
            let (name, index) = match (part.split_once(':'), api) {
                (Some((name, index)), _) => (name, Some(index)),
                (None, Some(api)) if part.parse::<usize>().is_ok() => (api, Some(part)),
                (None, _) => (part, None),
            };
            let unknown = || DeviceError::Unknown { choice: part.into() };
            entries.push(match index {
                Some("all") => match name.parse()? {
                    DeviceChoice::Gpu { api, index: None } => DeviceEntry::All(api),
                    _ => return Err(unknown()),
                },
                Some(index) => format!("{name}:{index}").parse::<DeviceChoice>()?.into(),
                None => name.parse::<DeviceChoice>()?.into(),
            });
            api = index.filter(|&index| index != "all").map(|_| name);
        }
        Self::new(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vulkan(index: Option<usize>) -> DeviceEntry {
        DeviceChoice::Gpu { api: Some(Api::Vulkan), index }.into()
    }

    #[test]
    fn lists_are_parsed() {
        let cpu = DeviceEntry::from(DeviceChoice::Cpu);
        let metal = DeviceChoice::Gpu { api: Some(Api::Metal), index: Some(0) };
        for (text, expected) in [
            ("auto", vec![DeviceChoice::Auto.into()]),
            ("vulkan", vec![vulkan(None)]),
            ("vulkan:0,1", vec![vulkan(Some(0)), vulkan(Some(1))]),
            ("vulkan:3,vulkan:3", vec![vulkan(Some(3)); 2]),
            ("cpu,vulkan:0", vec![cpu, vulkan(Some(0))]),
            ("vulkan:2,cpu:0,metal:0", vec![vulkan(Some(2)), cpu, metal.into()]),
            ("vulkan:all,cpu", vec![DeviceEntry::All(Some(Api::Vulkan)), cpu]),
            ("webgpu:all", vec![DeviceEntry::All(None)]),
        ] {
            assert_eq!(text.parse::<Devices>().unwrap().entries(), expected, "{text}");
        }
    }

    #[test]
    fn errors_of_lists_name_the_entry_and_the_way_out() {
        for (text, said) in [
            ("vulkan:0,toaster", "unknown device 'toaster': use auto, cpu"),
            ("vulkan:0,", "unknown device ''"),
            ("", "unknown device ''"),
            ("vulkan,1", "unknown device '1'"),
            ("0,1", "unknown device '0'"),
            ("vulkan:all,1", "unknown device '1'"),
            ("vulkan:-1", "unknown device 'vulkan:-1'"),
            ("cpu:all", "unknown device 'cpu:all'"),
            ("vulkan:0:all", "unknown device 'vulkan:0:all'"),
            ("cpu,vulkan:0,cpu", "cpu is listed more than once"),
            ("cpu:0,0", "list it once"),
            ("auto,cpu", "vulkan:all"),
        ] {
            let error = text.parse::<Devices>().unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
