use super::compare::assert_close;
use super::data::Lcg;
use super::tolerance::{AXIS_POSITION, PREPROCESS_F32, WEIGHT_SUM};
use crate::{
    AxisTable, Error, FIXED_POINT, NETWORK_SIZE, Preset, ResizeMode, Rounding, reference_preprocess,
};

const MODES: [ResizeMode; 9] = [
    ResizeMode::BilinearHalfPixel,
    ResizeMode::BilinearTf1,
    ResizeMode::BilinearGridSample,
    ResizeMode::BilinearAntialias,
    ResizeMode::PillowNearest,
    ResizeMode::PillowBox,
    ResizeMode::PillowBilinear,
    ResizeMode::PillowBicubic,
    ResizeMode::PillowLanczos,
];

fn table_of(mode: ResizeMode, input: usize) -> AxisTable {
    AxisTable::new(mode, Rounding::Never, input, NETWORK_SIZE).unwrap()
}

fn table(input: usize) -> AxisTable {
    table_of(ResizeMode::BilinearHalfPixel, input)
}

/// The sampled position in pixels: the weighted mean of the taps' positions. It is continuous where
/// a position crosses a pixel and the taps change.
fn sampled_position(table: &AxisTable, output: usize) -> f64 {
    table.taps_of(output).map(|(at, weight)| at as f64 * f64::from(weight)).sum()
}

#[test]
fn positions_follow_their_formulas() {
    for input in [1usize, 2, 3, 31, 47, 298, 299, 300, 512, 1024, 4097] {
        let scale = input as f64 / NETWORK_SIZE as f64;
        for output in 0..NETWORK_SIZE {
            let half_pixel = (output as f64 + 0.5) * scale - 0.5;
            for (mode, ideal) in [
                (ResizeMode::BilinearHalfPixel, half_pixel),
                (ResizeMode::BilinearTf1, output as f64 * scale),
                (ResizeMode::BilinearGridSample, output as f64 * scale),
            ] {
                let what = format!("{mode:?} {input} -> {output}");
                let got = sampled_position(&table_of(mode, input), output);
                let ideal = ideal.clamp(0.0, (input - 1) as f64);
                assert_close(&what, got, ideal, AXIS_POSITION, input as f64);
            }
            // These filters reproduce linear ramps if they are neither cut nor stretched.
            let whole = (1.5..input as f64 - 2.5).contains(&half_pixel);
            for mode in [
                ResizeMode::BilinearAntialias,
                ResizeMode::PillowBilinear,
                ResizeMode::PillowBicubic,
            ] {
                if whole && scale <= 1.0 {
                    let what = format!("{mode:?} {input} -> {output}");
                    let got = sampled_position(&table_of(mode, input), output);
                    assert_close(&what, got, half_pixel, AXIS_POSITION, input as f64);
                }
            }
        }
    }
}

/// FNV-1a over (input index, weight bits) of every non-zero weight.
fn fingerprint(table: &AxisTable) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for output in 0..table.output_size() {
        let mut dense = std::collections::BTreeMap::new();
        table.taps_of(output).for_each(|(at, weight)| *dense.entry(at).or_insert(0f32) += weight);
        for (at, weight) in dense.into_iter().filter(|&(_, weight)| weight != 0.0) {
            for byte in (at as u32).to_le_bytes().into_iter().chain(weight.to_le_bytes()) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            }
        }
    }
    hash
}

