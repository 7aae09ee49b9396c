//! Preprocessing under every preset: the f64 definition against the original program, the kernels
//! against the definition.

use fid_core::{BatchBytes, Engine, Image8, PackedBatch, Preset, reference_preprocess};
use fid_tests::close::{Bound, Mismatch, assert_close, compare};
use fid_tests::images::{Pattern, image};
use fid_tests::{devices, fixtures, tolerance};

const SIDE: usize = 299;
const BOUND: Bound = Bound::Absolute(tolerance::PREPROCESS);
/// Height and width: one pixel, tiny, odd, the identity, one side larger, large.
const SIZES: [(usize, usize); 6] = [(1, 1), (2, 3), (31, 47), (299, 299), (600, 150), (1024, 768)];
/// Sizes of an alias' fixtures: enlarged, both, shrunk.
const ALIAS_SIZES: [(usize, usize); 3] = [(31, 47), (600, 150), (1024, 768)];
/// Patterns of an alias' fixtures.
const ALIAS_PATTERNS: [(Pattern, &str); 2] = [(Pattern::Ramp, "ramp"), (Pattern::Noise, "noise")];
/// Aliases without fixtures: their resize is part of a TensorFlow 1 graph, which was not run.
const ALIASES_NOT_RUN: [&str; 2] = ["ttur", "adm"];
/// Sizes without fixtures: one line, one column, odd and shrunk each way.
const FURTHER_SIZES: [(usize, usize); 3] = [(1, 2000), (2000, 1), (301, 707)];

fn definition(preset: Preset, image: &Image8) -> Vec<f64> {
    let (height, width, channels) = (image.height(), image.width(), image.channels());
    reference_preprocess(image.pixels(), height, width, channels, preset).unwrap()
}

/// The batch on a device, one `[3,side,side]` for each image.
fn run(preset: Preset, engine: &dyn Engine, images: &[Image8]) -> Vec<Vec<f32>> {
    let mut batch = PackedBatch::new(&[preset]);
    images.iter().for_each(|image| batch.push(image).unwrap());
    let values = engine.preprocess(&batch, preset).unwrap();
    let length = 3 * preset.side() * preset.side();
    assert_eq!(values.len(), images.len() * length);
    values.chunks_exact(length).map(<[f32]>::to_vec).collect()
}

/// A part of a batch for several presets is under each what it is in a batch for this one, to the bit.
fn slices_are_parts(engine: &dyn Engine) {
    slices_under(engine, [Preset::PYTORCH_FID, Preset::CLEAN, Preset::PIL_BICUBIC]);
    // Other sides, cuts and orders of passes beside each other.
    slices_under(
        engine,
        [Preset::DINOV2_DGM_EVAL, Preset::DINOV2_TRANSFORMERS, Preset::DINOV2_FD_LOSS],
    );
}

fn slices_under(engine: &dyn Engine, presets: [Preset; 3]) {
    let images = mixed();
    let wholes = presets.map(|preset| run(preset, engine, &images));
    let mut batch = PackedBatch::new(&presets);
    images.iter().for_each(|image| batch.push(image).unwrap());
    for range in [0..1, 1..2, 3..8, 5..images.len(), 0..images.len()] {
        let part = batch.slice(range.clone());
        for (preset, whole) in presets.into_iter().zip(&wholes) {
            let out = engine.preprocess(&part, preset).unwrap();
            assert_eq!(out, whole[range.clone()].concat(), "{preset}");
        }
    }
}

/// A batch's buffer size is predicted exactly, and is that of the largest preset.
#[test]
fn bytes_are_counted_as_packed() {
    let presets = [Preset::PYTORCH_FID, Preset::CLEAN, Preset::PIL_BICUBIC];
    let (mut batch, mut counted) = (PackedBatch::new(&presets), BatchBytes::default());
    for image in mixed() {
        batch.push(&image).unwrap();
        counted = counted.with((&image).into(), &presets);
        let each = presets.map(|preset| batch.num_bytes(preset));
        assert_eq!(each, presets.map(|preset| counted.get(&[preset])));
        assert_eq!(Some(counted.get(&presets)), each.into_iter().max());
    }
    // Pixels alone; columns; rows or columns, whichever are fewer.
    let [one, two, two_of_bytes] = presets.map(|preset| batch.num_bytes(preset));
    let pixels: usize = mixed().iter().map(|image| image.pixels().len()).sum();
    assert!(
        one == pixels as u64 && one < two_of_bytes && two_of_bytes != two,
        "{one} {two} {two_of_bytes}"
    );
}

