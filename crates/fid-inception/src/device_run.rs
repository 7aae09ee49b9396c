//! The network on a GPU, from our own kernels.

use std::collections::HashMap;

use burn::prelude::*;
use fid_core::{Precision, Tap};
use fid_kernels::Window;
use fid_kernels::conv::{self, PackedConv, Pool, Rows, Slice, TileClass};

use crate::network::{Conv, Graph, INPUT_SIZE, inception_v3};
use crate::weights::FoldedConv;
use crate::{ConvLayer, LayerTable, Weights};

/// The network with its weights arranged for a device.
#[derive(Debug, Clone)]
pub(crate) struct DeviceNetwork {
    convs: Vec<PackedConv>,
    places: Vec<Option<Place>>,
    precision: Precision,
    device: Device,
}

/// Where an operation writes: the slice of a concatenation.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// The concatenation, counted in the order of the network.
    concat: usize,
    /// The first channel, and the channels of the whole.
    offset: usize,
    channels: usize,
}

impl DeviceNetwork {
    /// Uploads the weights.
    pub(crate) fn new(weights: &Weights, precision: Precision, device: &Device) -> Self {
        let class = TileClass::of(device, precision).unwrap_or(TileClass::Plain);
        let convs = weights.convs.iter().zip(LayerTable::get().convs());
        let pack = |(conv, layer): (&FoldedConv, &ConvLayer)| {
            let window = layer.conv.window();
            PackedConv::new(&conv.weight, &conv.bias, window, class, precision, device)
        };
        let mut places = Places::default();
        inception_v3(&mut places, &Made { operation: None, channels: 3 });
        let (convs, device) = (convs.map(pack).collect(), device.clone());
        Self { convs, places: places.of, precision, device }
    }

    /// Runs `images`, `[N,3,299,299]`, and returns the image-shaped value of each of `taps`,
    /// `[N,C,H,W]`, in the order of the network.
    pub(crate) fn run(&self, images: Tensor<4>, taps: &[Tap]) -> Vec<(Tap, Tensor<4>)> {
        let mut run = Run {
            network: self,
            next_conv: 0,
            next_operation: 0,
            concats: HashMap::new(),
            asked: taps.to_vec(),
            taps: Vec::new(),
        };
        debug_assert_eq!(images.dims()[2..], [INPUT_SIZE; 2]);
        inception_v3(
            &mut run,
            &Slice { rows: Rows::from_images(images, self.precision), offset: 0 },
        );
        run.taps
    }
}

/// Walks the network to find the place of every operation's result.
#[derive(Debug, Default)]
struct Places {
    /// By operation, convolutions and pooling in the order of the network.
    of: Vec<Option<Place>>,
    concats: usize,
}

/// A value while walking: the operation that makes it.
#[derive(Debug, Clone, Copy)]
struct Made {
    operation: Option<usize>,
    channels: usize,
}

impl Places {
    fn made(&mut self, channels: usize) -> Made {
        self.of.push(None);
        Made { operation: Some(self.of.len() - 1), channels }
    }
}

impl Graph for Places {
    type Value = Made;

    fn conv(&mut self, _name: &str, _x: &Made, conv: Conv) -> Made {
        self.made(conv.out_channels)
    }

    fn max_pool(&mut self, x: &Made, _stride: usize, _padding: usize) -> Made {
        self.made(x.channels)
    }

    fn avg_pool(&mut self, x: &Made) -> Made {
        self.made(x.channels)
    }

    fn concat(&mut self, parts: Vec<Made>) -> Made {
        let channels = parts.iter().map(|part| part.channels).sum();
        let mut offset = 0;
        for part in parts {
            // The image and a concatenation are never parts of another.
            if let Some(operation) = part.operation {
                self.of[operation] = Some(Place { concat: self.concats, offset, channels });
            }
            offset += part.channels;
        }
        self.concats += 1;
        Made { operation: None, channels }
    }

    fn tap(&mut self, _tap: Tap, _x: &Made) {}
}

/// One pass over the network. A value is a slice; operations read whole rows, which no part of a
/// concatenation is asked for.
struct Run<'a> {
    network: &'a DeviceNetwork,
    next_conv: usize,
    next_operation: usize,
    /// Concatenations under way.
    concats: HashMap<usize, Rows>,
    asked: Vec<Tap>,
    taps: Vec<(Tap, Tensor<4>)>,
}

impl Run<'_> {
    /// Runs an operation on the next place.
    fn operation(
        &mut self,
        x: &Slice,
        window: Window,
        channels: usize,
        run: impl FnOnce(&Rows, &Slice) -> Rows,
    ) -> Slice {
        let place = self.network.places[self.next_operation];
        self.next_operation += 1;
        let size = window.output(x.rows.size());
        let DeviceNetwork { precision, device, .. } = self.network;
        let empty = |channels| Rows::empty(x.rows.images(), size, channels, *precision, device);
        let Some(Place { concat, offset, channels }) = place else {
            let rows = run(&x.rows, &Slice { rows: empty(channels), offset: 0 });
            return Slice { rows, offset: 0 };
        };
        let rows = self.concats.remove(&concat).unwrap_or_else(|| empty(channels));
        let rows = run(&x.rows, &Slice { rows, offset });
        self.concats.insert(concat, rows.clone());
        Slice { rows, offset }
    }

    fn pool(&mut self, x: &Slice, pool: Pool, stride: usize, padding: usize) -> Slice {
        let window = Window { size: [3; 2], stride, padding: [padding; 2] };
        let pooled = |x: &Rows, out: &Slice| conv::pool(pool, &window, x, out);
        self.operation(x, window, x.rows.channels(), pooled)
    }
}

impl Graph for Run<'_> {
    type Value = Slice;

    fn conv(&mut self, _name: &str, x: &Slice, conv: Conv) -> Slice {
        let packed = &self.network.convs[self.next_conv];
        self.next_conv += 1;
        self.operation(x, conv.window(), conv.out_channels, |x, out| packed.run(x, out))
    }

    fn max_pool(&mut self, x: &Slice, stride: usize, padding: usize) -> Slice {
        self.pool(x, Pool::Max, stride, padding)
    }

    fn avg_pool(&mut self, x: &Slice) -> Slice {
        self.pool(x, Pool::Average, 1, 1)
    }

    fn concat(&mut self, parts: Vec<Slice>) -> Slice {
        // The last part was written last; on a GPU all are the same rows.
        let place = self.network.places[self.next_operation - 1];
        let rows = place.and_then(|place| self.concats.remove(&place.concat));
        let rows = rows.unwrap_or_else(|| unreachable!("a concatenation ends with its last part"));
        debug_assert_eq!(
            parts.len(),
            parts.iter().filter(|x| x.rows.size() == rows.size()).count()
        );
        Slice { rows, offset: 0 }
    }

    fn tap(&mut self, tap: Tap, x: &Slice) {
        if self.asked.contains(&tap) {
            let channels =
                if tap == Tap::Spatial { Tap::SPATIAL_CHANNELS } else { x.rows.channels() };
            self.taps.push((tap, x.rows.images_of(x.offset, channels)));
        }
    }
}
