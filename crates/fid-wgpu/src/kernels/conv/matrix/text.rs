//! The WGSL text of the matrix kernel.

use std::fmt::Write;

use super::finish;
use super::sizes::{SCALE, SMALLER, Sizes, TRIES};
use super::tile::{Tile, Values};
use crate::kernels::conv::after::After;

/// The kernel for a tile; `long` as in [`finish::functions`].
///
/// A workgroup multiplies its pixels by its filters in slices of inputs. Units load the next
/// slice into registers while subgroups multiply the one in shared memory: all addresses first, then
/// all loads, so that no load waits for another.
pub(super) fn kernel(tile: &Tile, long: bool) -> String {
    [header(tile), FUNCTIONS.into(), finish::functions(long), body(tile)].concat()
}

fn header(tile: &Tile) -> String {
    let Tile { subgroups, unit, values, pixels, .. } = *tile;
    let (side, stored, factor) = (unit.side, values.stored(), values.factor());
    let inputs = pixels * tile.input_row();
    let weights = unit.depth() * tile.weight_row();
    let staged = subgroups[0] * subgroups[1] * side * side / 4;
    let members: String = Sizes::NAMES.iter().map(|name| format!("  {name}: u32,\n")).collect();
    // CubeCL keeps several tensors in one buffer, and one binding may write only if all may.
    let mut text = format!(
        "enable f16;
enable wgpu_cooperative_matrix;
alias Inputs = coop_mat{side}x{side}<{factor}, A>;
alias Weights = coop_mat{side}x{side}<{factor}, B>;
alias Sums = coop_mat{side}x{side}<f32, C>;
struct Sizes {{
{members}}}
@group(0) @binding(0) var<storage, read_write> input: array<vec4<{stored}>>;
@group(0) @binding(1) var<storage, read_write> weight: array<vec4<{factor}>>;
@group(0) @binding(2) var<storage, read_write> finish: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<{stored}>>;
@group(0) @binding(4) var<storage, read_write> beside: array<vec4<{stored}>>;
@group(0) @binding(5) var<uniform> s: Sizes;
var<workgroup> done: array<vec4<f32>, {staged}>;
var<workgroup> too_large: u32;
"
    );
    for part in 0..values.parts() {
        let _ = writeln!(text, "var<workgroup> inputs{part}: array<vec4<{factor}>, {inputs}>;");
        let _ = writeln!(text, "var<workgroup> weights{part}: array<vec4<{factor}>, {weights}>;");
    }
    text
}

/// Where a pixel's window begins, the input row that it reads, and the high half of four values.
const FUNCTIONS: &str = "
fn corner(pixel: u32) -> vec3<u32> {
  let line = pixel / s.out_width;
  let image = line / s.out_height;
  // Negative positions wrap around to numbers larger than any height or width.
  let top = (line - image * s.out_height) * s.stride - s.pad_top;
  let left = (pixel - line * s.out_width) * s.stride - s.pad_left;
  return vec3<u32>(image * s.height, select(0x80000000u, top, pixel < s.pixels), left);
}
fn input_row(corner: vec3<u32>, ky: u32, kx: u32) -> u32 {
  let line = corner.y + ky;
  let column = corner.z + kx;
  let inside = line < s.height && column < s.width && ky < s.kernel_height;
  return select(s.zero_row, (corner.x + line) * s.width + column, inside) * s.in_row + s.in_first;
}
fn high(v: vec4<f32>) -> vec4<f32> {
  return bitcast<vec4<f32>>((bitcast<vec4<u32>>(v) + vec4<u32>(0x1000u)) & vec4<u32>(0xffffe000u));
}
";

