use crate::metrics::distances::squared_distance;
use crate::metrics::{
    Boundary, CpuProducts, PrdcConfig, nearest_neighbours, neighbour_distances, prdc, prdc_by,
};
use crate::tests::data::features;
use crate::{Error, FeatureSlice};

type Counts = [u64; 4];

/// Fakes inside, reals inside, pairs inside, reals covered, by plain loops over all pairs.
fn counts(real: &[f32], fake: &[f32], dim: usize, config: &PrdcConfig) -> Counts {
    let rows = |values: &[f32]| -> Vec<Vec<f64>> {
        values.chunks(dim).map(|row| row.iter().map(|&x| f64::from(x)).collect()).collect()
    };
    let radii = |rows: &[Vec<f64>]| -> Vec<f64> {
        let radius = |row: &Vec<f64>| {
            let mut all: Vec<_> = rows.iter().map(|other| squared_distance(row, other)).collect();
            all.sort_by(f64::total_cmp);
            all[config.neighbours]
        };
        rows.iter().map(radius).collect()
    };
    let (real, fake) = (rows(real), rows(fake));
    let (radii_real, radii_fake) = (radii(&real), radii(&fake));
    let inside = |square: f64, radius: f64| match config.boundary {
        Boundary::Closed => square <= radius,
        Boundary::Open => square < radius,
    };
    let (mut precise, mut recalled) = (vec![false; fake.len()], vec![false; real.len()]);
    let (mut covered, mut pairs) = (vec![false; real.len()], 0);
    for (i, x) in real.iter().enumerate() {
        for (j, y) in fake.iter().enumerate() {
            let square = squared_distance(x, y);
            if inside(square, radii_real[i]) {
                (precise[j], covered[i]) = (true, true);
                pairs += 1;
            }
            recalled[i] |= inside(square, radii_fake[j]);
        }
    }
    let count = |flags: Vec<bool>| flags.into_iter().filter(|&flag| flag).count() as u64;
    [count(precise), count(recalled), pairs, count(covered)]
}

fn counts_of(result: &crate::metrics::Prdc) -> Counts {
    [result.fakes_inside, result.reals_inside, result.pairs_inside, result.reals_covered]
}

fn slice(values: &[f32], dim: usize) -> FeatureSlice<'_, f32> {
    FeatureSlice::new(values, dim).unwrap()
}

/// Two overlapping sets; the second is narrower.
fn sets(n: usize, m: usize, dim: usize) -> (Vec<f32>, Vec<f32>) {
    let mut fake = features(m, dim, 12);
    fake.iter_mut().for_each(|x| *x = 0.02 + *x * 0.9);
    (features(n, dim, 11), fake)
}

#[test]
fn counts_equal_plain_loops_for_every_tile_size() {
    let (dim, configs) = (12, [PrdcConfig::TORCH_FIDELITY, PrdcConfig::PRDC]);
    let (real, fake) = sets(300, 210, dim);
    for config in configs {
        let want = counts(&real, &fake, dim, &config);
        assert!(want.iter().all(|&n| 20 < n && n != 300 && n != 210), "trivial counts: {want:?}");
        for tiles in [[7, 7], [64, 64], [1024, 1024], [64, 9], [9, 64]] {
            let products = &mut CpuProducts::with_tiles(tiles);
            let got = prdc_by(&slice(&real, dim), &slice(&fake, dim), &config, products).unwrap();
            assert_eq!(counts_of(&got), want, "{config:?}, tiles {tiles:?}");
        }
    }
}

#[test]
fn shift_and_scale_do_not_change_counts() {
    let dim = 8;
    let (real, fake) = sets(150, 150, dim);
    let config = PrdcConfig::default();
    // Integers below 2¹⁰, so that moving them is exact.
    let moved = |values: &[f32], by: f32, scale: f32| -> Vec<f32> {
        values.iter().map(|x| ((x * 512.0).round() + by) * scale).collect()
    };
    let case = |by, scale| (moved(&real, by, scale), moved(&fake, by, scale));
    let (a, b) = case(0.0, 1.0);
    let want = counts(&a, &b, dim, &config);
    for (by, scale) in [(0.0, 1.0), (4e6, 1.0), (0.0, 2f32.powi(100)), (0.0, 2f32.powi(-100))] {
        let (a, b) = case(by, scale);
        let got = prdc(&slice(&a, dim), &slice(&b, dim), &config).unwrap();
        assert_eq!(counts_of(&got), want, "moved by {by}, scaled by {scale}");
    }
}

#[test]
fn swapped_sets_swap_precision_and_recall() {
    let dim = 12;
    let (real, fake) = sets(300, 210, dim);
    let config = PrdcConfig::default();
    let (real, fake) = (slice(&real, dim), slice(&fake, dim));
    let straight = prdc(&real, &fake, &config).unwrap();
    let swapped = prdc(&fake, &real, &config).unwrap();
    assert_eq!((straight.precision, straight.recall), (swapped.recall, swapped.precision));
    // A narrow set of fakes has high precision and low recall, which detects sides swapped in the
    // code.
    assert!(straight.precision > straight.recall + 0.1, "{straight:?}");
}