#[test]
fn cpu_slices_are_parts() {
    slices_are_parts(&*devices::cpu());
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn gpu_slices_are_parts() {
    slices_are_parts(&*devices::gpu());
}

/// All sizes and patterns in one batch, gray among them.
fn mixed() -> Vec<Image8> {
    let of_size = |&(height, width): &(usize, usize)| {
        let colour = Pattern::ALL.map(|(pattern, _)| image(pattern, height, width, 3));
        colour.into_iter().chain([image(Pattern::Ramp, height, width, 1)])
    };
    let further = |&(height, width): &(usize, usize)| image(Pattern::Noise, height, width, 3);
    SIZES.iter().flat_map(of_size).chain(FURTHER_SIZES.iter().map(further)).collect()
}

/// Compares a whole `[3,299,299]` with what the program behind a preset or an alias made of one
/// image: the pixels that the fixture keeps, and the pixels between them by the sums over each
/// channel.
fn against_original(
    name: &str,
    (height, width): (usize, usize),
    (pattern, kind): (Pattern, &str),
    ours: &[f64],
) -> Result<f64, Mismatch> {
    let original = fixtures::resized(name).unwrap_or_else(|| panic!("{name} has no fixture"));
    let case = format!("{kind}.{height}x{width}");
    let sums = &original.cases[&case];
    let source = image(pattern, height, width, 3);
    assert_eq!(sums["source_sha256"], fixtures::sha256(source.pixels()), "{case}");

    let grid = &original.grid;
    let rows = (0..3).flat_map(|c| grid.iter().map(move |y| (c * SIDE + y) * SIDE));
    let kept: Vec<_> = rows.flat_map(|row| grid.iter().map(move |x| ours[row + x])).collect();
    let (shape, theirs) = fixtures::tensor(&original.file, &case);
    let stage = format!("{name} {case}");
    let worst = compare(&stage, &shape, &kept, &theirs, BOUND)?;

    let area = (SIDE * SIDE) as f64;
    for (c, plane) in ours.chunks_exact(SIDE * SIDE).enumerate() {
        let means = [plane.iter().sum::<f64>(), plane.iter().map(|v| v * v).sum()];
        let theirs = ["sum", "sum_of_squares"].map(|of| sums[of][c].as_f64().unwrap() / area);
        compare(&stage, &[2], &means.map(|sum| sum / area), &theirs, BOUND)?;
    }
    Ok(worst)
}

/// Compares a preset's definition with the program behind `name`, and prints the largest
/// difference.
fn check_definition(
    name: &str,
    preset: Preset,
    sizes: &[(usize, usize)],
    patterns: &[(Pattern, &str)],
) {
    let mut worst = 0f64;
    for &size in sizes {
        for &pattern in patterns {
            let ours = definition(preset, &image(pattern.0, size.0, size.1, 3));
            match against_original(name, size, pattern, &ours) {
                Ok(measured) => worst = worst.max(measured),
                Err(mismatch) => panic!("{mismatch}"),
            }
        }
    }
    println!(
        "measured {preset}, definition against the program of {name}: {worst:.3e} ({BOUND:?})"
    );
}

#[test]
fn the_definition_equals_the_original_input() {
    for &preset in Preset::INCEPTION {
        check_definition(preset.name(), preset, &SIZES, &Pattern::ALL);
    }
}

/// Pillow's bytes and what torchvision makes of them, every one of them and to the bit.
#[test]
fn presets_of_bytes_are_pillow_to_the_bit() {
    let of_bytes = |preset: &&Preset| preset.name().starts_with("pil-");
    let mut hashed = 0;
    for &preset in Preset::INCEPTION.iter().filter(of_bytes) {
        let original = fixtures::resized(preset.name()).unwrap();
        for (height, width) in SIZES {
            for (pattern, kind) in Pattern::ALL {
                let ours = definition(preset, &image(pattern, height, width, 3));
                let case = format!("{kind}.{height}x{width}");
                let theirs = &original.cases[&case]["result_sha256"];
                assert_eq!(theirs, &hash_of_bytes(&ours), "{preset} {case}");
                // The hash sees one level in one value.
                let mut spoiled = ours;
                spoiled[7] += if spoiled[7] > 0.0 { -2.0 / 255.0 } else { 2.0 / 255.0 };
                assert_ne!(theirs, &hash_of_bytes(&spoiled), "{preset} {case}");
                hashed += 1;
            }
        }
    }
    assert_eq!(hashed, 5 * SIZES.len() * Pattern::ALL.len());
}

/// SHA-256 of the f32 values that torchvision's `ToTensor` and `Normalize(0.5, 0.5)` make of bytes,
/// from bytes scaled to −1..1 in f64.
fn hash_of_bytes(scaled: &[f64]) -> String {
    let fed = scaled.iter().flat_map(|value| {
        let level = (value + 1.0) * 127.5;
        assert!((level - level.round()).abs() < 1e-9, "{value} is no byte");
        let unit = level.round() as f32 / 255.0;
        ((unit - 0.5) / 0.5).to_le_bytes()
    });
    fixtures::sha256(&fed.collect::<Vec<_>>())
}

/// Aliases of a preset whose programs were run.
fn aliases_run(preset: Preset) -> impl Iterator<Item = &'static str> {
    preset.aliases().iter().copied().filter(|alias| !ALIASES_NOT_RUN.contains(alias))
}

