"""pytorch-fid's own modules, fed weights from here instead of from its download.

Nothing in this file computes anything: it is the one place that knows how to hand pytorch-fid a
state dict, so that every other script runs the original code and not a copy of it.
"""

import warnings

import torch
from pytorch_fid import fid_score, inception

# scipy.linalg.sqrtm(disp=...) is deprecated; pytorch-fid calls it that way and is not ours to fix.
warnings.filterwarnings("ignore", message=".*disp.*", category=DeprecationWarning)

# F.interpolate takes another kernel when it has but one thread: source positions are then rounded
# once instead of twice, which moves a 1024-pixel image by up to 6e-5. Two threads or more all give
# the same bits, and are what people have.
torch.set_num_threads(max(2, torch.get_num_threads()))

frechet_distance = fid_score.calculate_frechet_distance


def state_dict_shapes() -> dict[str, tuple[int, ...]]:
    """Names and shapes of the published checkpoint, in its order."""
    with torch.device("meta"):  # no memory, no initialisation
        network = _fid_inception(None)
    return {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}


def fid_inception(state_dict) -> torch.nn.Module:
    """The whole network with its classifier, as pytorch-fid patches it together."""
    return _fid_inception(state_dict).eval()


def features_model(state_dict, blocks=(3,)) -> torch.nn.Module:
    """What pytorch-fid calls InceptionV3: resize, normalise, taps 64, 192, 768 and 2048."""
    return _patched(state_dict, lambda: inception.InceptionV3(list(blocks))).eval()


def _fid_inception(state_dict):
    return _patched(state_dict, inception.fid_inception_v3)


def _patched(state_dict, build):
    """Runs `build` while the download returns `state_dict`; None keeps what the network has."""
    download = inception.load_state_dict_from_url
    load = torchvision_inception().load_state_dict
    inception.load_state_dict_from_url = lambda *args, **kwargs: state_dict
    if state_dict is None:
        torchvision_inception().load_state_dict = lambda self, state, **kwargs: None
    try:
        return build()
    finally:
        inception.load_state_dict_from_url = download
        torchvision_inception().load_state_dict = load


def torchvision_inception():
    """The class pytorch-fid builds on."""
    return inception.torchvision.models.Inception3