#[test]
fn counts_on_a_line_for_closed_and_open_balls() {
    // Real: ten points on a line, one apart. Fake: all in the middle of it.
    let real: Vec<f32> = (0..10).map(|i| i as f32).collect();
    let fake: Vec<f32> = (0..6).map(|i| 4.0 + i as f32 / 16.0).collect();
    let config = PrdcConfig { neighbours: 1, boundary: Boundary::Closed };
    let got = prdc(&slice(&real, 1), &slice(&fake, 1), &config).unwrap();
    // Only the real point at 4, which equals the first fake, is inside a fake ball.
    assert_eq!((got.precision, got.recall), (1.0, 0.1));
    // Balls of radius 1: the one at 3 contains the fake at 4, those at 4 and 5 contain all six.
    assert_eq!((got.pairs_inside, got.reals_covered), (13, 3));
    assert_eq!(got.density, 13.0 / 6.0);
    let open = PrdcConfig { boundary: Boundary::Open, ..config };
    let got = prdc(&slice(&real, 1), &slice(&fake, 1), &open).unwrap();
    // The fake at 4 is on the surface of the balls at 3 and 5.
    assert_eq!((got.pairs_inside, got.reals_covered), (11, 2));
}

#[test]
fn copies_have_balls_of_radius_zero() {
    // Every real image five times: closed balls are points, open balls are empty.
    let dim = 6;
    let once = features(20, dim, 13);
    let real: Vec<f32> = (0..5).flat_map(|_| once.clone()).collect();
    let fake = [once.clone(), features(30, dim, 14)].concat();
    for config in
        [PrdcConfig::TORCH_FIDELITY, PrdcConfig { boundary: Boundary::Open, neighbours: 3 }]
    {
        let got = prdc(&slice(&real, dim), &slice(&fake, dim), &config).unwrap();
        assert_eq!(counts_of(&got), counts(&real, &fake, dim, &config));
        let closed = config.boundary == Boundary::Closed;
        assert_eq!(got.fakes_inside, if closed { 20 } else { 0 });
        assert_eq!(got.recall, 1.0);
    }
    let same = vec![0.5f32; 200 * dim];
    let got = prdc(&slice(&same, dim), &slice(&same, dim), &PrdcConfig::default()).unwrap();
    assert_eq!((got.precision, got.recall, got.pairs_inside), (1.0, 1.0, 200 * 200));
    assert_eq!(neighbour_distances(&slice(&same, dim), 3).unwrap(), [0.0; 200]);
}

#[test]
fn set_against_itself_has_perfect_scores() {
    let dim = 8;
    let real = features(100, dim, 15);
    let got = prdc(&slice(&real, dim), &slice(&real, dim), &PrdcConfig::TORCH_FIDELITY).unwrap();
    assert_eq!((got.precision, got.recall, got.f_score, got.coverage), (1.0, 1.0, 1.0, 1.0));
    // Each ball contains its centre and three neighbours, the third on its surface.
    assert_eq!(got.pairs_inside, 400);
    let open = PrdcConfig { boundary: Boundary::Open, neighbours: 3 };
    assert_eq!(prdc(&slice(&real, dim), &slice(&real, dim), &open).unwrap().pairs_inside, 300);
}

#[test]
fn distant_sets_score_zero() {
    let dim = 8;
    let (real, mut fake) = sets(50, 40, dim);
    fake.iter_mut().for_each(|x| *x += 100.0);
    let got = prdc(&slice(&real, dim), &slice(&fake, dim), &PrdcConfig::default()).unwrap();
    assert_eq!((counts_of(&got), got.f_score), ([0; 4], 0.0));
}

#[test]
fn bad_input_is_refused() {
    let (real, fake) = sets(10, 5, 4);
    let run = |real: &[f32], fake: &[f32], neighbours| {
        let config = PrdcConfig { neighbours, boundary: Boundary::Closed };
        prdc(&slice(real, 4), &slice(fake, 4), &config)
    };
    assert!(run(&real, &fake, 4).is_ok());
    let what = "fake features";
    assert_eq!(
        run(&real, &fake, 5).unwrap_err(),
        Error::Neighbours { what, neighbours: 5, num_rows: 5 }
    );
    assert!(matches!(run(&real, &fake, 0), Err(Error::Neighbours { neighbours: 0, .. })));
    assert!(matches!(run(&[], &fake, 3), Err(Error::Neighbours { num_rows: 0, .. })));
    let mut bad = fake.clone();
    bad[6] = f32::NAN;
    let error = run(&real, &bad, 3).unwrap_err();
    assert!(matches!(error, Error::NotFinite { row: 1, column: 2, .. }), "{error}");
    assert!(prdc(&slice(&real, 4), &slice(&fake, 5), &PrdcConfig::default()).is_err());
    let large = [1e200; 20];
    let large = FeatureSlice::new(&large, 4).unwrap();
    assert!(matches!(neighbour_distances(&large, 1), Err(Error::Overflow { .. })));
}

#[test]
fn nearest_neighbours_finds_the_first_nearest_row() {
    let (real, fake) = sets(60, 30, 5);
    let (real, fake) = (slice(&real, 5), slice(&fake, 5));
    let got = nearest_neighbours(&real, &fake, &[29, 0]).unwrap();
    let one = nearest_neighbours(&real, &fake, &[0]).unwrap();
    assert_eq!((got.len(), got[1]), (2, one[0]));
    let own = nearest_neighbours(&real, &real, &[17]).unwrap();
    assert_eq!((own[0].index, own[0].distance), (17, 0.0));
    let error = nearest_neighbours(&real, &fake, &[30]).unwrap_err();
    assert_eq!(error, Error::NoSuchRow { what: "queries", row: 30, num_rows: 30 });
}
