//! The time of each step of the network.

use std::time::Duration;

use super::plan::{Plan, Step};
use fid_weights::LayerTable;

/// A step of the network on the CPU and its cost.
#[derive(Debug, Clone)]
pub struct StepTime {
    /// Comma-separated names of the step's convolutions; empty if the step has no convolution.
    pub name: String,
    /// The algorithm, such as `winograd`.
    pub method: &'static str,
    /// Multiply-adds for one image by the definition of the layers, whatever the algorithm.
    pub multiply_adds: usize,
    /// Time of one thread for one image, the best of all runs.
    pub time: Duration,
}

impl Plan {
    pub(super) fn describe(&self, times: &[Duration], images: usize) -> Vec<StepTime> {
        let steps = self.steps.iter().zip(times);
        steps
            .map(|(step, &time)| {
                let (method, layers) = match step {
                    Step::Border { .. } => ("zeros of a border", &[][..]),
                    Step::Direct { layers, .. } => ("direct", &layers[..]),
                    Step::Winograd { layer, .. } => ("winograd", std::slice::from_ref(layer)),
                    Step::Max { .. } => ("maximum", &[][..]),
                    Step::Average { .. } => ("mean", &[][..]),
                    Step::Tap { .. } => ("features", &[][..]),
                };
                let table = LayerTable::get().convs();
                let names: Vec<_> =
                    layers.iter().map(|&layer| table[layer].name.as_str()).collect();
                let [height, width] = step.output(self);
                let fan = layers.iter().map(|&at| table[at].conv.out_channels * table[at].fan_in());
                let multiply_adds = height * width * fan.sum::<usize>();
                let time = time / images.max(1) as u32;
                StepTime { name: names.join(", "), method, multiply_adds, time }
            })
            .collect()
    }
}

impl Step {
    /// Height and width of the step's output.
    fn output(&self, plan: &Plan) -> [usize; 2] {
        let layout = self.writes().first().map(|&value| plan.layouts[value]).unwrap_or_default();
        [layout.height, layout.width]
    }
}
