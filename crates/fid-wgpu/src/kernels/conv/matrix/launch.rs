//! Launching the matrix kernel.

use burn_cubecl::cubecl::ir::UIntKind;
use burn_cubecl::cubecl::ir::metadata::Info;
use burn_cubecl::cubecl::ir::settings::Dim3;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::cubecl::server::{KernelArguments, MetadataBindingInfo};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use super::text;
use super::tile::Tile;
use crate::kernels::conv::geometry::Geometry;
use crate::kernels::conv::launch::MAX_COUNT;

/// The scale of activations: values up to 4094 fit f16, and low halves keep an absolute accuracy of
/// 2⁻²⁹.
pub(crate) const SCALE: f32 = 16.0;

/// The factor of the scale for a workgroup that meets a value too large for the last one.
pub(crate) const SMALLER: f32 = 1.0 / 16.0;

/// Scales that a workgroup tries: values up to 1e12.
pub(crate) const TRIES: usize = 8;

/// A launch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MatrixPlan {
    pub(crate) geometry: Geometry,
    pub(crate) tile: Tile,
    /// Whether a ReLU follows.
    pub(crate) relu: bool,
}

/// Declares the sizes that the kernel reads, once for Rust and for WGSL.
macro_rules! sizes {
    ($($name:ident),*) => {
        /// The sizes that the kernel reads; channels and filters in fours.
        #[derive(Debug)]
        pub(crate) struct Sizes { $($name: u32),* }

        impl Sizes {
            /// The members, in the order of [`Self::words`].
            pub(crate) const NAMES: &[&str] = &[$(stringify!($name)),*];

            fn words(&self) -> Vec<u32> {
                vec![$(self.$name),*]
            }
        }
    };
}

sizes!(
    height,
    width,
    in_row,
    in_first,
    in_fours,
    kernel_height,
    kernel_width,
    stride,
    pad_top,
    pad_left,
    out_height,
    out_width,
    pixels,
    zero_row,
    slices,
    filter_fours,
    weight_row,
    low,
    out_row,
    out_first,
    split,
    beside_row,
    floor
);

impl Sizes {
    fn new(plan: &MatrixPlan) -> Self {
        let MatrixPlan { geometry: g, tile, relu } = plan;
        let n = |value: usize| value as u32;
        let depth = tile.unit.depth();
        let slices = (g.window.size[0] * g.window.size[1] * g.in_channels).div_ceil(depth);
        let weight_row = g.filters.next_multiple_of(tile.filters) / 4;
        // Below the smallest f32 there is nothing to cut off.
        let floor = if *relu { 0.0 } else { f32::MIN };
        Self {
            height: n(g.input[0]),
            width: n(g.input[1]),
            in_row: n(g.in_row / 4),
            in_first: n(g.in_offset / 4),
            in_fours: n(g.in_channels / 4),
            kernel_height: n(g.window.size[0]),
            kernel_width: n(g.window.size[1]),
            stride: n(g.window.stride),
            pad_top: n(g.window.padding[0]),
            pad_left: n(g.window.padding[1]),
            out_height: n(g.output[0]),
            out_width: n(g.output[1]),
            pixels: n(g.pixels()),
            zero_row: n(g.images * g.input[0] * g.input[1]),
            slices: n(slices),
            filter_fours: n(g.filters / 4),
            weight_row: n(weight_row),
            low: n(slices * depth * weight_row),
            out_row: n(g.out_channels / 4),
            out_first: n(g.out_offset / 4),
            split: n((g.filters - g.beside) / 4),
            beside_row: n(g.beside / 4),
            floor: floor.to_bits(),
        }
    }
}

/// The kernel of a tile, as text.
struct Text(Tile);

impl KernelMetadata for Text {
    // The tile and this build's generator define the text.
    fn id(&self) -> KernelId {
        KernelId::new::<Self>().mode(ExecutionMode::Unchecked).info(self.0)
    }

    fn address_type(&self) -> ElemType {
        ElemType::UInt(UIntKind::U32)
    }
}

impl CubeKernel for Text {
    fn define(&self) -> KernelDefinition {
        let dim = Dim3::new_single();
        let settings = KernelSettings::new(dim, ExecutionMode::Unchecked, AddressType::U32);
        let body = Scope::root(settings.clone());
        KernelDefinition { body, settings, info: Info::default() }
    }

    fn source(&self) -> Option<PrecompiledSource> {
        let source = text::kernel(&self.0);
        Some(PrecompiledSource { source, entrypoint_name: "main".into(), lang: "wgsl" })
    }
}

/// Convolves `input` into a slice of `out`, and the last filters into `beside`.
pub(crate) fn conv(
    input: CubeTensor,
    weight: CubeTensor,
    finish: CubeTensor,
    out: CubeTensor,
    beside: CubeTensor,
    plan: MatrixPlan,
) -> CubeTensor {
    let MatrixPlan { geometry, tile, .. } = plan;
    assert_eq!([input.dtype, beside.dtype], [out.dtype; 2], "precision of the tensors");
    let client = out.client.clone();
    let pixel_tiles = geometry.pixels().div_ceil(tile.pixels);
    let lines = pixel_tiles.div_ceil(MAX_COUNT);
    // Filters vary fastest, so workgroups that share pixels run at the same time.
    let count = [geometry.filters.div_ceil(tile.filters), pixel_tiles.div_ceil(lines), lines];
    let [filters, line, lines] = count.map(|count| count as u32);
    let mut words = Sizes::new(&plan).words();
    words.resize(words.len().next_multiple_of(4), 0);
    let pairs = words.as_chunks::<2>().0.iter();
    let words = pairs.map(|&[a, b]| u64::from(a) | u64::from(b) << 32).collect();
    let io = |tensor: &CubeTensor| tensor.handle.clone().binding();
    let input = into_contiguous(input);
    let arguments = KernelArguments::new()
        .with_buffer_io(io(&input), BufferIOAttr::ReadOnly)
        .with_buffer_io(io(&weight), BufferIOAttr::ReadOnly)
        .with_buffer_io(io(&finish), BufferIOAttr::ReadOnly)
        .with_buffer_io(io(&out), BufferIOAttr::ReadWrite)
        .with_buffer_io(io(&beside), BufferIOAttr::ReadWrite)
        .with_info(MetadataBindingInfo::custom(words));
    client.launch(Box::new(Text(tile)), CubeCount::Static(filters, line, lines), arguments);
    out
}
