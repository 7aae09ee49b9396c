"""`calculate_metrics` of torch-fidelity, 0.4.0; and the network for its `register_feature_extractor`."""

from __future__ import annotations

import contextlib
import os
from typing import Any

from fid_gpu import _evaluate
from fid_gpu._errors import InputError
from fid_gpu._extractor import DIMS, Extractor, Layer, Weights
from fid_gpu.compat._inputs import listed, refuse

_INCEPTION = "inception-v3-compat"
_LAYERS: dict[str, Layer] = {str(layer): layer for layer in DIMS}
_DEFAULT_LAYERS = {"isc": "logits_unbiased", "fid": "2048", "kid": "2048", "prc": "2048"}
#: Arguments that do not change a value where they may be given.
_WITHOUT_EFFECT = {
    *"feature_extractor_compile kid_kernel_rbf_sigma prc_batch_size samples_ext_lossy datasets_root datasets_download".split(),
    *"cache_root cache save_cpu_ram verbose ppl_epsilon ppl_reduction ppl_sample_similarity ppl_z_interp_mode".split(),
    *"ppl_sample_similarity_resize ppl_sample_similarity_dtype ppl_discard_percentile_lower".split(),
    *"ppl_discard_percentile_higher".split(),
    *(f"input{side}_{what}" for side in (1, 2) for what in ("cache_name", "model_z_type", "model_z_size")),
    *(f"input{side}_model_{what}" for side in (1, 2) for what in ("num_classes", "num_samples")),
}


def calculate_metrics(
    *,
    input1: str | os.PathLike[str] | None = None,
    input2: str | os.PathLike[str] | None = None,
    cuda: bool = True,
    batch_size: int = 64,
    isc: bool = False,
    fid: bool = False,
    kid: bool = False,
    prc: bool = False,
    ppl: bool = False,
    feature_extractor: str | None = None,
    feature_layer_isc: str | None = None,
    feature_layer_fid: str | None = None,
    feature_layer_kid: str | None = None,
    feature_layer_prc: str | None = None,
    feature_extractor_weights_path: Weights = None,
    feature_extractor_internal_dtype: str | None = None,
    isc_splits: int = 10,
    kid_subsets: int = 100,
    kid_subset_size: int = 1000,
    kid_kernel: str = "poly",
    kid_kernel_poly_degree: int = 3,
    kid_kernel_poly_gamma: float | None = None,
    kid_kernel_poly_coef0: float = 1,
    prc_neighborhood: int = 3,
    samples_shuffle: bool = True,
    samples_find_deep: bool = False,
    samples_find_ext: str = "png,jpg,jpeg",
    samples_resize_and_crop: int = 0,
    rng_seed: int = 2020,
    **without_effect: Any,
) -> dict[str, float]:
    """Metrics of the images of `input1`, compared with those of `input2`, by `fid_gpu.evaluate`.

    Args:
        input1, input2: folders of images, or what else `fid_gpu.evaluate` takes. The Inception Score is that of `input1`.
        cuda: False is the device "cpu"; True is "auto", the fastest one.
        batch_size: images that pass the network together. They may be of different sizes.
        isc, fid, kid, prc: what to compute. `prc` needs `feature_extractor="inception-v3-compat"`: torch-fidelity's default
            for it is VGG-16.
        feature_layer_fid: "64", "192", "768" or "2048"; the other metrics have their default layers alone.
        feature_extractor_weights_path: as `weights` of `fid_gpu.Extractor`.
        isc_splits, kid_subsets, kid_subset_size, kid_kernel_poly_degree, kid_kernel_poly_gamma, kid_kernel_poly_coef0,
            prc_neighborhood, samples_shuffle, samples_resize_and_crop, rng_seed: as in torch-fidelity.
        samples_find_deep, samples_find_ext: whether sub-folders of a folder are read, and endings of names.
        ppl, kid_kernel, feature_extractor, feature_extractor_internal_dtype: refused, unless they ask for the above.
        without_effect: other arguments of torch-fidelity, which do not change values here: of caches, memory and messages,
            and of generators, which are refused as inputs.

    Returns:
        inception_score_mean, inception_score_std, frechet_inception_distance, kernel_inception_distance_mean,
        kernel_inception_distance_std, precision, recall, f_score: those that were asked for.

    Raises:
        TypeError: an argument that torch-fidelity does not have.
        InputError: a path or an argument cannot be used.
        BadImage, TooFewImages, WeightsMissing, DeviceError: as `fid_gpu.evaluate`.
    """
    for name in without_effect:
        if name not in _WITHOUT_EFFECT:
            raise TypeError(f"calculate_metrics() got an unexpected keyword argument {name!r}")
    layers = {"isc": feature_layer_isc, "kid": feature_layer_kid, "prc": feature_layer_prc}
    only = "only its default layer is there; fid_gpu.Extractor has the others, and fid_gpu.kid and others take features"
    in_memory = "fid_gpu.FrechetInceptionDistance and others take images in memory"
    refuse(
        {
            "ppl": (ppl, "call torch-fidelity for PPL"),
            "feature_extractor": (
                feature_extractor not in (None, _INCEPTION),
                f"only {_INCEPTION!r} is there; fid_gpu.Statistics, kid and prdc take features of any network",
            ),
            "prc": (
                prc and feature_extractor is None,
                f"torch-fidelity's network for it is VGG-16; pass feature_extractor={_INCEPTION!r} for Inception-v3",
            ),
            "kid_kernel": (
                kid and kid_kernel != "poly",
                "only the kernel 'poly' is there; call torch-fidelity for others",
            ),
            "feature_extractor_internal_dtype": (
                feature_extractor_internal_dtype not in (None, "float32"),
                "values are float32; fid_gpu.evaluate has precision='f16'",
            ),
            **{
                f"feature_layer_{metric}": (layer not in (None, _DEFAULT_LAYERS[metric]), only)
                for metric, layer in layers.items()
            },
            "input1": (not isinstance(input1, (str, os.PathLike, type(None))), in_memory),
            "input2": (not isinstance(input2, (str, os.PathLike, type(None))), in_memory),
        }
    )
    layer_of_fid = feature_layer_fid or "2048"
    if layer_of_fid not in ("64", "192", "768", "2048"):
        raise InputError(f"unknown feature_layer_fid {layer_of_fid!r}; known: '64', '192', '768', '2048'")
    name_of_fid = "fid" if layer_of_fid == "2048" else f"fid-{layer_of_fid}"
    names = [name for name, asked in ((name_of_fid, fid), ("is", isc), ("kid", kid), ("prdc", prc)) if asked]
    if not names:
        raise InputError("nothing to compute: pass isc=True, fid=True, kid=True or prc=True")
    if input1 is None or input2 is None and names != ["is"]:
        raise InputError("input1 and input2 are compared, and one is missing: isc alone needs input1 alone")

    steps = None
    if samples_resize_and_crop > 0:
        steps = f"resize {samples_resize_and_crop} bilinear, center-crop {samples_resize_and_crop}"
    find = (samples_find_deep, samples_find_ext)
    if input2 is None or names == ["is"]:
        reference: contextlib.AbstractContextManager[Any] = contextlib.nullcontext()
    else:
        reference = _images(input2, *find)
    with reference as real, _images(input1, *find) as fake:
        report = _evaluate.evaluate(
            real,
            fake,
            metrics=names,
            preset="torch-fidelity",
            weights=feature_extractor_weights_path,
            device="auto" if cuda else "cpu",
            batch_size=batch_size,
            seed=rng_seed,
            real_preparation=steps,
            fake_preparation=steps,
            assume_preset="torch-fidelity",
            kid_subsets=kid_subsets,
            kid_subset_size=kid_subset_size,
            kid_degree=kid_kernel_poly_degree,
            kid_gamma=kid_kernel_poly_gamma,
            kid_coef=kid_kernel_poly_coef0,
            is_splits=isc_splits,
            is_convention="torch-fidelity",
            is_shuffle=samples_shuffle,
            nearest_k=prc_neighborhood,
            closed=True,
        )
    values = report.to_dict()
    metrics = values["metrics"]
    results: dict[str, float] = {}
    if isc:
        results |= {f"inception_score_{name}": metrics["is"][name] for name in ("mean", "std")}
    if fid:
        results["frechet_inception_distance"] = (
            values["fid"] if name_of_fid == "fid" else metrics[f"fid_{layer_of_fid}"]
        )
    if kid:
        results |= {f"kernel_inception_distance_{name}": metrics["kid"][name] for name in ("mean", "std")}
    if prc:
        results |= {name: metrics["prdc"][name] for name in ("precision", "recall", "f_score")}
    return results


