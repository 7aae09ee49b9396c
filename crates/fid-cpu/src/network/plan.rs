//! The network as a list of steps over a few reused buffers.

use fid_core::Tap;
use fid_weights::Weights;
use fid_weights::inception::Window;

use super::record::{AVERAGE, Node, Record, Source};
use crate::kernels::{DirectFilter, Finish, Layout, PANEL, WinogradFilter};

/// The steps of the network, and the memory of the values they read and write.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// The layout of each value.
    pub(super) layouts: Vec<Layout>,
    /// The buffer of each value; values that are not live at the same time share buffers.
    pub(super) slots: Vec<usize>,
    /// Number of `f32` in each buffer for one image.
    pub(super) sizes: Vec<usize>,
}

/// The value that holds the input images.
pub(super) const IMAGES: usize = 0;

/// The channels of a value from `channel` on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Destination {
    pub(super) value: usize,
    pub(super) channel: usize,
}

#[derive(Debug)]
pub(super) enum Step {
    /// Writes the border of a value before its pixels are written.
    Border { value: usize },
    /// Convolutions with the same input and window.
    Direct { layers: Vec<usize>, x: usize, filter: DirectFilter, parts: Vec<Part> },
    /// One convolution by Winograd's algorithm.
    Winograd { layer: usize, x: usize, filter: WinogradFilter, to: Destination },
    /// The maximum over windows.
    Max { x: usize, window: Window, to: Destination },
    /// The mean, bias and ReLU after a 1×1 convolution that the network applies to a mean.
    Average { x: usize, window: Window, bias: Vec<f32>, to: Destination },
    /// Features to return: `channels` channels from `at` on.
    Tap { tap: Tap, at: Destination, channels: usize },
}

/// One convolution of a [`Step::Direct`].
#[derive(Debug)]
pub(super) struct Part {
    /// Number of panels of filters.
    pub(super) panels: usize,
    pub(super) to: Destination,
    pub(super) finish: Finish,
}

impl Plan {
    pub(super) fn new(weights: &Weights) -> Self {
        let record = Record::new();
        let mut builder = Builder::new(&record, weights);
        for at in 0..record.nodes.len() {
            builder.node(at);
            for &(tap, _) in record.taps.iter().filter(|&&(_, x)| x == at) {
                let channels = record.nodes[at].channels;
                builder.steps.push(Step::Tap { tap, at: builder.places[at], channels });
            }
        }
        builder.finish()
    }
}

struct Builder<'a> {
    record: &'a Record,
    weights: &'a Weights,
    /// The destination of each node.
    places: Vec<Destination>,
    layouts: Vec<Layout>,
    steps: Vec<Step>,
    /// Nodes that a previous step computes.
    done: Vec<bool>,
}

impl<'a> Builder<'a> {
    fn new(record: &'a Record, weights: &'a Weights) -> Self {
        let nodes = &record.nodes;
        let layout = |node: &Node| Layout {
            height: node.height,
            width: node.width,
            channels: node.channels,
            ..Layout::default()
        };
        // A value for each node; parts of a concatenation are written into the concatenation's
        // value.
        let layouts = nodes.iter().map(layout).collect();
        let mut places: Vec<_> =
            (0..nodes.len()).map(|value| Destination { value, channel: 0 }).collect();
        for (value, node) in nodes.iter().enumerate() {
            let Source::Concat { parts } = &node.source else { continue };
            let mut channel = 0;
            for &part in parts {
                places[part] = Destination { value, channel };
                channel += nodes[part].channels;
            }
        }
        let done = vec![false; nodes.len()];
        Self { record, weights, places, layouts, steps: Vec::new(), done }
    }

    fn node(&mut self, at: usize) {
        match self.record.nodes[at].source {
            Source::Conv { .. } if !self.done[at] => self.conv(at),
            Source::Max { x, window } => {
                let to = self.places[at];
                self.steps.push(Step::Max { x, window, to });
            }
            // The 1×1 convolution that reads a mean adds its step.
            _ => {}
        }
    }

    /// The input and window of a convolution, and whether it convolves the input's mean.
    fn reads(&self, at: usize) -> Option<(usize, Window, bool)> {
        let Source::Conv { x, window, .. } = self.record.nodes[at].source else { return None };
        Some(match self.record.nodes[x].source {
            Source::Average { x } => {
                assert_eq!(window.size, [1, 1], "only a 1×1 convolution commutes with a mean");
                (x, window, true)
            }
            _ => (x, window, false),
        })
    }

