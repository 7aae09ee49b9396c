use fid_core::frechet_distance;

use super::*;

/// Diagonal Gaussians of 1000 images.
fn explain(real: (&[f64], &[f64]), fake: (&[f64], &[f64])) -> Explanation {
    let stats = |(mu, variances): (&[f64], &[f64])| {
        let dim = mu.len();
        let at = |at: usize| if at / dim == at % dim { variances[at / dim] } else { 0.0 };
        FeatureStats::from_mu_sigma(mu.into(), (0..dim * dim).map(at).collect(), Some(1000))
            .unwrap()
    };
    let (real, fake) = (stats(real), stats(fake));
    Explanation::of(&real, &fake, &frechet_distance(&real, &fake).unwrap()).unwrap()
}

fn says(explanation: &Explanation, words: &str) -> bool {
    explanation.remarks.iter().any(|remark| remark.contains(words))
}

#[test]
fn parts_follow_the_formula() {
    let explanation =
        explain((&[1.0, 0.0, 2.0], &[4.0, 9.0, 1.0]), (&[0.0, 0.0, 0.0], &[1.0, 4.0, 9.0]));
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
    near(explanation.mean_term, 5.0);
    near(explanation.trace_term, 1.0 + 1.0 + 4.0);
    near(explanation.value, 11.0);
    near(explanation.cross_trace, 2.0 + 6.0 + 3.0);
    for (got, expected) in explanation.real.largest_eigenvalues.iter().zip([9.0, 4.0, 1.0]) {
        near(*got, expected);
    }
    near(explanation.fake.effective_dimensions, 14.0 * 14.0 / 98.0);
    assert!(explanation.text().contains("(45 %)"), "{}", explanation.text());
    assert!(says(&explanation, "1000 and 1000 images"));
}

#[test]
fn odd_values_get_remarks() {
    let (zero, plain) = ([0.0; 4], [1.0, 0.8, 0.9, 0.7]);
    assert!(says(&explain((&zero, &plain), (&zero, &plain)), "same images"));
    assert!(says(&explain((&[1e3; 4], &plain), (&zero, &plain)), "nothing in common"));
    assert!(says(&explain((&[1.0; 4], &plain), (&zero, &plain)), "the average image"));
    assert!(says(&explain((&zero, &[0.0; 4]), (&zero, &plain)), "the same features"));
    assert!(says(
        &explain((&zero, &plain), (&zero, &[9.0, 0.1, 0.1, 0.1])),
        "fake images differ mostly"
    ));
    assert!(says(&explain((&zero, &plain), (&zero, &plain.map(|v| v / 3.0))), "mode collapse"));
    let ordinary = explain((&[0.1; 4], &plain), (&zero, &[0.7, 1.0, 0.9, 0.8]));
    assert_eq!(ordinary.remarks.len(), 1, "{:?}", ordinary.remarks);
}

#[test]
fn eigenvalues_of_rows_and_covariance_are_equal() {
    let rows: Vec<f32> = (0..6 * 9).map(|at| ((at * at) as f32 * 0.37).sin()).collect();
    let rows = FeatureStats::from_features(&rows, 9).unwrap();
    assert!(rows.rows().is_some());
    let sigma = FeatureStats::from_mu_sigma(rows.mu().into(), rows.sigma().into(), None).unwrap();
    let (few, all) = (rows.eigenvalues().unwrap(), sigma.eigenvalues().unwrap());
    assert_eq!((few.len(), all.len()), (6, 9));
    for (few, all) in few.iter().zip(&all) {
        assert!((few - all).abs() < 1e-12, "{few} {all}");
    }
}
