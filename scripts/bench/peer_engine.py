"""Times one engine on the FID network alone, in a process of its own.

A batch of images, 299 x 299 and already as the network wants them, goes in; pool3 [N,2048] comes
out. Once to warm up, then again and again until SECONDS have gone by. Prints one line of JSON: the
images, the wall seconds and the CPU seconds of the process (all threads). `--out` keeps the
features, so that it can be seen that every engine runs the same network.

    openvino, onnxruntime    the ONNX graph
    torch                    pytorch-fid's InceptionV3 (its weights found under $TORCH_HOME)
    ncnn, ncnn-vulkan        the graph as pnnx converts it, NAME.ncnn.param and .bin beside the
                             ONNX; ncnn has no batches: the images of one follow each other

Everything computes in f32: engines that default to less are set to f32.
"""

import argparse
import json
import pathlib
import time

import numpy as np

SIDE = 299


def openvino(args):
    import openvino

    core = openvino.Core()
    model = core.read_model(args.onnx)
    model = openvino.Model([model.output("pool3")], model.get_parameters(), "pool3")
    model.reshape([args.batch, 3, SIDE, SIDE])
    options = {
        "INFERENCE_NUM_THREADS": args.threads,
        "INFERENCE_PRECISION_HINT": "f32",  # else bf16 where the processor has it
        "NUM_STREAMS": 1,
    }
    compiled = core.compile_model(model, "CPU", options)
    if compiled.get_property("INFERENCE_PRECISION_HINT").to_string() != "f32":
        raise SystemExit("OpenVINO does not run in f32")
    request = compiled.create_infer_request()
    return lambda x: request.infer([x])[0]


def onnxruntime(args):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(args.onnx, options, providers=["CPUExecutionProvider"])
    return lambda x: session.run(["pool3"], {"x": x})[0]


def torch(args):
    import torch
    from pytorch_fid.inception import InceptionV3

    torch.set_num_threads(args.threads)
    network = InceptionV3([3], resize_input=False, normalize_input=False).eval()

    @torch.no_grad()
    def run(x):
        return network(torch.from_numpy(x))[0][:, :, 0, 0].numpy()

    return run


def ncnn(args, vulkan: bool = False):
    import ncnn

    net = ncnn.Net()
    net.opt.num_threads = args.threads
    net.opt.use_vulkan_compute = vulkan
    for half in ["fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_packed", "bf16_storage"]:
        setattr(net.opt, f"use_{half}", False)
    if net.load_param(str(args.onnx.with_suffix(".ncnn.param"))):
        raise SystemExit("ncnn does not read the network")
    net.load_model(str(args.onnx.with_suffix(".ncnn.bin")))
    source = net.input_names()[0]

    def one(image):
        extractor = net.create_extractor()
        # A copy: ncnn's planes start at multiples of 16 bytes, and its Vulkan path relies on it.
        extractor.input(source, ncnn.Mat(image).clone())
        return np.array(extractor.extract("out0")[1]).reshape(-1)

    return lambda x: np.stack([one(image) for image in x])


def ncnn_vulkan(args):
    import ncnn as module

    args.device = module.get_gpu_info(0).device_name()
    return ncnn(args, vulkan=True)


ENGINES = {
    "openvino": openvino,
    "onnxruntime": onnxruntime,
    "torch": torch,
    "ncnn": ncnn,
    "ncnn-vulkan": ncnn_vulkan,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Times one engine on the FID network.")
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("onnx", type=pathlib.Path)
    parser.add_argument("--input", required=True, help="raw f32 [batch,3,299,299]")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--out", type=pathlib.Path, help="features of the batch, raw f32")
    args = parser.parse_args()
    args.device = "cpu"

    x = np.fromfile(args.input, "<f4").reshape(args.batch, 3, SIDE, SIDE)
    run = ENGINES[args.engine](args)
    features = run(x)
    if args.out:
        np.ascontiguousarray(features, "<f4").tofile(args.out)
    images, wall, cpu = 0, time.perf_counter(), time.process_time()
    while images == 0 or time.perf_counter() - wall < args.seconds:
        run(x)
        images += args.batch
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    report = {"images": images, "wall_s": wall, "cpu_s": cpu, "device": args.device}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