fn body(tile: &Tile) -> String {
    let [_, across] = tile.subgroups;
    let (side, [down_matrices, across_matrices]) = (tile.unit.side, tile.matrices());
    let (units, depth) = (tile.units(), tile.unit.depth());
    let fours = depth / 4;
    let mut text = format!(
        "
@compute @workgroup_size({units})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) unit: u32) {{
  let first_filter = group.x * {filters}u;
  let first_pixel = (group.z * groups.y + group.y) * {pixels}u;
  let subgroup = unit / {subgroup}u;
  let own_pixel = subgroup / {across}u * {own_pixels}u;
  let own_filter = subgroup % {across}u * {own_filters}u;
  let lane = unit % {fours}u;
  let line = unit / {fours}u;
  let step = s.weight_row * {depth}u;
",
        filters = tile.filters,
        pixels = tile.pixels,
        subgroup = tile.unit.subgroup,
        own_pixels = down_matrices * side,
        own_filters = across_matrices * side,
    );
    let lines = units / fours;
    for i in 0..tile.input_loads() {
        let _ = writeln!(text, "  let corner{i} = corner(first_pixel + line + {}u);", i * lines);
    }
    each(tile, |i, j| {
        let _ = writeln!(text, "  var sum{i}_{j} = Sums();");
    });
    let (scale, tries) = if tile.values == Values::Split { (SCALE, TRIES) } else { (1.0, 1) };
    let _ = writeln!(
        text,
        "  var scale = {scale:?};
  for (var attempt = 0u; attempt < {tries}u; attempt++) {{
  var largest = vec4<f32>(0.0);
  if (unit == 0u) {{ too_large = 0u; }}
  var position = lane / s.in_fours;
  var four = lane - position * s.in_fours;
  var ky = position / s.kernel_width;
  var kx = position - ky * s.kernel_width;"
    );
    for i in 0..tile.input_loads() {
        let _ = writeln!(text, "  var row{i} = input_row(corner{i}, ky, kx);");
    }
    let width = tile.filters / 4;
    for i in 0..tile.weight_loads() {
        let at = i * units;
        let _ = writeln!(
            text,
            "  var from{i} = (unit + {at}u) / {width}u * s.weight_row + first_filter / 4u + (unit + {at}u) % {width}u;"
        );
    }
    fetch(&mut text, tile, Declare::Yes);
    text.push_str("  for (var slice = 0u; slice < s.slices; slice++) {\n");
    stage(&mut text, tile);
    let _ = writeln!(
        text,
        "  workgroupBarrier();
  if (slice + 1u < s.slices) {{
  four += {fours}u;
  if (four >= s.in_fours) {{
    let passed = four / s.in_fours;
    position += passed;
    four -= passed * s.in_fours;
    ky = position / s.kernel_width;
    kx = position - ky * s.kernel_width;"
    );
    for i in 0..tile.input_loads() {
        let _ = writeln!(text, "    row{i} = input_row(corner{i}, ky, kx);");
    }
    text.push_str("  }\n");
    fetch(&mut text, tile, Declare::No);
    text.push_str("  }\n");
    multiply(&mut text, tile);
    text.push_str("  workgroupBarrier();\n  }\n");
    if tries > 1 {
        // The last slice's barrier lies between the reset and these writes.
        text.push_str(
            "  if (any(largest > vec4<f32>(65504.0))) { too_large = 1u; }
  let again = workgroupUniformLoad(&too_large);
  if (again == 0u) { break; }
",
        );
        let _ = writeln!(text, "  if (attempt + 1u < {tries}u) {{");
        let _ = writeln!(text, "  scale *= {SMALLER:?};");
        each(tile, |i, j| {
            let _ = writeln!(text, "  sum{i}_{j} = Sums();");
        });
        text.push_str("  }\n");
    }
    text.push_str("  }\n");
    write_out(&mut text, tile);
    text.push_str("}\n");
    text
}

#[derive(Clone, Copy, PartialEq)]
enum Declare {
    Yes,
    No,
}

/// Loads of the next slice into registers.
fn fetch(text: &mut String, tile: &Tile, declare: Declare) {
    let var = if declare == Declare::Yes { "var " } else { "" };
    for i in 0..tile.input_loads() {
        let _ = writeln!(text, "  {var}in{i} = input[row{i} + four];");
    }
    for i in 0..tile.weight_loads() {
        for part in 0..tile.values.parts() {
            let low = if part == 0 { "" } else { " + s.low" };
            let _ = writeln!(text, "  {var}w{part}_{i} = weight[from{i}{low}];");
        }
        let _ = writeln!(text, "  from{i} += step;");
    }
}

/// Splits the loaded slice and stores it to shared memory.
fn stage(text: &mut String, tile: &Tile) {
    let (units, row) = (tile.units(), tile.input_row());
    let lines = units / (tile.unit.depth() / 4);
    for i in 0..tile.input_loads() {
        let at = format!("(line + {}u) * {row}u + lane", i * lines);
        let _ = match tile.values {
            Values::Split => writeln!(
                text,
                "  {{ let v = in{i} * scale; let h = high(v); largest = max(largest, abs(v));
    inputs0[{at}] = vec4<f16>(h); inputs1[{at}] = vec4<f16>(v - h); }}"
            ),
            Values::Half | Values::Whole => writeln!(text, "  inputs0[{at}] = in{i};"),
        };
    }
    let (width, row) = (tile.filters / 4, tile.weight_row());
    for i in 0..tile.weight_loads() {
        let at = i * units;
        let at = format!("(unit + {at}u) / {width}u * {row}u + (unit + {at}u) % {width}u");
        for part in 0..tile.values.parts() {
            let _ = writeln!(text, "  weights{part}[{at}] = w{part}_{i};");
        }
    }
}

/// Multiplies a slice: sums of its own in the matrix unit, then f32 additions to the total.
fn multiply(text: &mut String, tile: &Tile) {
    let side = tile.unit.side;
    let [down, across] = tile.matrices();
    let (input_row, weight_row, parts) = (tile.input_row(), tile.weight_row(), tile.values.parts());
    each(tile, |i, j| {
        let _ = writeln!(text, "  var part{i}_{j} = Sums();");
    });
    for k in 0..tile.unit.depth() / side {
        text.push_str("  {\n");
        for j in 0..across {
            let at = format!("{}u + (own_filter + {}u) / 4u", k * side * weight_row, j * side);
            for part in 0..parts {
                let _ = writeln!(
                    text,
                    "  let w{part}_{j} = coopLoadT<Weights>(&weights{part}[{at}], {weight_row}u);"
                );
            }
        }
        for i in 0..down {
            let at = format!("(own_pixel + {}u) * {input_row}u + {}u", i * side, k * side / 4);
            for part in 0..parts {
                let _ = writeln!(
                    text,
                    "  let in{part}_{i} = coopLoadT<Inputs>(&inputs{part}[{at}], {input_row}u);"
                );
            }
            // The small products first: units drop the bits of a sum that its largest addend hides.
            let products: &[[usize; 2]] =
                if parts == 2 { &[[1, 0], [0, 1], [0, 0]] } else { &[[0, 0]] };
            for [input, weight] in products {
                for j in 0..across {
                    let sum = format!("part{i}_{j}");
                    let _ = writeln!(
                        text,
                        "  {sum} = coopMultiplyAdd(in{input}_{i}, w{weight}_{j}, {sum});"
                    );
                }
            }
        }
        text.push_str("  }\n");
    }
    each(tile, |i, j| {
        let _ = writeln!(text, "  sum{i}_{j} = sum{i}_{j} + part{i}_{j};");
    });
}

/// Bias, ReLU and stores, a matrix of each subgroup at a time through shared memory.
fn write_out(text: &mut String, tile: &Tile) {
    let Tile { unit, values, filters, .. } = *tile;
    let (side, subgroup, stored) = (unit.side, unit.subgroup, values.stored());
    let fours = side * side / 4;
    let _ = writeln!(
        text,
        "  let own = unit % {subgroup}u;
  let place = subgroup * {fours}u;
  let undo = 1.0 / scale;"
    );
    each(tile, |i, j| {
        // naga's SPIR-V writer needs the value and the place in variables of their own.
        let _ = writeln!(
            text,
            "  {{ let o = sum{i}_{j}; coopStoreT(o, &done[place], {}u); }}\n  workgroupBarrier();",
            side / 4
        );
        for nth in 0..fours.div_ceil(subgroup) {
            let own = format!("own + {}u", nth * subgroup);
            let guard = if (nth + 1) * subgroup > fours {
                format!(" && {own} < {fours}u")
            } else {
                String::new()
            };
            let _ = writeln!(
                text,
                "  {{ let pixel = first_pixel + own_pixel + {}u + ({own}) / {}u;
    let column = (first_filter + own_filter + {}u) / 4u + ({own}) % {}u;
    if (pixel < s.pixels && column < s.filter_fours{guard}) {{
      let v = fma(done[place + {own}], finish[s.weight_row + column] * undo, finish[column]);
      var there = vec4<f32>();
      if (s.after == {}u) {{ there = vec4<f32>(out[pixel * s.out_row + s.out_first + column]); }}
      let value = vec4<{stored}>(finish_sums(v, there));
      if (column < s.split) {{ out[pixel * s.out_row + s.out_first + column] = value; }}
      else {{ beside[pixel * s.beside_row + column - s.split] = value; }}
    }} }}",
                i * side,
                side / 4,
                j * side,
                side / 4,
                After::Add as u32,
            );
        }
        text.push_str("  workgroupBarrier();\n");
    });
    // The first tile also writes the row of zeros.
    let _ = writeln!(
        text,
        "  if (first_pixel == 0u) {{
    for (var i = unit; i < {}u; i += {}u) {{
      let column = first_filter / 4u + i;
      let zero = vec4<{stored}>();
      if (column < s.split) {{ out[s.pixels * s.out_row + s.out_first + column] = zero; }}
      else if (column < s.filter_fours) {{ beside[s.pixels * s.beside_row + column - s.split] = zero; }}
    }}
  }}",
        filters / 4,
        tile.units()
    );
}

