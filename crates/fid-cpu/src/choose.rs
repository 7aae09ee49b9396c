//! Choosing the instruction set: the one that is asked for, otherwise the fastest, measured.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use fid_core::DeviceError;
use fid_weights::inception::Window;

use crate::isa::Isa;
use crate::kernels::{DirectFilter, Finish, Layout, Output, PANEL, Target};

/// The environment variable that forces an instruction set by its [`Isa::name`].
const VARIABLE: &str = "FID_GPU_CPU";

/// How long an instruction set is timed. A CPU that lowers its clock for wide vectors does so within
/// the first half, which does not count.
const TIMED: Duration = Duration::from_millis(3);

impl Isa {
    /// The set that the environment variable `FID_GPU_CPU` names, otherwise the fastest: the first
    /// call of a process times each for 3 ms. The variable is read once in a process.
    ///
    /// All sets with fused multiply-add give the same bits, so the timing decides no value.
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
        let Some(name) = name else { return Ok(fastest(&available)) };
        available.iter().find(|isa| isa.name() == name).copied().ok_or_else(|| {
            let names: Vec<_> = available.iter().map(|isa| isa.name()).collect();
            DeviceError::Instructions {
                variable: VARIABLE,
                asked: name.into(),
                available: names.join(", "),
            }
        })
    }
}

/// The fastest set, measured once in a process. Portable code is only used where there is nothing
/// else: it rounds differently, so a timing must not choose it.
fn fastest(available: &[Isa]) -> Isa {
    static FASTEST: OnceLock<Isa> = OnceLock::new();
    *FASTEST.get_or_init(|| {
        let fused: Vec<_> = available.iter().copied().filter(|isa| isa.fuses()).collect();
        match fused[..] {
            [] => Isa::Portable,
            [only] => only,
            _ => {
                // Narrow vectors first: wide ones may slow the clock for what follows.
                let times = fused.into_iter().rev().map(|isa| (time(isa), isa));
                times.min_by_key(|&(time, _)| time).map_or(Isa::Portable, |(_, isa)| isa)
            }
        }
    })
}

/// The median time of a small 1×1 convolution from the caches.
fn time(isa: Isa) -> Duration {
    const PIXELS: usize = 48;
    const CHANNELS: usize = 256;
    const FILTERS: usize = 96;
    let window = Window { size: [1, 1], stride: 1, padding: [0, 0] };
    let weight: Vec<f32> = (0..CHANNELS * FILTERS).map(|at| (at % 7) as f32 - 3.0).collect();
    let filter = DirectFilter::pack(window, CHANNELS, &weight, &[1.0; FILTERS]);
    let layout = |channels| Layout { height: 1, width: PIXELS, channels, ..Layout::default() };
    let x = vec![0.5; PIXELS * CHANNELS];
    let mut values = vec![0.0; PIXELS * FILTERS];
    let mut times = Vec::new();
    let start = Instant::now();
    while times.len() < 4 || start.elapsed() < TIMED {
        let output = Output { values: &mut values, layout: layout(FILTERS), channel: 0 };
        let panels = 0..FILTERS / PANEL;
        let mut targets = [Target { output, panels, finish: Finish::BiasRelu }];
        let one = Instant::now();
        filter.run(isa, (black_box(&x), layout(CHANNELS)), 1, &mut targets);
        times.push(one.elapsed());
        black_box(&mut values);
    }
    let half = times.len() / 2;
    let later = &mut times[half..];
    later.sort_unstable();
    later[later.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_forces_an_available_instruction_set() {
        for isa in Isa::available() {
            assert_eq!(Isa::named(Some(isa.name())).unwrap().name(), isa.name());
        }
        let error = Isa::named(Some("mmx")).unwrap_err().to_string();
        assert!(error.contains("FID_GPU_CPU=mmx") && error.contains("portable"), "{error}");
    }

    #[test]
    fn the_choice_stays_and_is_portable_only_without_any_other() {
        let chosen = Isa::named(None).unwrap();
        assert_eq!(Isa::named(None).unwrap().name(), chosen.name());
        assert_eq!(chosen.fuses(), Isa::available().len() > 1);
        assert_eq!(fastest(&[Isa::Portable]).name(), chosen.name(), "measured once");
    }
}