/// The weights of the original programs by input size and mode, each from resizing an identity
/// matrix along one axis: PyTorch 2.15 (CPU, AVX2),
/// `interpolate(eye(n).reshape(1, n, 1, n), (1, 299), "bilinear")`, without and with `antialias`,
/// and `grid_sample` as NVIDIA's network calls it; torch-fidelity 0.4.0,
/// `interpolate_bilinear_2d_like_tensorflow1x`; Pillow 13.0.0,
/// `fromarray(eye(n), mode="F").resize((299, n), FILTER)`.
#[rustfmt::skip]
const GOLDEN: [(usize, [u64; MODES.len()]); 7] = [
    (1, [
        0x351e_bbce_69ce_2da8, 0x351e_bbce_69ce_2da8, 0x351e_bbce_69ce_2da8,
        0x351e_bbce_69ce_2da8, 0x351e_bbce_69ce_2da8, 0x351e_bbce_69ce_2da8,
        0x351e_bbce_69ce_2da8, 0x351e_bbce_69ce_2da8, 0x351e_bbce_69ce_2da8,
    ]),
    (2, [
        0x8fb4_b4f5_6521_bda8, 0xac88_83cd_4215_7a67, 0x0ca5_ebfe_6bc3_f206,
        0x8fb4_b4f5_6521_bda8, 0x917c_5ffe_c411_ec89, 0x085d_4003_2caf_0508,
        0x2bb3_422a_db2c_ec0d, 0xf6d7_4b5b_75b1_c7f0, 0xdc17_e830_f213_e4d4,
    ]),
    (17, [
        0x8715_231b_bab1_9e24, 0x6b7d_614c_cbea_f8a6, 0xff03_4aaa_4317_2925,
        0x8715_231b_bab1_9e24, 0x2e44_d32a_8241_efe8, 0x2e44_d32a_8241_efe8,
        0x07f3_77e0_d5e2_2ca0, 0x2e89_22d9_b0c0_b22c, 0xbafd_6ff5_3388_347a,
    ]),
    (256, [
        0x3c10_53a3_46b7_a065, 0xa36c_71fa_3c10_b4d8, 0x42dc_7424_2108_74e9,
        0x3c10_53a3_46b7_a065, 0xb78f_5f8e_a955_2b54, 0x27ec_2595_89d7_1c6b,
        0x9ff3_f73e_3dea_1455, 0xc8a9_3149_8b27_fb82, 0xe01a_ca8c_a8b9_5ae2,
    ]),
    (299, [
        0x7801_4988_bb48_3050, 0x7801_4988_bb48_3050, 0x9074_6c00_6ac5_ccfb,
        0x7801_4988_bb48_3050, 0x7801_4988_bb48_3050, 0x7801_4988_bb48_3050,
        0x7801_4988_bb48_3050, 0x7801_4988_bb48_3050, 0x7801_4988_bb48_3050,
    ]),
    (333, [
        0x84bc_8951_432d_3b27, 0xa0d7_bdfa_6ccb_c575, 0x19cd_99ef_7a08_7c2b,
        0xc87a_f466_f82e_41f0, 0x639c_a5d9_b619_af1d, 0xe00a_8e9e_a8c8_3447,
        0x685b_fc8d_e60a_57c5, 0xf666_3016_b52b_72bb, 0xf10b_87a3_972d_14be,
    ]),
    (1024, [
        0x9187_c56b_5613_0541, 0xaf5c_7e9d_21b6_5b58, 0x8bc4_3eac_e026_11bc,
        0x6a8e_296e_98de_2f0f, 0x217f_f28d_34c4_8cfa, 0x85e8_7de6_941b_c951,
        0xd0fa_b1fc_bdd9_0965, 0xd002_fab7_5bd9_cd33, 0x4dc9_5860_144e_e4b5,
    ]),
];

#[test]
fn weights_equal_the_original_programs_to_the_bit() {
    for (input, hashes) in GOLDEN {
        for (mode, hash) in MODES.into_iter().zip(hashes) {
            assert_eq!(fingerprint(&table_of(mode, input)), hash, "{mode:?}, input size {input}");
        }
    }
}

#[test]
fn fingerprint_detects_one_changed_bit() {
    let mut changed = table(17);
    assert_eq!(changed, table(17));
    changed.weights_mut()[20] = changed.weights()[20].next_up();
    assert_ne!(fingerprint(&changed), fingerprint(&table(17)));
}

#[test]
fn same_size_is_the_identity() {
    // NVIDIA's grid is 1.5e-5 pixels off in two places.
    for mode in MODES.into_iter().filter(|&mode| mode != ResizeMode::BilinearGridSample) {
        let table = table_of(mode, NETWORK_SIZE);
        for output in 0..NETWORK_SIZE {
            let taps = table.taps_of(output).filter(|&(_, weight)| weight != 0.0);
            assert_eq!(taps.collect::<Vec<_>>(), [(output, 1.0)], "{mode:?}");
        }
    }
}

#[test]
fn taps_are_inside_the_axis_and_weights_sum_to_one() {
    for mode in MODES {
        for input in [1, 2, 299, 5000] {
            let table = table_of(mode, input);
            assert_eq!(table.weights().len(), table.taps() * table.output_size());
            assert!(table.starts().iter().all(|&start| (start as usize) < input));
            for output in 0..NETWORK_SIZE {
                assert_eq!(table.taps_of(output).count(), table.taps());
                let sum: f64 = table.taps_of(output).map(|(_, weight)| f64::from(weight)).sum();
                assert_close(&format!("{mode:?} {input} {output}"), sum, 1.0, WEIGHT_SUM, 1.0);
            }
            assert_eq!(table.taps_of(NETWORK_SIZE).count(), 0);
        }
    }
}

#[test]
fn only_bicubic_and_lanczos_have_negative_weights() {
    for mode in MODES {
        let negative = table_of(mode, 512).weights().iter().any(|&weight| weight < 0.0);
        let known = [ResizeMode::PillowBicubic, ResizeMode::PillowLanczos].contains(&mode);
        assert_eq!(negative, known, "{mode:?}");
    }
}

