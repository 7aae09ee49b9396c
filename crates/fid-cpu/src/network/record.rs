//! The network as a list of operations, recorded from its definition.

use fid_core::Tap;
use fid_weights::inception::{Conv, Graph, INPUT_SIZE, Window, inception_v3};

/// An intermediate result and its source. Nodes refer to each other by index.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) source: Source,
    pub(super) channels: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Images,
    Conv { layer: usize, x: usize, window: Window },
    Max { x: usize, window: Window },
    Average { x: usize },
    Concat { parts: Vec<usize> },
}

/// The window of the network's average pools: 3×3 at stride 1, padded to keep the size.
pub(super) const AVERAGE: Window = Window { size: [3, 3], stride: 1, padding: [1, 1] };

/// The operations of the network in order.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) nodes: Vec<Node>,
    /// The node of each tap.
    pub(super) taps: Vec<(Tap, usize)>,
    convs: usize,
}

impl Record {
    pub(super) fn new() -> Self {
        let side = INPUT_SIZE;
        let images = Node { source: Source::Images, channels: 3, height: side, width: side };
        let mut record = Self { nodes: vec![images], taps: Vec::new(), convs: 0 };
        inception_v3(&mut record, &0);
        record
    }

    fn push(&mut self, source: Source, channels: usize, size: [usize; 2]) -> usize {
        self.nodes.push(Node { source, channels, height: size[0], width: size[1] });
        self.nodes.len() - 1
    }

    fn size(&self, x: usize) -> [usize; 2] {
        [self.nodes[x].height, self.nodes[x].width]
    }
}

impl Graph for Record {
    type Value = usize;

    fn conv(&mut self, _name: &str, &x: &usize, conv: Conv) -> usize {
        let window = conv.window();
        let layer = self.convs;
        self.convs += 1;
        let source = Source::Conv { layer, x, window };
        self.push(source, conv.out_channels, window.output(self.size(x)))
    }

    fn max_pool(&mut self, &x: &usize, stride: usize, padding: usize) -> usize {
        let window = Window { size: [3, 3], stride, padding: [padding; 2] };
        let channels = self.nodes[x].channels;
        self.push(Source::Max { x, window }, channels, window.output(self.size(x)))
    }

    fn avg_pool(&mut self, &x: &usize) -> usize {
        self.push(Source::Average { x }, self.nodes[x].channels, self.size(x))
    }

    fn concat(&mut self, parts: Vec<usize>) -> usize {
        let channels = parts.iter().map(|&part| self.nodes[part].channels).sum();
        let size = self.size(parts[0]);
        self.push(Source::Concat { parts }, channels, size)
    }

    fn tap(&mut self, tap: Tap, &x: &usize) {
        self.taps.push((tap, x));
    }
}
