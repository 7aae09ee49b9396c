//! The network on the CPU: a plan, made once, that each thread runs over a few images at a time.
//!
//! Threads share only the weights. Each takes its images through the whole network in its own
//! memory, so no thread waits between layers, and the output of one layer is still in the caches
//! when the next reads it.

mod plan;
mod profile;
mod record;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fid_core::Tap;
use fid_weights::Weights;
use fid_weights::inception::INPUT_SIZE;
use rayon::ThreadPool;

pub use self::profile::StepTime;

use self::plan::{Destination, IMAGES, Part, Plan, Step};
use crate::groups::{self, Running};
use crate::isa::Isa;
use crate::kernels::{self, Layout, Output, Scratch, Target};

/// Number of values in one image.
pub(crate) const IMAGE_LEN: usize = 3 * INPUT_SIZE * INPUT_SIZE;

/// Images that a thread takes through the network together. More would not fit its caches; fewer
/// would read the weights more often.
const TOGETHER: usize = 2;

/// Inception-v3 on the CPU.
#[derive(Debug)]
pub(crate) struct CpuNetwork {
    isa: Isa,
    plan: Plan,
    /// Memory that no thread is using.
    idle: Mutex<Vec<Arena>>,
}

/// The memory of one thread.
#[derive(Debug, Default)]
struct Arena {
    slots: Vec<Vec<f32>>,
    scratch: Scratch,
}

impl CpuNetwork {
    /// Packs the weights.
    pub(crate) fn new(weights: &Weights, isa: Isa) -> Self {
        Self { isa, plan: Plan::new(weights), idle: Mutex::default() }
    }

    /// Queues `images`, `[n,3,299,299]` row major, in groups. `taps` are those that
    /// [`Tap::read_from`] returns.
    pub(crate) fn start(
        self: &Arc<Self>,
        pool: Option<&ThreadPool>,
        images: Vec<f32>,
        taps: &[Tap],
    ) -> Running {
        let count = images.len() / IMAGE_LEN;
        let threads = pool.map_or(1, ThreadPool::current_num_threads);
        let together = TOGETHER.min(count.div_ceil(threads)).max(1);
        let (network, taps) = (Arc::clone(self), taps.to_vec());
        groups::start(pool, count.div_ceil(together), taps.len(), move |group| {
            let images = images.chunks(together * IMAGE_LEN).nth(group).unwrap_or_default();
            network.group(images, &taps, &mut [])
        })
    }

    /// Runs one group of images on this thread. `times` is empty or has an entry for each step,
    /// which is lowered to the step's time.
    fn group(&self, images: &[f32], taps: &[Tap], times: &mut [Duration]) -> Vec<Vec<f32>> {
        let idle = || self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut arena = idle().pop().unwrap_or_default();
        let count = images.len() / IMAGE_LEN;
        arena.slots.resize_with(self.plan.sizes.len(), Vec::new);
        for (slot, size) in arena.slots.iter_mut().zip(&self.plan.sizes) {
            slot.resize(slot.len().max(count * size), 0.0);
        }
        let layout = self.plan.layouts[IMAGES];
        let slot = &mut arena.slots[self.plan.slots[IMAGES]];
        for (image, planes) in images.chunks_exact(IMAGE_LEN).enumerate() {
            interleave(planes, layout, image, slot);
        }
        let mut results = vec![Vec::new(); taps.len()];
        for (index, step) in self.plan.steps.iter().enumerate() {
            let start = Instant::now();
            self.step(step, &mut arena, count);
            if let Some(times) = times.get_mut(index) {
                *times = (*times).min(start.elapsed());
            }
            let Step::Tap { tap, at, channels } = step else { continue };
            for (_, result) in taps.iter().zip(&mut results).filter(|(wanted, _)| *wanted == tap) {
                *result = self.plan.read(&arena.slots, *tap, *at, *channels, count);
            }
        }
        idle().push(arena);
        results
    }

    /// Runs `images` as one group `runs` times and returns each step's shortest time.
    pub(crate) fn profile(&self, images: &[f32], runs: usize) -> Vec<StepTime> {
        let mut times = vec![Duration::MAX; self.plan.steps.len()];
        for _ in 0..runs {
            self.group(images, &[Tap::Pool3], &mut times);
        }
        let images = images.len() / IMAGE_LEN;
        self.plan.describe(&times, images)
    }

