use crate::{Error, Preset, Rounding};

#[test]
fn names_parse_to_their_preset() {
    for &preset in Preset::INCEPTION {
        assert_eq!(preset.to_string().parse::<Preset>(), Ok(preset));
    }
    let names: Vec<_> = Preset::INCEPTION.iter().map(|preset| preset.name()).collect();
    // Statistics files contain these names, so they must not change.
    let expected = "pytorch-fid torch-fidelity clean nvidia torchmetrics dgm-eval-clean \
                    pil-nearest pil-box pil-bilinear pil-bicubic pil-lanczos";
    assert_eq!(names.join(" "), expected);
}

#[test]
fn aliases_parse_to_their_preset() {
    for alias in ["ttur", "adm", "torchmetrics-legacy"] {
        assert_eq!(alias.parse(), Ok(Preset::TORCH_FIDELITY));
    }
    for alias in ["clean-legacy-pytorch", "dgm-eval"] {
        assert_eq!(alias.parse(), Ok(Preset::PYTORCH_FID));
    }
    assert_eq!("clean-legacy-tf".parse(), Ok(Preset::NVIDIA));
    for &preset in Preset::INCEPTION {
        assert!(preset.aliases().iter().all(|alias| alias.parse() == Ok(preset)));
    }
    assert_eq!("adm".parse::<Preset>().map(Preset::name), Ok("torch-fidelity"));
    assert!("ADM".parse::<Preset>().is_err());
}

#[test]
fn unknown_name_lists_the_known_names() {
    let error = "pytorch_fid".parse::<Preset>().unwrap_err();
    assert!(matches!(&error, Error::UnknownPreset { name, .. } if name == "pytorch_fid"));
    for preset in Preset::INCEPTION {
        assert!(error.to_string().contains(preset.name()), "{error}");
    }
    assert!(error.to_string().contains("ttur, adm"), "{error}");
}

#[test]
fn bytes_round_half_up_and_clip() {
    for (value, rounded) in [
        (-3.0, 0.0),
        (-0.5, 0.0),
        (0.49, 0.0),
        (0.5, 1.0),
        (2.5, 3.0),
        (254.5, 255.0),
        (300.0, 255.0),
    ] {
        assert_eq!(Rounding::ToBytes.apply(value), rounded);
        assert_eq!(Rounding::Never.apply(value), value);
    }
    let step = 2f64.powi(-22);
    assert_eq!(Rounding::ToBytes.weight(2.5 * step), 3.0 * step);
    assert_eq!(Rounding::ToBytes.weight(-2.5 * step), -3.0 * step);
    assert_eq!(Rounding::Never.weight(2.5 * step), 2.5 * step);
}

/// Found by comparing Pillow 13.0.0 with both orders.
#[test]
fn tall_images_resize_their_columns_first() {
    for (height, width, first) in [
        (600, 150, true),
        (600, 400, true),
        (600, 500, false),
        (1024, 600, true),
        (1024, 700, false),
        (300, 290, true),
        (298, 20, false),
        (31, 10, false),
    ] {
        assert_eq!(Preset::PIL_BOX.columns_first(height, width), first, "{height}x{width}");
        assert!(!Preset::CLEAN.columns_first(height, width));
    }
}
