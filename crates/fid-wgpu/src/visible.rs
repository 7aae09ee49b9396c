//! The GPUs that the environment leaves visible, as for programs of CUDA and ROCm: a scheduler gives
//! each job of a machine its own.

use std::fs;

use fid_core::DeviceError;

const NVIDIA: u32 = 0x10de;
const AMD: u32 = 0x1002;

/// The variables that hide a vendor's GPUs. Each counts those that the one before it leaves.
const VARIABLES: [(u32, &[&str]); 2] =
    [(NVIDIA, &["CUDA_VISIBLE_DEVICES"]), (AMD, &["ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"])];

/// An adapter, as far as variables can name it.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// The vendor's number in PCI.
    pub(crate) vendor: u32,
    pub(crate) name: String,
    /// As in [`crate::Adapter::pci`].
    pub(crate) pci: Option<String>,
    /// `GPU-` and digits; `None` if it cannot be found out.
    pub(crate) uuid: Option<String>,
}

/// Puts adapters in the order of their PCI addresses, those without one last, and leaves out those
/// that the environment hides. Returns their positions in `found`. The visible GPUs of a vendor take
/// the order of the variable's list.
///
/// As in CUDA a list ends at the first entry that is no GPU: an empty one and `-1` hide all.
/// `variable` reads the environment.
///
/// # Errors
///
/// [`DeviceError::Visible`] if it is unclear which GPUs a variable means.
pub(crate) fn visible(
    found: &[Found],
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<usize>, DeviceError> {
    let mut order: Vec<usize> = (0..found.len()).collect();
    let address = |at: &usize| found[*at].pci.as_deref().and_then(address);
    order.sort_by_key(|at| (address(at).is_none(), address(at)));
    for (vendor, names) in VARIABLES {
        for &name in names {
            let own = |at: &usize| found[*at].vendor == vendor;
            let adapters: Vec<usize> = order.iter().copied().filter(own).collect();
            let Some(value) = variable(name).filter(|_| !adapters.is_empty()) else { continue };
            let by_speed = vendor == NVIDIA
                && variable("CUDA_DEVICE_ORDER").is_none_or(|order| order != "PCI_BUS_ID");
            let chosen = choose(found, &adapters, &value, by_speed);
            let chosen = chosen.map_err(|problem| DeviceError::Visible {
                variable: name,
                value,
                problem,
            })?;
            let mut chosen = chosen.into_iter();
            let place = |at: usize| if own(&at) { chosen.next() } else { Some(at) };
            order = order.into_iter().filter_map(place).collect();
        }
    }
    Ok(order)
}

/// The variables that hide some of the adapters, with their values.
pub(crate) fn hiding(found: &[Found], variable: &dyn Fn(&str) -> Option<String>) -> String {
    let present = |(vendor, _): &(u32, _)| found.iter().any(|adapter| adapter.vendor == *vendor);
    let names = VARIABLES.into_iter().filter(present).flat_map(|(_, names)| names);
    let set = names.filter_map(|name| Some(format!("{name}={}", variable(name)?)));
    set.collect::<Vec<_>>().join(", ")
}

/// The adapters that the list `value` names, in its order. A GPU may have several adapters, of
/// several drivers; `adapters` has them side by side. `by_speed`: whether unlike GPUs are counted
/// from the fastest.
fn choose(
    found: &[Found],
    adapters: &[usize],
    value: &str,
    by_speed: bool,
) -> Result<Vec<usize>, &'static str> {
    let same = |a: &usize, b: &usize| found[*a].pci.is_some() && found[*a].pci == found[*b].pci;
    let gpus: Vec<&[usize]> = adapters.chunk_by(same).collect();
    let first = |gpu: &[usize]| &found[gpu[0]];
    let mut chosen: Vec<&[usize]> = Vec::new();
    for entry in value.split(',').map(str::trim) {
        let gpu = if let Ok(index) = entry.parse::<usize>() {
            if gpus.len() > 1 && gpus.iter().any(|gpu| first(gpu).pci.is_none()) {
                return Err(
                    "counts GPUs by PCI address, which the driver does not report: unset it",
                );
            }
            let unlike = |gpu: &&[usize]| first(gpu).name != first(gpus[0]).name;
            if by_speed && gpus.iter().any(unlike) {
                return Err(
                    "counts unlike GPUs from the fastest one, and only CUDA knows which that \
                            is: set CUDA_DEVICE_ORDER=PCI_BUS_ID, or list UUIDs",
                );
            }
            gpus.get(index)
        } else if entry.starts_with("GPU-") {
            if gpus.iter().any(|gpu| first(gpu).uuid.is_none()) {
                return Err("lists UUIDs, which the driver does not report: list indices");
            }
            let entry = entry.to_lowercase();
            let is = |gpu: &&&[usize]| {
                first(gpu).uuid.as_ref().is_some_and(|uuid| uuid.to_lowercase().starts_with(&entry))
            };
            let mut matching = gpus.iter().filter(is);
            matching.next().filter(|_| matching.next().is_none())
        } else if entry.starts_with("MIG-") {
            return Err("is a part of a GPU (MIG), which graphics APIs cannot use: use the CPU");
        } else {
            None
        };
        let Some(gpu) = gpu else { break };
        if chosen.contains(gpu) {
            return Err("lists a GPU twice: list it once");
        }
        chosen.push(gpu);
    }
    Ok(chosen.concat())
}

