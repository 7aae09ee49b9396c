use fid_core::{DeviceChoice, Preset};

use super::*;
use crate::observer::Silent;

#[test]
fn a_working_machine_passes_under_every_preset() {
    let Examined { checks, kernels } = examine(&Device::open(DeviceChoice::Cpu).unwrap(), &Silent);
    assert!(kernels.is_some());
    let failed: Vec<_> = checks.iter().filter(|check| !check.passed()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    for preset in Preset::INCEPTION {
        assert!(checks.iter().any(|check| check.stage.contains(preset.name())));
    }
}

#[test]
fn drift_nan_and_panics_fail() {
    let bound = 1e-5;
    assert!(check("at its bound", bound, || Ok(bound)).passed());
    assert!(!check("beyond it", bound, || Ok(1.1e-5)).passed());
    assert!(!check("no number", bound, || Ok(f64::NAN)).passed());
    let error = check("an error", bound, || anyhow::bail!("the driver said no"));
    assert!(!error.passed() && error.error.is_some_and(|text| text.contains("said no")));
    let panic = check("a panic", bound, || panic!("out of memory"));
    assert!(!panic.passed() && panic.error.is_some_and(|text| text.contains("out of memory")));
}

#[test]
fn answers_tell_presets_apart() {
    let answers = Answers::built_in().unwrap();
    // NVIDIA's network imitates TensorFlow 1 but for roundings.
    let distinct = Preset::INCEPTION.iter().filter(|&&preset| preset != Preset::NVIDIA);
    let fed: Vec<_> = distinct.map(|&preset| answers.fed(preset).unwrap()).collect();
    for (i, a) in fed.iter().enumerate() {
        for b in &fed[..i] {
            let apart = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart > 5e-3, "two presets have the same answer");
        }
    }
}