    fn conv(&mut self, at: usize) {
        let nodes = &self.record.nodes;
        let Some((x, window, _)) = self.reads(at) else { return };
        let input = self.layouts[x];
        let (layer, weight, bias) = self.params(at);
        let size = [nodes[at].height, nodes[at].width];
        if let Some(filter) = WinogradFilter::pack(window, size, input.channels, weight, bias) {
            let [before, after] = filter.border(input);
            self.layouts[x].widen(before, after);
            let to = self.places[at];
            self.steps.push(Step::Winograd { layer, x, filter, to });
            return;
        }
        self.layouts[x].widen(window.padding, window.padding);
        let mut filter: Option<DirectFilter> = None;
        let (mut layers, mut parts, mut means) = (Vec::new(), Vec::new(), Vec::new());
        for (other, node) in nodes.iter().enumerate().skip(at) {
            let Some((_, _, mean)) = self
                .reads(other)
                .filter(|&(other_x, other_window, _)| (other_x, other_window) == (x, window))
            else {
                continue;
            };
            self.done[other] = true;
            let (layer, weight, bias) = self.params(other);
            layers.push(layer);
            let packed = DirectFilter::pack(window, input.channels, weight, bias);
            match &mut filter {
                Some(filter) => filter.append(&packed),
                None => filter = Some(packed),
            }
            let panels = bias.len() / PANEL;
            let mut part = Part { panels, to: self.places[other], finish: Finish::BiasRelu };
            if mean {
                let value = self.layouts.len();
                let layout = Layout { channels: node.channels, ..input };
                self.layouts.push(Layout { before: [0; 2], after: [0; 2], ..layout });
                let (bias, to) = (bias.to_vec(), part.to);
                means.push(Step::Average { x: value, window: AVERAGE, bias, to });
                part.to = Destination { value, channel: 0 };
                part.finish = Finish::Nothing;
            }
            parts.push(part);
        }
        self.steps.extend(filter.map(|filter| Step::Direct { layers, x, filter, parts }));
        self.steps.extend(means);
    }

    /// A convolution's index in the table of layers, its weight and its bias.
    fn params(&self, at: usize) -> (usize, &'a [f32], &'a [f32]) {
        let Source::Conv { layer, .. } = self.record.nodes[at].source else {
            unreachable!("node {at} is no convolution")
        };
        let conv = &self.weights.convs[layer];
        (layer, &conv.weight, &conv.bias)
    }

    /// Adds the steps for borders and assigns buffers.
    fn finish(self) -> Plan {
        let Self { steps, layouts, .. } = self;
        let mut plan =
            Plan { steps: Vec::new(), slots: vec![0; layouts.len()], sizes: Vec::new(), layouts };
        let mut last_use = vec![0; plan.layouts.len()];
        for (at, step) in steps.iter().enumerate() {
            for value in step.reads().into_iter().chain(step.writes()) {
                last_use[value] = at;
            }
        }
        let mut seen = vec![false; plan.layouts.len()];
        let mut free = Vec::new();
        plan.assign(IMAGES, &mut free);
        seen[IMAGES] = true;
        for (at, step) in steps.into_iter().enumerate() {
            for value in step.writes() {
                if !std::mem::replace(&mut seen[value], true) {
                    plan.assign(value, &mut free);
                    if plan.layouts[value].has_border() {
                        plan.steps.push(Step::Border { value });
                    }
                }
            }
            let values = step.reads().into_iter().chain(step.writes());
            let ended: Vec<_> = values.filter(|&value| last_use[value] == at).collect();
            free.extend(ended.into_iter().map(|value| plan.slots[value]));
            plan.steps.push(step);
        }
        plan
    }
}

impl Plan {
    /// Assigns to a value the free buffer that is nearest in size, or a new one.
    fn assign(&mut self, value: usize, free: &mut Vec<usize>) {
        let size = self.layouts[value].image_len();
        let nearest = (0..free.len()).min_by_key(|&i| self.sizes[free[i]].abs_diff(size));
        let slot = nearest.map_or(self.sizes.len(), |i| free.swap_remove(i));
        if slot == self.sizes.len() {
            self.sizes.push(0);
        }
        self.sizes[slot] = self.sizes[slot].max(size);
        self.slots[value] = slot;
    }
}

impl Step {
    fn reads(&self) -> Option<usize> {
        match self {
            Self::Border { .. } => None,
            Self::Direct { x, .. }
            | Self::Winograd { x, .. }
            | Self::Max { x, .. }
            | Self::Average { x, .. } => Some(*x),
            Self::Tap { at, .. } => Some(at.value),
        }
    }

    pub(super) fn writes(&self) -> Vec<usize> {
        match self {
            Self::Border { value } => vec![*value],
            Self::Direct { parts, .. } => parts.iter().map(|part| part.to.value).collect(),
            Self::Winograd { to, .. } | Self::Max { to, .. } | Self::Average { to, .. } => {
                vec![to.value]
            }
            Self::Tap { .. } => Vec::new(),
        }
    }
}
