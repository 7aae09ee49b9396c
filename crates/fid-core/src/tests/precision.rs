use crate::{Error, Precision};

#[test]
fn names_parse_to_their_precision() {
    for &precision in Precision::ALL {
        assert_eq!(precision.to_string().parse::<Precision>(), Ok(precision));
    }
    // Statistics files contain these names, so they must not change.
    let names: Vec<_> = Precision::ALL.iter().map(|precision| precision.name()).collect();
    assert_eq!(names, ["f32", "f16"]);
    let error = "bf16".parse::<Precision>().unwrap_err();
    assert!(matches!(&error, Error::UnknownPrecision { name, .. } if name == "bf16"));
    assert!(error.to_string().contains("known: f32, f16"), "{error}");
}

/// The finite values of f16 of at least 0, by the definition of the format.
fn f16_values() -> Vec<f64> {
    let subnormal = (0..1024).map(|m| f64::from(m) * 2f64.powi(-24));
    let normal = (-14..16)
        .flat_map(|exponent| (1024..2048).map(move |m| f64::from(m) * 2f64.powi(exponent - 10)));
    subnormal.chain(normal).collect()
}

/// Between two neighbours, rounding takes the nearer one, and the even one in the middle.
#[test]
fn f16_rounds_to_the_nearest_ties_to_even() {
    let values = f16_values();
    assert_eq!(values.len(), 0x7c00);
    for (lower, pair) in values.windows(2).enumerate() {
        let [a, b] = [pair[0] as f32, pair[1] as f32];
        let middle = f32::midpoint(a, b);
        let even = if lower % 2 == 0 { a } else { b };
        let cases =
            [(a, a), (b, b), (middle, even), (middle.next_down(), a), (middle.next_up(), b)];
        for (value, expected) in cases {
            for sign in [1.0, -1.0] {
                let (got, expected) = (Precision::F16.round(sign * value), sign * expected);
                assert_eq!(got.to_bits(), expected.to_bits(), "{value:e}");
            }
        }
    }
    // The middle between the largest value and the next step rounds to infinity.
    assert_eq!(Precision::F16.round(65520f32.next_down()), 65504.0);
    assert_eq!(Precision::F16.round(-65520.0), f32::NEG_INFINITY);
}

#[test]
fn nan_and_infinity_stay() {
    for &precision in Precision::ALL {
        let mut values =
            [f32::NAN, -f32::NAN, f32::from_bits(0x7fff_ffff), f32::INFINITY, 1.0 + 1e-6];
        precision.round_all(&mut values);
        assert!(values[..3].iter().all(|value| value.is_nan()), "{precision}: {values:?}");
        assert_eq!(values[3], f32::INFINITY);
        assert_eq!(values[4] == 1.0, precision != Precision::F32);
    }
}
