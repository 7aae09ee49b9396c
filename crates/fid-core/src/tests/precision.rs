use crate::{Error, Precision};

#[test]
fn names_round_trip() {
    for &precision in Precision::ALL {
        assert_eq!(precision.to_string().parse::<Precision>(), Ok(precision));
    }
    // Statistics files carry these names: they stay.
    assert_eq!(
        Precision::ALL.iter().map(|it| it.name()).collect::<Vec<_>>(),
        ["f32", "bf16", "f16"]
    );
    assert_eq!(Precision::default(), Precision::F32);
    let error = "fp16".parse::<Precision>().unwrap_err();
    assert!(matches!(&error, Error::UnknownPrecision { name, .. } if name == "fp16"));
    assert!(error.to_string().contains("f32, bf16, f16"), "{error}");
}

/// The finite values of at least 0, by the definition of the format: `bits` of a fraction, exponents
/// from `least` on.
fn values(bits: i32, least: i32, largest: f64) -> Vec<f64> {
    let steps = 1i64 << bits;
    let subnormal = (0..steps).map(|m| m as f64 * 2f64.powi(least - bits));
    let normal = (least..=127).flat_map(|exponent| {
        (0..steps).map(move |m| (steps + m) as f64 * 2f64.powi(exponent - bits))
    });
    subnormal.chain(normal).take_while(|&value| value <= largest).collect()
}

/// Between two neighbours of a format, the nearer one is taken, of equally near ones the even one.
fn rounds_to_the_nearest(precision: Precision, values: &[f64]) {
    for (lower, pair) in values.windows(2).enumerate() {
        let [a, b] = [pair[0] as f32, pair[1] as f32];
        assert_eq!([f64::from(a), f64::from(b)], pair, "not a value of f32");
        let middle = (pair[0] + pair[1]) / 2.0;
        let even = if lower % 2 == 0 { a } else { b };
        let mut cases = vec![(a, a), (b, b)];
        // Between the least values of bf16, f32 has none either.
        if f64::from(middle as f32) == middle {
            let middle = middle as f32;
            cases.extend([(middle, even), (middle.next_down(), a), (middle.next_up(), b)]);
        }
        for (value, expected) in cases {
            for sign in [1.0, -1.0] {
                let (got, expected) = (precision.round(sign * value), sign * expected);
                assert_eq!(got.to_bits(), expected.to_bits(), "{precision} of {value:e}");
            }
        }
    }
}

#[test]
fn every_value_of_f16_is_rounded_to() {
    let values = values(10, -14, 65504.0);
    assert_eq!(values.len(), 0x7c00);
    rounds_to_the_nearest(Precision::F16, &values);
    // Half a step beyond the largest.
    assert_eq!(Precision::F16.round(65519.996), 65504.0);
    assert_eq!(Precision::F16.round(-65520.0), f32::NEG_INFINITY);
}

#[test]
fn every_value_of_bf16_is_rounded_to() {
    let values = values(7, -126, f64::from(f32::MAX));
    assert_eq!(values.len(), 0x7f80);
    rounds_to_the_nearest(Precision::Bf16, &values);
    assert_eq!(Precision::Bf16.round(f32::MAX), f32::INFINITY);
}

#[test]
fn what_is_no_number_stays_so() {
    for &precision in Precision::ALL {
        let mut values =
            [f32::NAN, -f32::NAN, f32::from_bits(0x7fff_ffff), f32::INFINITY, 1.0 + 1e-6];
        precision.round_all(&mut values);
        assert!(values[..3].iter().all(|value| value.is_nan()), "{precision}: {values:?}");
        assert_eq!(values[3], f32::INFINITY);
        assert_eq!(values[4] == 1.0, precision != Precision::F32);
    }
}
