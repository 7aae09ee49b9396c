//! Published files: address, size and hash.

use std::borrow::Cow;

/// A published file, such as the weights of a network.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Published {
    /// Short name.
    pub name: Cow<'static, str>,
    /// Name of the file.
    pub file: Cow<'static, str>,
    /// Address, `https://`.
    pub url: Cow<'static, str>,
    /// Size in bytes, if known.
    pub size: Option<u64>,
    /// SHA-256 in lower-case hexadecimal. If it is unknown, that of the first download is recorded
    /// in `FILE.sha256` beside the file, and compared from then on.
    pub sha256: Option<Cow<'static, str>>,
    /// Licence, an SPDX expression.
    pub licence: Cow<'static, str>,
    /// Repositories and names of files of Hugging Face that hold the same weights, which may be in
    /// its cache on this machine.
    pub hugging_face: &'static [[&'static str; 2]],
}

/// Origin and naming: `weights/README.md` in the repository.
static INCEPTION_2015_12_05: Published = Published {
    name: Cow::Borrowed("inception-2015-12-05"),
    file: Cow::Borrowed("pt_inception-2015-12-05-6726825d.pth"),
    url: Cow::Borrowed(
        "https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/pt_inception-2015-12-05-6726825d.pth",
    ),
    size: Some(95_628_359),
    sha256: Some(Cow::Borrowed("6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2")),
    // As torch-fidelity states, which publishes the same weights.
    licence: Cow::Borrowed("Apache-2.0"),
    hugging_face: &[],
};

/// The host of addresses that [`super::HuggingFace`] applies to.
pub(super) const HUGGING_FACE: &str = "https://huggingface.co/";

/// A file whose size and hash are not published, or not known here.
const fn unknown(
    name: &'static str,
    licence: &'static str,
    [file, url]: [&'static str; 2],
    hugging_face: &'static [[&'static str; 2]],
) -> Published {
    Published {
        name: Cow::Borrowed(name),
        file: Cow::Borrowed(file),
        url: Cow::Borrowed(url),
        size: None,
        sha256: None,
        licence: Cow::Borrowed(licence),
        hugging_face,
    }
}