/// Calls `emit` for each matrix of a subgroup.
fn each(tile: &Tile, mut emit: impl FnMut(usize, usize)) {
    let [down, across] = tile.matrices();
    for i in 0..down {
        for j in 0..across {
            emit(i, j);
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::wgpu::wgpu::naga;
    use naga::front::wgsl::{Frontend, Options};
    use naga::valid::{Capabilities, ValidationFlags, Validator};

    use super::*;
    use crate::kernels::conv::matrix::tile::all;
    use crate::kernels::conv::matrix::tile::tests::units;

    /// naga's opinion of a text.
    fn validate(text: &str) -> Result<(), String> {
        let capabilities = Capabilities::all();
        let options = Options { parse_doc_comments: false, capabilities };
        let parsed = Frontend::new_with_options(options).parse(text);
        let module = parsed.map_err(|error| error.emit_to_string(text))?;
        let result = Validator::new(ValidationFlags::all(), capabilities).validate(&module);
        result.map(|_| ()).map_err(|error| error.emit_to_string(text))
    }

    #[test]
    fn the_text_of_every_tile_is_valid_for_every_unit() {
        for (unit, values) in units() {
            for tile in values.into_iter().flat_map(|values| all(unit, values)) {
                for long in [false, true] {
                    let text = kernel(&tile, long);
                    validate(&text).unwrap_or_else(|error| panic!("{tile:?}: {error}"));
                }
            }
        }
    }

    #[test]
    fn a_damaged_text_is_invalid() {
        let text = kernel(&all(units()[0].0, Values::Split)[0], true);
        for (from, to) in
            [("sum0_0 + part0_0", "sum0_0 + 1u"), ("s.slices", "s.slice"), ("s.after", "s.behind")]
        {
            assert!(text.contains(from));
            assert!(validate(&text.replacen(from, to, 1)).is_err(), "{from}");
        }
    }
}