/// Domain, bus, device and function of an address such as `0000:01:00.0`.
fn address(pci: &str) -> Option<[u32; 4]> {
    let mut parts = pci.split([':', '.']).map(|part| u32::from_str_radix(part, 16).ok());
    let mut next = || parts.next().flatten();
    Some([next()?, next()?, next()?, next()?])
}

/// The UUID of the GPU at a PCI address, as the drivers for Linux report it.
pub(crate) fn uuid(vendor: u32, pci: &str) -> Option<String> {
    match vendor {
        NVIDIA => {
            let file = format!("/proc/driver/nvidia/gpus/{pci}/information");
            uuid_in(&fs::read_to_string(file).ok()?)
        }
        AMD => {
            let id = fs::read_to_string(format!("/sys/bus/pci/devices/{pci}/unique_id")).ok()?;
            Some(format!("GPU-{}", id.trim()))
        }
        _ => None,
    }
}

/// The UUID in a file of NVIDIA's driver. Some containers show question marks.
fn uuid_in(information: &str) -> Option<String> {
    let value = information.lines().find_map(|line| line.strip_prefix("GPU UUID:"))?.trim();
    (!value.contains('?')).then(|| value.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A GPU of `vendor` at a bus; its UUID is `GPU-` and the bus.
    fn gpu(vendor: u32, name: &str, bus: u32) -> Found {
        let pci = Some(format!("0000:{bus:02x}:00.0"));
        Found { vendor, name: name.into(), pci, uuid: Some(format!("GPU-{bus:02x}ab")) }
    }

    fn software() -> Found {
        Found { vendor: 0x10005, name: "llvmpipe".into(), pci: None, uuid: None }
    }

    fn nvidia(buses: &[u32]) -> Vec<Found> {
        buses.iter().map(|&bus| gpu(NVIDIA, "A", bus)).collect()
    }

    fn run(found: &[Found], set: &[(&str, &str)]) -> Result<Vec<usize>, String> {
        let variable = |name: &str| {
            set.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned())
        };
        visible(found, &variable).map_err(|error| error.to_string())
    }

    const CUDA: &str = "CUDA_VISIBLE_DEVICES";
    const BY_PCI: (&str, &str) = ("CUDA_DEVICE_ORDER", "PCI_BUS_ID");

    #[test]
    fn adapters_are_in_the_order_of_pci_addresses() {
        let mut found = nvidia(&[0x81, 0x0a]);
        found.insert(0, software());
        found.push(gpu(AMD, "B", 0x41));
        found.push(Found { pci: Some("10000:01:00.0".into()), ..gpu(NVIDIA, "A", 1) });
        found.push(software());
        assert_eq!(run(&found, &[]).unwrap(), [2, 3, 1, 4, 0, 5]);
    }

    #[test]
    fn a_list_picks_gpus_in_its_order_and_ends_where_it_is_wrong() {
        // At buses 1, 2, 3 are the positions 2, 0, 1.
        let found = nvidia(&[2, 3, 1]);
        for (value, expected) in [
            ("0", vec![2]),
            ("2,0", vec![1, 2]),
            (" 1 , 0 ", vec![0, 2]),
            ("", vec![]),
            ("-1", vec![]),
            ("1,-1,0", vec![0]),
            ("0,7,1", vec![2]),
            ("NoDevFiles", vec![]),
            ("GPU-03ab", vec![1]),
            ("GPU-03,GPU-01A", vec![1, 2]),
            ("1,GPU-01ab", vec![0, 2]),
            ("GPU-0", vec![]),
            ("GPU-04", vec![]),
        ] {
            assert_eq!(run(&found, &[(CUDA, value)]).unwrap(), expected, "{value:?}");
        }
        assert_eq!(run(&nvidia(&[1]), &[(CUDA, "0")]).unwrap(), [0]);
    }

    #[test]
    fn a_vendors_variable_acts_on_its_adapters_alone() {
        let found = [
            gpu(NVIDIA, "A", 1),
            gpu(AMD, "B", 2),
            gpu(NVIDIA, "A", 3),
            gpu(AMD, "B", 4),
            gpu(AMD, "B", 5),
            software(),
        ];
        assert_eq!(run(&found, &[(CUDA, "1")]).unwrap(), [2, 1, 3, 4, 5]);
        assert_eq!(run(&found, &[(CUDA, "1,0")]).unwrap(), [2, 1, 0, 3, 4, 5]);
        let (rocr, hip) = ("ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES");
        assert_eq!(run(&found, &[(rocr, "2,0")]).unwrap(), [0, 4, 2, 1, 5]);
        assert_eq!(run(&found, &[(hip, "1")]).unwrap(), [0, 3, 2, 5]);
        // The second variable counts what the first leaves, in its order.
        assert_eq!(run(&found, &[(hip, "0"), (rocr, "2,0")]).unwrap(), [0, 4, 2, 5]);
        assert_eq!(run(&found, &[(hip, ""), (CUDA, "")]).unwrap(), [5]);
        // Without a GPU of the vendor nothing is unclear.
        assert_eq!(run(&[software()], &[(CUDA, "MIG-1")]).unwrap(), [0]);
        // Two drivers list one GPU.
        let twice = [gpu(AMD, "B", 1), gpu(AMD, "B", 2), gpu(AMD, "other", 1)];
        assert_eq!(run(&twice, &[(rocr, "1")]).unwrap(), [1]);
        assert_eq!(run(&twice, &[(hip, "1,0")]).unwrap(), [1, 0, 2]);
    }

    #[test]
    fn what_is_unclear_is_refused() {
        let like = nvidia(&[1, 2]);
        let unlike = [gpu(NVIDIA, "A", 1), gpu(NVIDIA, "B", 2)];
        let nameless = [
            Found { pci: None, uuid: None, ..gpu(NVIDIA, "A", 1) },
            Found { pci: None, uuid: None, ..gpu(NVIDIA, "A", 2) },
        ];
        for (found, value, said) in [
            (&like[..], "0,0", "twice"),
            (&like, "0,GPU-01", "twice"),
            (&like, "MIG-GPU-1/0/0", "MIG"),
            (&unlike, "0", "CUDA_DEVICE_ORDER=PCI_BUS_ID"),
            (&nameless, "1", "PCI address"),
            (&nameless, "GPU-01ab", "UUIDs"),
        ] {
            let error = run(found, &[(CUDA, value)]).unwrap_err();
            let begins = format!("{CUDA}={value} ");
            assert!(error.starts_with(&begins) && error.contains(said), "{error}");
        }
        assert_eq!(run(&unlike, &[(CUDA, "1"), BY_PCI]).unwrap(), [1]);
        assert_eq!(run(&unlike, &[(CUDA, "GPU-02")]).unwrap(), [1]);
        assert_eq!(run(&nameless[..1], &[(CUDA, "0")]).unwrap(), [0]);
    }

    #[test]
    fn variables_of_vendors_that_are_there_are_named() {
        let set = |name: &str| (name != "HIP_VISIBLE_DEVICES").then(|| "1".to_owned());
        assert_eq!(hiding(&nvidia(&[1]), &set), "CUDA_VISIBLE_DEVICES=1");
        let both = [gpu(NVIDIA, "A", 1), gpu(AMD, "B", 2)];
        assert_eq!(hiding(&both, &set), "CUDA_VISIBLE_DEVICES=1, ROCR_VISIBLE_DEVICES=1");
        assert_eq!(hiding(&[software()], &set), "");
    }

    #[test]
    fn uuids_are_read_from_the_driver() {
        let text = "Model: \t\t NVIDIA H100\nIRQ:   \t\t 42\nGPU UUID: \t GPU-5ccf7e0a-1b\nVideo";
        assert_eq!(uuid_in(text).as_deref(), Some("GPU-5ccf7e0a-1b"));
        assert_eq!(uuid_in("GPU UUID: \t GPU-????????-????\n"), None);
        assert_eq!(uuid_in("Model: x"), None);
    }
}