/// Of vision transformers, by the name of their [`VitSpec`](crate::vit::VitSpec): DINOv2 as
/// torch.hub loads it, CLIP as open_clip does.
static TRANSFORMERS: [Published; 8] = [
    unknown(
        "dinov2-s14",
        "Apache-2.0",
        [
            "dinov2_vits14_pretrain.pth",
            "https://dl.fbaipublicfiles.com/dinov2/dinov2_vits14/dinov2_vits14_pretrain.pth",
        ],
        &[
            ["facebook/dinov2-small", "model.safetensors"],
            ["timm/vit_small_patch14_dinov2.lvd142m", "model.safetensors"],
        ],
    ),
    unknown(
        "dinov2-b14",
        "Apache-2.0",
        [
            "dinov2_vitb14_pretrain.pth",
            "https://dl.fbaipublicfiles.com/dinov2/dinov2_vitb14/dinov2_vitb14_pretrain.pth",
        ],
        &[
            ["facebook/dinov2-base", "model.safetensors"],
            ["timm/vit_base_patch14_dinov2.lvd142m", "model.safetensors"],
        ],
    ),
    unknown(
        "dinov2-l14",
        "Apache-2.0",
        [
            "dinov2_vitl14_pretrain.pth",
            "https://dl.fbaipublicfiles.com/dinov2/dinov2_vitl14/dinov2_vitl14_pretrain.pth",
        ],
        &[
            ["facebook/dinov2-large", "model.safetensors"],
            ["timm/vit_large_patch14_dinov2.lvd142m", "model.safetensors"],
        ],
    ),
    unknown(
        "dinov2-g14",
        "Apache-2.0",
        [
            "dinov2_vitg14_pretrain.pth",
            "https://dl.fbaipublicfiles.com/dinov2/dinov2_vitg14/dinov2_vitg14_pretrain.pth",
        ],
        &[
            ["facebook/dinov2-giant", "model.safetensors"],
            ["timm/vit_giant_patch14_dinov2.lvd142m", "model.safetensors"],
        ],
    ),
    unknown(
        "clip-b32",
        "MIT",
        [
            "clip-b32.safetensors",
            "https://huggingface.co/timm/vit_base_patch32_clip_224.openai/resolve/main/open_clip_model.safetensors",
        ],
        &[
            ["timm/vit_base_patch32_clip_224.openai", "open_clip_model.safetensors"],
            ["openai/clip-vit-base-patch32", "model.safetensors"],
            ["openai/clip-vit-base-patch32", "pytorch_model.bin"],
        ],
    ),
    unknown(
        "clip-l14",
        "MIT",
        [
            "clip-l14.safetensors",
            "https://huggingface.co/timm/vit_large_patch14_clip_224.openai/resolve/main/open_clip_model.safetensors",
        ],
        &[
            ["timm/vit_large_patch14_clip_224.openai", "open_clip_model.safetensors"],
            ["openai/clip-vit-large-patch14", "model.safetensors"],
            ["openai/clip-vit-large-patch14", "pytorch_model.bin"],
        ],
    ),
    unknown(
        "clip-l14-336",
        "MIT",
        [
            "clip-l14-336.safetensors",
            "https://huggingface.co/timm/vit_large_patch14_clip_336.openai/resolve/main/open_clip_model.safetensors",
        ],
        &[
            ["timm/vit_large_patch14_clip_336.openai", "open_clip_model.safetensors"],
            ["openai/clip-vit-large-patch14-336", "model.safetensors"],
            ["openai/clip-vit-large-patch14-336", "pytorch_model.bin"],
        ],
    ),
    unknown(
        "clip-l14-datacomp",
        "MIT",
        [
            "clip-l14-datacomp.safetensors",
            "https://huggingface.co/laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K/resolve/main/open_clip_model.safetensors",
        ],
        &[
            ["laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K", "open_clip_model.safetensors"],
            ["laion/CLIP-ViT-L-14-DataComp.XL-s13B-b90K", "open_clip_pytorch_model.bin"],
        ],
    ),
];

/// The published weights of an encoder: `inception` or the name of a
/// [`VitSpec`](crate::vit::VitSpec). `None` for another name.
pub fn entry(encoder: &str) -> Option<&'static Published> {
    match encoder {
        "inception" => Some(current()),
        name => TRANSFORMERS.iter().find(|entry| entry.name == name),
    }
}

/// The published weights that are used by default.
pub fn current() -> &'static Published {
    &INCEPTION_2015_12_05
}

#[cfg(test)]
mod tests {
    use crate::vit::VitSpec;

    #[test]
    fn the_names_of_the_published_file_agree() {
        let entry = super::current();
        assert!(entry.url.starts_with("https://") && entry.url.ends_with(&*entry.file));
        let sha256 = entry.sha256.as_ref().unwrap();
        assert_eq!(sha256.len(), 64);
        // The name holds the start of the hash.
        assert!(entry.file.contains(&sha256[..8]));
    }

    #[test]
    fn every_encoder_has_an_entry_with_a_file_of_its_own() {
        let names = VitSpec::ALL.iter().map(|spec| spec.name).chain(["inception"]);
        let entries: Vec<_> = names.map(|name| super::entry(name).unwrap()).collect();
        let files: std::collections::BTreeSet<_> =
            entries.iter().map(|entry| &entry.file).collect();
        assert_eq!(files.len(), VitSpec::ALL.len() + 1);
        for entry in entries {
            let hub = entry.hugging_face.first().map(|[repository, file]| {
                format!("{}{repository}/resolve/main/{file}", super::HUGGING_FACE)
            });
            assert!(entry.url.ends_with(&*entry.file) || Some(&*entry.url) == hub.as_deref());
        }
        assert!(super::entry("dinov2-s14-reg").is_none());
    }
}