/// The kernels for bytes use integer weights, and 32-bit integers for sums of products.
#[test]
fn byte_weights_are_integers_and_their_sums_fit_in_i32() {
    let parts = f64::from(FIXED_POINT);
    for mode in [
        ResizeMode::PillowBox,
        ResizeMode::PillowBilinear,
        ResizeMode::PillowHamming,
        ResizeMode::PillowBicubic,
        ResizeMode::PillowLanczos,
    ] {
        for (input, size) in [1, 2, 17, 298, 333, 1024, 5000]
            .into_iter()
            .flat_map(|input| [1, 64, NETWORK_SIZE, 1000].map(|size| (input, size)))
        {
            let table = AxisTable::new(mode, Rounding::ToBytes, input, size).unwrap();
            for output in 0..size {
                let weights = table.taps_of(output).map(|(_, weight)| f64::from(weight));
                let whole: Vec<_> = weights.map(|weight| weight * parts).collect();
                assert!(whole.iter().all(|weight| weight.fract() == 0.0), "{mode:?} {input}");
                let largest = 255.0 * whole.iter().map(|weight| weight.abs()).sum::<f64>();
                assert!(largest + parts / 2.0 <= f64::from(i32::MAX), "{mode:?} {input}");
            }
        }
    }
}

/// Bicubic overshoots at an edge. `clean` clips to 0..=255, so the extremes are those of its
/// scaling, and does not round.
#[test]
fn clean_clips_and_does_not_round() {
    let pixels: Vec<u8> = (0..16).map(|at| if at % 4 < 2 { 0 } else { 255 }).collect();
    let out = reference_preprocess(&pixels, 4, 4, 1, Preset::CLEAN).unwrap();
    let bounds = out
        .iter()
        .fold((f64::MAX, f64::MIN), |(low, high), &value| (value.min(low), value.max(high)));
    assert_eq!(bounds, (-1.0, 127.0 / 128.0));
    assert!(out.iter().any(|value| (value * 128.0).fract() != 0.0));
}

/// Values of PyTorch 2.15 in f32 (`2*interpolate(x/255) - 1`) at (channel, y, x). Odd and unequal
/// sides reveal swapped axes, channels or grids.
#[test]
fn preprocess_agrees_with_pytorch() {
    type Pixel = ((usize, usize, usize), f64);
    let colour: [Pixel; 8] = [
        ((0, 0, 0), -0.011764705181121826),
        ((1, 0, 298), -0.5215686559677124),
        ((2, 298, 0), -0.4823529124259949),
        ((0, 298, 298), 0.8666666746139526),
        ((1, 150, 10), -0.5460394620895386),
        ((2, 7, 201), 0.3840944766998291),
        ((0, 100, 33), 0.03376781940460205),
        ((1, 222, 111), -0.16181480884552002),
    ];
    let gray: [Pixel; 8] = [
        ((0, 0, 0), -0.11912506818771362),
        ((1, 0, 298), 0.1250976324081421),
        ((2, 298, 0), -0.07701468467712402),
        ((0, 298, 298), -0.012155592441558838),
        ((1, 150, 10), -0.35085201263427734),
        ((2, 7, 201), -0.6266420483589172),
        ((0, 100, 33), -0.4925820231437683),
        ((1, 222, 111), 0.019895434379577637),
    ];
    for (height, width, channels, golden) in [(31, 47, 3, colour), (400, 333, 1, gray)] {
        let mut lcg = Lcg(7);
        let pixels: Vec<u8> = (0..height * width * channels).map(|_| lcg.byte()).collect();
        let preset = Preset::PYTORCH_FID;
        let out = reference_preprocess(&pixels, height, width, channels, preset).unwrap();
        assert_eq!(out.len(), 3 * NETWORK_SIZE * NETWORK_SIZE);
        for ((c, y, x), want) in golden {
            let got = out[(c * NETWORK_SIZE + y) * NETWORK_SIZE + x];
            assert_close(&format!("{c} {y} {x}"), got, want, PREPROCESS_F32, 1.0);
        }
    }
}

#[test]
fn bad_shapes_are_refused() {
    let preset = Preset::PYTORCH_FID;
    let of = |h, w, c| reference_preprocess(&[0; 12], h, w, c, preset).unwrap_err();
    assert_eq!(of(2, 3, 4), Error::Channels { channels: 4 });
    assert_eq!(of(2, 3, 3), Error::Length { what: "pixels", expected: 18, got: 12 });
    assert_eq!(of(0, 3, 3), Error::AxisSize { input: 0, output: 299 });
    assert_eq!(of(2, usize::MAX, 3), Error::AxisSize { input: usize::MAX, output: 299 });
}