def register(
    name: str = "fid-gpu",
    *,
    preset: str = "torch-fidelity",
    weights: Weights = None,
    device: str = "auto",
    precision: str = "f32",
) -> None:
    """Registers the network in torch-fidelity, for its `calculate_metrics(feature_extractor=name)`.

    It has the layers of torch-fidelity's "inception-v3-compat". Each layer that is asked for is a pass of its own over the
    images.

    Args:
        name: a name that is not registered yet.
        preset, weights, device, precision: as for `fid_gpu.Extractor`. `feature_extractor_weights_path` of
            `calculate_metrics` comes before `weights`.
    """
    import torch_fidelity

    base: Any = torch_fidelity.FeatureExtractorBase

    class FidGpu(base):  # type: ignore[misc] # untyped
        """`fid_gpu.Extractor`s, one for each layer."""

        def __init__(self, name: str, features_list: list[str], **kwargs: Any) -> None:
            super().__init__(name, features_list)
            file = kwargs.get("feature_extractor_weights_path") or weights
            layers = [_LAYERS[layer] for layer in features_list]
            self.extractors = [Extractor(preset, layer, file, device, precision) for layer in layers]

        @staticmethod
        def get_provided_features_list() -> tuple[str, ...]:
            return tuple(_LAYERS)

        @staticmethod
        def get_default_feature_layer_for_metric(metric: str) -> str:
            return _DEFAULT_LAYERS[metric]

        @staticmethod
        def can_be_compiled() -> bool:
            return False

        def forward(self, images: Any) -> tuple[Any, ...]:
            return tuple(extractor(images) for extractor in self.extractors)

    torch_fidelity.register_feature_extractor(name, FidGpu)


def _images(
    path: str | os.PathLike[str], deep: bool, endings: str
) -> contextlib.AbstractContextManager[str | os.PathLike[str]]:
    if not os.path.isdir(path):
        return contextlib.nullcontext(path)
    known = {f".{ending.strip()}" for ending in endings.split(",") if ending.strip()}
    found = [
        os.path.realpath(os.path.join(folder, name))
        for folder, _, names in os.walk(path)
        if deep or os.path.samefile(folder, path)
        for name in names
        if os.path.splitext(name)[1].lower() in known
    ]
    return listed(sorted(found), os.fspath(path))