    /// Runs a step. Its output is moved out of the arena while it runs.
    fn step(&self, step: &Step, Arena { slots, scratch }: &mut Arena, count: usize) {
        let Self { isa, plan, .. } = self;
        let slot = |place: Destination| plan.slots[place.value];
        match step {
            Step::Border { value } => {
                plan.layouts[*value].clear_border(&mut slots[plan.slots[*value]], count);
            }
            Step::Direct { x, filter, parts, .. } => {
                let mut taken: Vec<_> =
                    parts.iter().map(|part| std::mem::take(&mut slots[slot(part.to)])).collect();
                let mut panel = 0;
                let target = |(part, values): (&Part, _)| {
                    let panels = panel..panel + part.panels;
                    panel = panels.end;
                    Target { output: plan.output(part.to, values), panels, finish: part.finish }
                };
                let mut targets: Vec<_> = parts.iter().zip(&mut taken).map(target).collect();
                filter.run(*isa, plan.input(slots, *x), count, &mut targets);
                for (part, values) in parts.iter().zip(taken) {
                    slots[slot(part.to)] = values;
                }
            }
            Step::Winograd { x, filter, to, .. } => plan.write(slots, *to, |slots, output| {
                filter.run(*isa, plan.input(slots, *x), count, output, scratch);
            }),
            Step::Max { x, window, to } => plan.write(slots, *to, |slots, output| {
                kernels::max(*isa, *window, plan.input(slots, *x), count, output);
            }),
            Step::Average { x, window, bias, to } => plan.write(slots, *to, |slots, output| {
                kernels::average(*isa, *window, plan.input(slots, *x), count, bias, output);
            }),
            Step::Tap { .. } => {}
        }
    }
}

impl Plan {
    fn input<'a>(&self, slots: &'a [Vec<f32>], x: usize) -> (&'a [f32], Layout) {
        (&slots[self.slots[x]], self.layouts[x])
    }

    fn output<'a>(&self, to: Destination, values: &'a mut Vec<f32>) -> Output<'a> {
        Output { values, layout: self.layouts[to.value], channel: to.channel }
    }

    fn write(
        &self,
        slots: &mut [Vec<f32>],
        to: Destination,
        run: impl FnOnce(&[Vec<f32>], &mut Output<'_>),
    ) {
        let slot = self.slots[to.value];
        let mut values = std::mem::take(&mut slots[slot]);
        run(slots, &mut self.output(to, &mut values));
        slots[slot] = values;
    }

    /// The features at a tap, `[count,dim]`.
    fn read(
        &self,
        slots: &[Vec<f32>],
        tap: Tap,
        at: Destination,
        channels: usize,
        count: usize,
    ) -> Vec<f32> {
        let (values, layout) = self.input(slots, at.value);
        let mut result = Vec::with_capacity(count * tap.dim());
        for image in 0..count {
            let rows = layout.rows(image).map(|row| &values[row]);
            let pixels = rows.flat_map(|row| row.chunks_exact(layout.channels));
            let pixels = pixels.map(|pixel| &pixel[at.channel..at.channel + channels]);
            if tap == Tap::Spatial {
                pixels.for_each(|pixel| result.extend(&pixel[..Tap::SPATIAL_CHANNELS]));
            } else {
                let mut sums = vec![0f64; channels];
                for pixel in pixels {
                    sums.iter_mut().zip(pixel).for_each(|(sum, &value)| *sum += f64::from(value));
                }
                let area = (layout.height * layout.width) as f64;
                result.extend(sums.into_iter().map(|sum| (sum / area) as f32));
            }
        }
        result
    }
}

/// Copies one image from CHW to HWC with a border.
fn interleave(planes: &[f32], layout: Layout, image: usize, values: &mut [f32]) {
    let area = layout.height * layout.width;
    for (y, row) in layout.rows(image).enumerate() {
        for (x, pixel) in values[row].chunks_exact_mut(layout.channels).enumerate() {
            for (c, value) in pixel.iter_mut().enumerate() {
                *value = planes[c * area + y * layout.width + x];
            }
        }
    }
}
