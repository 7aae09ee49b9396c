"""Times one engine on a vision transformer alone, in a process of its own, as peer_engine.py does on
Inception: normalised images in, the features of the class token out, all in f32.

    torch       the model of transformers, seeded (seeded_vit.py)
    openvino    the same, converted once: FOLDER/ENCODER.xml, made if it is not there

The last line it prints is JSON. DINOv2's positions are those of transformers.
"""

import argparse
import json
import pathlib
import time

import numpy as np

from scripts.fixtures import seeded_vit

SIDES = {"clip-l14-336": 336}


def side(encoder: str) -> int:
    """Of the images, in pixels."""
    return SIDES.get(encoder, 224)


def model(encoder: str):
    """A module from images [n,3,side,side] to features."""
    import torch
    import transformers

    sizes = seeded_vit.NETWORKS[encoder]
    common = {
        "hidden_size": sizes.width,
        "num_hidden_layers": sizes.depth,
        "num_attention_heads": sizes.heads,
        "patch_size": sizes.patch,
        "image_size": sizes.grid * sizes.patch,
    }
    if sizes.family == "dinov2":
        gated = {"use_swiglu_ffn": sizes.gated, "mlp_ratio": 4}
        config = transformers.Dinov2Config(**common, **gated)
        kind = transformers.Dinov2Model
        pick = lambda output: output.last_hidden_state[:, 0]
    else:
        more = {"intermediate_size": sizes.hidden, "hidden_act": "quick_gelu"}
        config = transformers.CLIPVisionConfig(**common, **more, projection_dim=sizes.output)
        kind = transformers.CLIPVisionModelWithProjection
        pick = lambda output: output.image_embeds
    state = seeded_vit.named(sizes, 0, "transformers")
    state = {name: torch.from_numpy(value) for name, value in state.items()}
    # from_pretrained translates the names in files to its own.
    network, report = kind.from_pretrained(
        None, config=config, state_dict=state, output_loading_info=True
    )
    if report["missing_keys"]:
        raise SystemExit(f"no weights for {sorted(report['missing_keys'])}")

    class Features(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = network

        def forward(self, x):
            return pick(self.network(pixel_values=x))

    return Features().eval()


def torch(args):
    import torch

    torch.set_num_threads(args.threads)
    network = model(args.encoder)

    @torch.inference_mode()
    def run(x):
        return network(torch.from_numpy(x)).numpy()

    return run


def openvino(args):
    import openvino

    path = args.folder / f"{args.encoder}.xml"
    shape = [args.batch, 3, side(args.encoder), side(args.encoder)]
    if not path.exists():
        import torch

        with torch.no_grad():
            example = torch.zeros([2, *shape[1:]])
            converted = openvino.convert_model(model(args.encoder), example_input=example)
        openvino.save_model(converted, path, compress_to_fp16=False)
    core = openvino.Core()
    network = core.read_model(path)
    network.reshape(shape)
    options = {
        "INFERENCE_NUM_THREADS": args.threads,
        "INFERENCE_PRECISION_HINT": "f32",  # else bf16 where the processor has it
        "NUM_STREAMS": 1,
    }
    compiled = core.compile_model(network, "CPU", options)
    if compiled.get_property("INFERENCE_PRECISION_HINT").to_string() != "f32":
        raise SystemExit("OpenVINO does not run in f32")
    request = compiled.create_infer_request()
    return lambda x: request.infer([x])[0]


ENGINES = {"openvino": openvino, "torch": torch}


def main() -> None:
    parser = argparse.ArgumentParser(description="Times one engine on a vision transformer.")
    parser.add_argument("engine", choices=ENGINES)
    # transformers has no class for the datacomp form, which ends before the projection.
    encoders = [name for name in seeded_vit.NETWORKS if name != "clip-l14-datacomp"]
    parser.add_argument("encoder", choices=encoders)
    parser.add_argument("folder", type=pathlib.Path, help="for OpenVINO's form of the network")
    parser.add_argument("--input", required=True, help="raw f32 [batch,3,side,side]")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--out", type=pathlib.Path, help="features of the batch, raw f32")
    args = parser.parse_args()

    length = side(args.encoder)
    x = np.fromfile(args.input, "<f4").reshape(args.batch, 3, length, length)
    run = ENGINES[args.engine](args)
    features = run(x)
    if args.out:
        np.ascontiguousarray(features, "<f4").tofile(args.out)
    images, wall, cpu = 0, time.perf_counter(), time.process_time()
    while images == 0 or time.perf_counter() - wall < args.seconds:
        run(x)
        images += args.batch
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(json.dumps({"images": images, "wall_s": wall, "cpu_s": cpu}))


if __name__ == "__main__":
    main()
