//! Launching the matrix kernel.

use burn_cubecl::cubecl::ir::UIntKind;
use burn_cubecl::cubecl::ir::metadata::Info;
use burn_cubecl::cubecl::ir::settings::Dim3;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::cubecl::server::{KernelArguments, MetadataBindingInfo};
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;

use super::finish;
use super::sizes::{MatrixPlan, Sizes};
use super::text;
use super::tile::Tile;
use crate::kernels::MAX_COUNT;

/// The kernel of a tile, as text; whether it is that of the long functions.
struct Text(Tile, bool);

impl KernelMetadata for Text {
    // The tile and this build's generator define the text.
    fn id(&self) -> KernelId {
        KernelId::new::<Self>().mode(ExecutionMode::Unchecked).info((self.0, self.1))
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
        let source = text::kernel(&self.0, self.1);
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
    let MatrixPlan { geometry, tile, after } = plan;
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
    client.launch(
        Box::new(Text(tile, finish::is_long(after))),
        CubeCount::Static(filters, line, lines),
        arguments,
    );
    out
}
