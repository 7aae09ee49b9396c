//! What the name of a statistics file says about the program that made it.

use std::path::Path;

use fid_core::Preset;

/// The program that a file seems to come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The program.
    pub(crate) program: &'static str,
    /// The preset with its preprocessing.
    pub(crate) preset: Preset,
}

/// The modes in the names of clean-fid's files, `NAME_MODE_SPLIT_RESOLUTION.npz`
/// (`get_reference_statistics` in its `features.py`), with their presets.
const CLEAN_FID: [(&str, Preset); 3] = [
    ("_clean_", Preset::CLEAN),
    ("_legacy_pytorch_", Preset::PYTORCH_FID),
    ("_legacy_tensorflow_", Preset::NVIDIA),
];

/// Beginnings of the names of the reference files of guided-diffusion and of TTUR.
const BEGINNINGS: [(&str, &str, Preset); 2] = [
    ("virtual_", "guided-diffusion", Preset::TORCH_FIDELITY),
    ("fid_stats_", "TTUR", Preset::TORCH_FIDELITY),
];

/// The program whose names look like this file's. Names can mislead: this is advice for people.
pub(crate) fn likely_origin(path: &Path) -> Option<Origin> {
    let name = path.file_stem()?.to_string_lossy().to_ascii_lowercase();
    for (mode, preset) in CLEAN_FID {
        // Behind the mode are the split and the resolution; of CLIP's statistics the model first.
        let rest = name.split_once(mode).map(|(_, rest)| rest);
        if rest.is_some_and(|rest| rest.contains('_') && !rest.starts_with("clip_")) {
            return Some(Origin { program: "clean-fid", preset });
        }
    }
    let known = BEGINNINGS.into_iter().find(|(beginning, ..)| name.starts_with(beginning));
    known.map(|(_, program, preset)| Origin { program, preset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_known_programs_tell_their_preset() {
        for (name, preset) in [
            ("cifar10_clean_custom_na.npz", Some(Preset::CLEAN)),
            ("FFHQ_clean_trainval_1024.npz", Some(Preset::CLEAN)),
            ("ffhq_legacy_tensorflow_trainval_1024.npz", Some(Preset::NVIDIA)),
            ("a/b/cifar10_legacy_pytorch_train_32.npz", Some(Preset::PYTORCH_FID)),
            ("cifar10_clean_custom_na_kid.npz", Some(Preset::CLEAN)),
            ("ffhq_clean_clip_vit_b_32_trainval_1024.npz", None),
            ("my_clean_images.npz", None),
            ("VIRTUAL_imagenet256_labeled.npz", Some(Preset::TORCH_FIDELITY)),
            ("fid_stats_cifar10_train.npz", Some(Preset::TORCH_FIDELITY)),
            ("stats.npz", None),
        ] {
            let found = likely_origin(Path::new(name)).map(|origin| origin.preset);
            assert_eq!(found, preset, "{name}");
        }
    }
}
