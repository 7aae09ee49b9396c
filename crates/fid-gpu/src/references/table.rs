//! The table of public references.
//!
//! Every row is as its publisher states it; no file was downloaded to make this table, so that hashes
//! are unknown.

use std::borrow::Cow;

use fid_weights::hub::Published;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// Mean and covariance.
    Statistics,
    /// Mean and covariance of a data set, and 10,000 images of it.
    Batch,
    /// The features of every image, which KID needs.
    Features,
    /// 50,000 generated images.
    Samples,
}

/// A public file that papers compare with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Reference {
    /// Its name, in front of `@`.
    pub name: String,
    /// The preset that it was made with, by its name or an alias; empty for images.
    pub preset: &'static str,
    /// The encoder whose features it has; empty for images.
    pub encoder: &'static str,
    /// Who made it.
    pub by: &'static str,
    /// What it holds.
    pub content: Content,
    /// Number of images behind it, if its publisher states it.
    pub images: Option<u64>,
    /// Their height and width, if its publisher states it.
    pub side: Option<u32>,
    /// Its address.
    pub url: String,
}

impl Reference {
    /// The name with the preset: `cifar10-train@clean`.
    pub fn full_name(&self) -> String {
        match self.preset {
            "" => self.name.clone(),
            preset => format!("{}@{preset}", self.name),
        }
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    /// The file as a download.
    pub(super) fn published(&self) -> Published {
        let mut entry = Published::default();
        entry.name = Cow::Owned(self.full_name());
        entry.file = Cow::Owned(self.file().to_owned());
        entry.url = Cow::Owned(self.url.clone());
        entry
    }
}

/// clean-fid's statistics: the table "Supported Precomputed Datasets" of its README. Name, then data
/// set, split and side as in the file's name, then the number of images.
const CLEAN_FID: [(&str, &str, &str, u32, u64); 19] = [
    ("cifar10-train", "cifar10", "train", 32, 50_000),
    ("cifar10-test", "cifar10", "test", 32, 10_000),
    ("ffhq256", "ffhq", "trainval", 256, 50_000),
    ("ffhq1024", "ffhq", "trainval", 1024, 50_000),
    ("ffhq256-70k", "ffhq", "trainval70k", 256, 70_000),
    ("ffhq1024-70k", "ffhq", "trainval70k", 1024, 70_000),
    ("lsun-church", "lsun_church", "train", 256, 50_000),
    ("lsun-church-full", "lsun_church", "trainfull", 256, 126_227),
    ("lsun-horse", "lsun_horse", "train", 256, 50_000),
    ("lsun-horse-full", "lsun_horse", "trainfull", 256, 2_000_340),
    ("lsun-cat", "lsun_cat", "train", 256, 50_000),
    ("lsun-cat-full", "lsun_cat", "trainfull", 256, 1_657_264),
    ("afhq-cat", "afhq_cat", "train", 512, 5153),
    ("afhq-dog", "afhq_dog", "train", 512, 4739),
    ("afhq-wild", "afhq_wild", "train", 512, 4738),
    ("brecahad", "brecahad", "train", 512, 1944),
    ("metfaces", "metfaces", "train", 1024, 1336),
    ("horse2zebra", "horse2zebra", "test", 256, 140),
    ("cat2dog", "cat2dog", "test", 256, 500),
];

/// Its data sets with the mode "clean" alone.
const ONLY_CLEAN: [&str; 2] = ["lsun-church-full", "lsun-horse-full"];

/// Its data sets with features for KID ("only precomputed for smaller datasets", README).
const WITH_FEATURES: [&str; 5] = ["afhq-cat", "afhq-dog", "afhq-wild", "brecahad", "metfaces"];

/// Its modes, with our presets.
const CLEAN_FID_MODES: [(&str, &str); 3] = [
    ("clean", "clean"),
    ("legacy_tensorflow", "clean-legacy-tf"),
    ("legacy_pytorch", "clean-legacy-pytorch"),
];

/// `get_reference_statistics` in its `features.py` forms the addresses.
const CLEAN_FID_URL: &str = "https://www.cs.cmu.edu/~clean-fid/stats/";

/// guided-diffusion's reference batches, `evaluations/README.md`.
const ADM: [(&str, &str, u32); 7] = [
    ("adm-lsun-bedroom", "lsun/bedroom/VIRTUAL_lsun_bedroom256.npz", 256),
    ("adm-lsun-cat", "lsun/cat/VIRTUAL_lsun_cat256.npz", 256),
    ("adm-lsun-horse", "lsun/horse/VIRTUAL_lsun_horse256.npz", 256),
    ("adm-imagenet64", "imagenet/64/VIRTUAL_imagenet64_labeled.npz", 64),
    ("adm-imagenet128", "imagenet/128/VIRTUAL_imagenet128_labeled.npz", 128),
    ("adm-imagenet256", "imagenet/256/VIRTUAL_imagenet256_labeled.npz", 256),
    ("adm-imagenet512", "imagenet/512/VIRTUAL_imagenet512.npz", 512),
];

/// guided-diffusion's own samples behind its tables, from the same README: folder and files. Each has
/// 50,000 images.
const ADM_SAMPLES: [(&str, u32, &[&str]); 7] = [
    ("lsun/bedroom", 256, &["admnet_dropout_lsun_bedroom"]),
    ("lsun/cat", 256, &["admnet_dropout_lsun_cat"]),
    ("lsun/horse", 256, &["admnet_dropout_lsun_horse", "admnet_lsun_horse"]),
    ("imagenet/64", 64, &["admnet_imagenet64"]),
    ("imagenet/128", 128, &["admnet_imagenet128", "admnet_guided_imagenet128"]),
    (
        "imagenet/256",
        256,
        &[
            "admnet_imagenet256",
            "admnet_guided_imagenet256",
            "admnet_guided_upsampled_imagenet256",
            "admnet_upsampled_imagenet256",
        ],
    ),
    (
        "imagenet/512",
        512,
        &[
            "admnet_imagenet512",
            "admnet_guided_imagenet512",
            "admnet_guided_upsampled_imagenet512",
            "admnet_upsampled_imagenet512",
        ],
    ),
];

const ADM_URL: &str = "https://openaipublic.blob.core.windows.net/diffusion/jul-2021/ref_batches/";

/// EDM's statistics, `README.md` and `fid.py`. CIFAR-10's training set is the five batches that
/// `dataset_tool.py` reads.
const EDM: [(&str, &str, u32, Option<u64>); 5] = [
    ("edm-cifar10", "cifar10-32x32.npz", 32, Some(50_000)),
    ("edm-ffhq64", "ffhq-64x64.npz", 64, None),
    ("edm-afhqv2-64", "afhqv2-64x64.npz", 64, None),
    ("edm-imagenet64", "imagenet-64x64.npz", 64, None),
    ("edm-imagenet64-baseline", "imagenet-64x64-baseline.npz", 64, None),
];

const EDM_URL: &str = "https://nvlabs-fi-cdn.nvidia.com/edm/fid-refs/";

/// EDM2's statistics, `README.md`: of two encoders in one file.
const EDM2: [(&str, &str, u32); 2] =
    [("edm2-img512", "img512.pkl", 512), ("edm2-img64", "img64.pkl", 64)];

const EDM2_URL: &str = "https://nvlabs-fi-cdn.nvidia.com/edm2/dataset-refs/";

/// The statistics of TTUR, the authors of FID: `README.md`.
const TTUR: [(&str, &str, Option<u32>); 6] = [
    ("ttur-celeba", "fid_stats_celeba.npz", Some(64)),
    ("ttur-lsun-bedroom", "fid_stats_lsun_train.npz", None),
    ("ttur-cifar10", "fid_stats_cifar10_train.npz", None),
    ("ttur-svhn", "fid_stats_svhn_train.npz", None),
    ("ttur-imagenet-train", "fid_stats_imagenet_train.npz", None),
    ("ttur-imagenet-valid", "fid_stats_imagenet_valid.npz", None),
];

const TTUR_URL: &str = "http://bioinf.jku.at/research/ttur/ttur_stats/";

/// Every reference, in the order in which they are listed to people.
pub fn all() -> Vec<Reference> {
    let statistics = |name: &str, preset, by, images, side, url| Reference {
        name: name.to_owned(),
        preset,
        encoder: "inception",
        by,
        content: Content::Statistics,
        images,
        side,
        url,
    };
    let mut all = Vec::new();
    for (name, set, split, side, images) in CLEAN_FID {
        let modes = if ONLY_CLEAN.contains(&name) { 1 } else { CLEAN_FID_MODES.len() };
        for (mode, preset) in &CLEAN_FID_MODES[..modes] {
            let start = format!("{CLEAN_FID_URL}{set}_{mode}_{split}_{side}");
            let (images, side) = (Some(images), Some(side));
            let url = format!("{start}.npz");
            all.push(statistics(name, preset, "clean-fid", images, side, url));
            if WITH_FEATURES.contains(&name) {
                let url = format!("{start}_kid.npz");
                let name = format!("{name}-kid");
                let row = statistics(&name, preset, "clean-fid", images, side, url);
                all.push(Reference { content: Content::Features, ..row });
            }
        }
    }
    for (name, file, side) in ADM {
        let url = format!("{ADM_URL}{file}");
        let row = statistics(name, "adm", "guided-diffusion", None, Some(side), url);
        all.push(Reference { content: Content::Batch, ..row });
    }
    for (name, file, side, images) in EDM {
        all.push(statistics(name, "nvidia", "EDM", images, Some(side), format!("{EDM_URL}{file}")));
    }
    for (name, file, side) in EDM2 {
        for (encoder, preset) in [("inception", "nvidia"), ("dinov2-l14", "edm2")] {
            let url = format!("{EDM2_URL}{file}");
            let row = statistics(name, preset, "EDM2", None, Some(side), url);
            all.push(Reference { encoder, ..row });
        }
    }
    for (name, file, side) in TTUR {
        all.push(statistics(name, "ttur", "TTUR", None, side, format!("{TTUR_URL}{file}")));
    }
    for (folder, side, files) in ADM_SAMPLES {
        for file in files {
            let url = format!("{ADM_URL}{folder}/{file}.npz");
            let name = file.replace('_', "-");
            let row = statistics(&name, "", "guided-diffusion", Some(50_000), Some(side), url);
            all.push(Reference { content: Content::Samples, encoder: "", ..row });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Encoder;

    #[test]
    fn names_are_unique_and_presets_are_those_of_the_encoder() {
        let all = all();
        let names: BTreeSet<_> = all.iter().map(Reference::full_name).collect();
        assert_eq!(names.len(), all.len());
        for entry in &all {
            let name = &entry.name;
            assert!(!name.contains(['@', '/', '.']), "{name}");
            assert!(entry.url.starts_with("http") && entry.file().contains('.'), "{name}");
            match entry.content {
                Content::Samples => assert_eq!(entry.encoder, ""),
                _ => {
                    let encoder: Encoder = entry.encoder.parse().unwrap();
                    fid_core::Preset::named(entry.preset, encoder.presets()).unwrap();
                }
            }
        }
    }

    #[test]
    fn addresses_are_formed_as_the_publishers_do() {
        let url = |name: &str| all().iter().find(|it| it.full_name() == name).unwrap().url.clone();
        let start = "https://www.cs.cmu.edu/~clean-fid/stats/";
        assert_eq!(url("cifar10-train@clean"), format!("{start}cifar10_clean_train_32.npz"));
        let legacy = format!("{start}ffhq_legacy_tensorflow_trainval70k_1024.npz");
        assert_eq!(url("ffhq1024-70k@clean-legacy-tf"), legacy);
        assert_eq!(url("metfaces-kid@clean"), format!("{start}metfaces_clean_train_1024_kid.npz"));
        assert_eq!(
            url("adm-imagenet256@adm"),
            "https://openaipublic.blob.core.windows.net/diffusion/jul-2021/ref_batches/imagenet/256/VIRTUAL_imagenet256_labeled.npz"
        );
    }
}