/// The program behind an alias feeds its network what the alias' preset defines.
#[test]
fn aliases_equal_the_input_of_their_programs() {
    for &preset in Preset::INCEPTION {
        for alias in aliases_run(preset) {
            check_definition(alias, preset, &ALIAS_SIZES, &ALIAS_PATTERNS);
        }
    }
    for alias in ALIASES_NOT_RUN {
        assert!(alias.parse::<Preset>().is_ok() && fixtures::resized(alias).is_none(), "{alias}");
        println!("not compared: {alias}, whose program was not run");
    }
}

/// Whether two presets give the same values for noise of a size: because they are equal in exact
/// arithmetic, or because they select the same pixels when enlarging.
fn coincide(a: Preset, b: Preset, (height, width): (usize, usize)) -> bool {
    let are = |x, y| (a, b) == (x, y) || (a, b) == (y, x);
    are(Preset::TORCH_FIDELITY, Preset::NVIDIA) && height.max(width) < SIDE
        || are(Preset::PIL_NEAREST, Preset::PIL_BOX) && height.max(width) < SIDE
}

/// A mistaken preset is noticed, also by the programs of aliases, at every size except one pixel and
/// that of the network, where nothing is resized and two presets with the same scaling are one.
#[test]
fn no_preset_passes_for_another() {
    let noise = (Pattern::Noise, "noise");
    for &size in SIZES.iter().filter(|&&(height, width)| height * width > 1 && height != SIDE) {
        for &preset in Preset::INCEPTION {
            let ours = definition(preset, &image(noise.0, size.0, size.1, 3));
            let others = Preset::INCEPTION.iter().filter(|&&other| other != preset);
            for &other in others.filter(|&&other| !coincide(preset, other, size)) {
                let aliases = aliases_run(other).filter(|_| ALIAS_SIZES.contains(&size));
                for name in std::iter::once(other.name()).chain(aliases) {
                    let verdict = against_original(name, size, noise, &ours);
                    assert!(
                        verdict.is_err(),
                        "{preset} passes for {name} at {size:?}: {verdict:?}"
                    );
                }
            }
        }
    }
}

/// What goes wrong with `clean` in practice: values rounded to whole ones.
#[test]
fn clean_rounded_to_bytes_is_rejected() {
    let (size, noise) = ((600, 150), (Pattern::Noise, "noise"));
    let ours = definition(Preset::CLEAN, &image(noise.0, size.0, size.1, 3));
    let rounded: Vec<_> = ours.iter().map(|value| (value * 128.0).round() / 128.0).collect();
    assert!(against_original(Preset::CLEAN.name(), size, noise, &ours).is_ok());
    assert!(against_original(Preset::CLEAN.name(), size, noise, &rounded).is_err());
}

#[test]
fn gray_equals_three_equal_channels() {
    for &preset in Preset::INCEPTION {
        let gray = image(Pattern::Noise, 31, 47, 1);
        let copies = gray.pixels().iter().flat_map(|&value| [value; 3]).collect();
        let copies = Image8::new(31, 47, 3, copies).unwrap();
        assert_eq!(definition(preset, &gray), definition(preset, &copies), "{preset}");
        let both = run(preset, &*devices::cpu(), &[gray, copies]);
        assert_eq!(both[0], both[1], "{preset}");
    }
}

fn kernel_matches_the_definition(engine: &dyn Engine) {
    let images = mixed();
    for &preset in Preset::INCEPTION {
        for (image, values) in images.iter().zip(run(preset, engine, &images)) {
            let (height, width, channels) = (image.height(), image.width(), image.channels());
            let stage = format!("{preset} {height}x{width}x{channels}");
            assert_close(&stage, &[3, SIDE, SIDE], &values, &definition(preset, image), BOUND);
        }
    }
}

#[test]
fn cpu_kernel_matches_the_definition() {
    kernel_matches_the_definition(&*devices::cpu());
}

#[test]
#[cfg_attr(no_gpu, ignore = "no GPU: FID_TEST_GPU=yes runs it")]
fn gpu_kernel_matches_the_definition() {
    kernel_matches_the_definition(&*devices::gpu());
}

#[test]
fn an_image_does_not_depend_on_its_batch() {
    let images = mixed();
    for &preset in Preset::INCEPTION {
        let together = run(preset, &*devices::cpu(), &images);
        for (image, values) in images.iter().zip(together) {
            assert_eq!(run(preset, &*devices::cpu(), std::slice::from_ref(image)), [values]);
        }
    }
}
