use crate::{Error, Overshoot, PixelScaling, Preset};

#[test]
fn names_round_trip() {
    for &preset in Preset::ALL {
        assert_eq!(preset.to_string().parse::<Preset>(), Ok(preset));
    }
    let names: Vec<_> = Preset::ALL.iter().map(|preset| preset.name()).collect();
    assert_eq!(names, ["pytorch-fid", "torch-fidelity", "clean"]);
}

#[test]
fn aliases_mean_a_preset_and_are_never_printed() {
    for alias in ["ttur", "adm"] {
        assert_eq!(alias.parse(), Ok(Preset::TorchFidelity));
    }
    assert_eq!("adm".parse::<Preset>().map(Preset::name), Ok("torch-fidelity"));
    assert!("ADM".parse::<Preset>().is_err());
}

#[test]
fn unknown_name_lists_the_known() {
    let error = "pytorch_fid".parse::<Preset>().unwrap_err();
    assert!(matches!(&error, Error::UnknownPreset { name, .. } if name == "pytorch_fid"));
    for preset in Preset::ALL {
        assert!(error.to_string().contains(preset.name()), "{error}");
    }
    assert!(error.to_string().contains("ttur, adm"), "{error}");
}

#[test]
fn scaling_hits_both_ends() {
    assert_eq!(PixelScaling::MinusOneToOne.apply(0.0), -1.0);
    assert_eq!(PixelScaling::MinusOneToOne.apply(255.0), 1.0);
    assert_eq!(PixelScaling::CenteredOn128.apply(0.0), -1.0);
    assert_eq!(PixelScaling::CenteredOn128.apply(128.0), 0.0);
    assert_eq!(PixelScaling::CenteredOn128.apply(255.0), 0.9921875);
}

#[test]
fn clipping_moves_only_what_is_outside() {
    for (value, clipped) in
        [(-3.5, 0.0), (0.0, 0.0), (17.25, 17.25), (255.0, 255.0), (300.0, 255.0)]
    {
        assert_eq!(Overshoot::Clip.apply(value), clipped);
        assert_eq!(Overshoot::Keep.apply(value), value);
    }
}
