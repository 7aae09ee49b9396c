use crate::{Error, PixelScaling, Preset};

#[test]
fn names_round_trip() {
    for &preset in Preset::ALL {
        assert_eq!(preset.to_string().parse::<Preset>(), Ok(preset));
    }
    assert_eq!(Preset::PytorchFid.to_string(), "pytorch-fid");
}

#[test]
fn unknown_name_lists_the_known() {
    let error = "pytorch_fid".parse::<Preset>().unwrap_err();
    assert!(matches!(&error, Error::UnknownPreset { name, .. } if name == "pytorch_fid"));
    for preset in Preset::ALL {
        assert!(error.to_string().contains(preset.name()), "{error}");
    }
}

#[test]
fn scaling_hits_both_ends() {
    assert_eq!(PixelScaling::MinusOneToOne.apply(0.0), -1.0);
    assert_eq!(PixelScaling::MinusOneToOne.apply(255.0), 1.0);
}
