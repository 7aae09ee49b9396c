"""Writes the FID network as ONNX: a .pth in, `x` [N,3,299,299] -> `pool3` [N,2048] and `logits`
[N,1008] out.

Needs NumPy and the `onnx` package, not PyTorch. The network below is written from pytorch-fid's
`inception.py`, independently of the Rust code, so that the two can check each other. Images go in
as pytorch-fid feeds them: resized, RGB, about [-1, 1].

Batch normalisation is folded into the convolutions in f64 and rounded to f32 once, as in the
Rust program; `--keep-batch-norm` keeps it as separate nodes.

    python -m venv venv && venv/bin/pip install -r scripts/fixtures/requirements.txt
    venv/bin/python -m scripts.compare.export_onnx pt_inception-2015-12-05-6726825d.pth fid.onnx
"""

import argparse
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from scripts.compare.read_pth import read_pth

EPS = 1e-3
OPSET = 17


class Network:
    """Nodes and initializers as they pile up. Values are known by their ONNX names."""

    def __init__(self, weights: dict[str, np.ndarray], keep_batch_norm: bool):
        self.weights = weights
        self.keep_batch_norm = keep_batch_norm
        self.nodes = []
        self.initializers = {}

    def node(self, kind: str, inputs: list[str], name: str, **attributes) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def parameter(self, name: str, value: np.ndarray | None = None) -> str:
        value = self.weights[name] if value is None else value
        self.initializers[name] = numpy_helper.from_array(np.ascontiguousarray(value, "<f4"), name)
        return name

    def conv(self, name: str, x: str, stride: int = 1, pad: tuple[int, int] = (0, 0)) -> str:
        """Convolution, batch normalisation, ReLU. The kernel's size is in its weight."""
        weight = self.weights[f"{name}.conv.weight"]
        geometry = {
            "kernel_shape": weight.shape[2:],
            "strides": [stride, stride],
            "pads": [pad[0], pad[1], pad[0], pad[1]],
        }
        norm = ["weight", "bias", "running_mean", "running_var"]
        if self.keep_batch_norm:
            inputs = [x, self.parameter(f"{name}.conv.weight")]
            x = self.node("Conv", inputs, f"{name}/conv", **geometry)
            inputs = [x] + [self.parameter(f"{name}.bn.{part}") for part in norm]
            x = self.node("BatchNormalization", inputs, f"{name}/bn", epsilon=EPS)
        else:
            parts = [self.weights[f"{name}.bn.{part}"].astype(np.float64) for part in norm]
            gamma, beta, mean, var = parts
            scale = gamma / np.sqrt(var + EPS)
            folded = weight.astype(np.float64) * scale[:, None, None, None]
            inputs = [
                x,
                self.parameter(f"{name}.conv.weight", folded),
                self.parameter(f"{name}.conv.bias", beta - mean * scale),
            ]
            x = self.node("Conv", inputs, f"{name}/conv", **geometry)
        return self.node("Relu", [x], f"{name}/relu")

    def max_pool(self, name: str, x: str, stride: int = 2, pad: int = 0) -> str:
        return self.node(
            "MaxPool", [x], name, kernel_shape=[3, 3], strides=[stride] * 2, pads=[pad] * 4
        )

    def avg_pool(self, name: str, x: str) -> str:
        """Does not count the padding, unlike torchvision's."""
        return self.node(
            "AveragePool",
            [x],
            name,
            kernel_shape=[3, 3],
            strides=[1, 1],
            pads=[1] * 4,
            count_include_pad=0,
        )

    def concat(self, name: str, parts: list[str]) -> str:
        return self.node("Concat", parts, name, axis=1)


def mixed_5(n: Network, b: str, x: str) -> str:
    """35 x 35."""
    a = n.conv(f"{b}.branch1x1", x)
    c = n.conv(f"{b}.branch5x5_1", x)
    c = n.conv(f"{b}.branch5x5_2", c, pad=(2, 2))
    d = n.conv(f"{b}.branch3x3dbl_1", x)
    d = n.conv(f"{b}.branch3x3dbl_2", d, pad=(1, 1))
    d = n.conv(f"{b}.branch3x3dbl_3", d, pad=(1, 1))
    p = n.conv(f"{b}.branch_pool", n.avg_pool(f"{b}/pool", x))
    return n.concat(b, [a, c, d, p])


def mixed_6a(n: Network, b: str, x: str) -> str:
    """35 x 35 to 17 x 17."""
    a = n.conv(f"{b}.branch3x3", x, stride=2)
    d = n.conv(f"{b}.branch3x3dbl_1", x)
    d = n.conv(f"{b}.branch3x3dbl_2", d, pad=(1, 1))
    d = n.conv(f"{b}.branch3x3dbl_3", d, stride=2)
    return n.concat(b, [a, d, n.max_pool(f"{b}/pool", x)])


def mixed_6(n: Network, b: str, x: str) -> str:
    """17 x 17: kernels one pixel wide or high, seven long."""
    row, column = (0, 3), (3, 0)
    a = n.conv(f"{b}.branch1x1", x)
    c = n.conv(f"{b}.branch7x7_1", x)
    c = n.conv(f"{b}.branch7x7_2", c, pad=row)
    c = n.conv(f"{b}.branch7x7_3", c, pad=column)
    d = n.conv(f"{b}.branch7x7dbl_1", x)
    d = n.conv(f"{b}.branch7x7dbl_2", d, pad=column)
    d = n.conv(f"{b}.branch7x7dbl_3", d, pad=row)
    d = n.conv(f"{b}.branch7x7dbl_4", d, pad=column)
    d = n.conv(f"{b}.branch7x7dbl_5", d, pad=row)
    p = n.conv(f"{b}.branch_pool", n.avg_pool(f"{b}/pool", x))
    return n.concat(b, [a, c, d, p])


def mixed_7a(n: Network, b: str, x: str) -> str:
    """17 x 17 to 8 x 8."""
    a = n.conv(f"{b}.branch3x3_1", x)
    a = n.conv(f"{b}.branch3x3_2", a, stride=2)
    c = n.conv(f"{b}.branch7x7x3_1", x)
    c = n.conv(f"{b}.branch7x7x3_2", c, pad=(0, 3))
    c = n.conv(f"{b}.branch7x7x3_3", c, pad=(3, 0))
    c = n.conv(f"{b}.branch7x7x3_4", c, stride=2)
    return n.concat(b, [a, c, n.max_pool(f"{b}/pool", x)])


def mixed_7(n: Network, b: str, x: str, pooled: str) -> str:
    """8 x 8. `pooled` is the pooled input: the two blocks pool differently."""
    a = n.conv(f"{b}.branch1x1", x)
    c = n.conv(f"{b}.branch3x3_1", x)
    c1 = n.conv(f"{b}.branch3x3_2a", c, pad=(0, 1))
    c2 = n.conv(f"{b}.branch3x3_2b", c, pad=(1, 0))
    d = n.conv(f"{b}.branch3x3dbl_1", x)
    d = n.conv(f"{b}.branch3x3dbl_2", d, pad=(1, 1))
    d1 = n.conv(f"{b}.branch3x3dbl_3a", d, pad=(0, 1))
    d2 = n.conv(f"{b}.branch3x3dbl_3b", d, pad=(1, 0))
    p = n.conv(f"{b}.branch_pool", pooled)
    return n.concat(b, [a, c1, c2, d1, d2, p])


def build(weights: dict[str, np.ndarray], keep_batch_norm: bool = False) -> onnx.ModelProto:
    """The whole graph."""
    n = Network(weights, keep_batch_norm)
    x = n.conv("Conv2d_1a_3x3", "x", stride=2)
    x = n.conv("Conv2d_2a_3x3", x)
    x = n.conv("Conv2d_2b_3x3", x, pad=(1, 1))
    x = n.max_pool("maxpool1", x)
    x = n.conv("Conv2d_3b_1x1", x)
    x = n.conv("Conv2d_4a_3x3", x)
    x = n.max_pool("maxpool2", x)
    for block in ["Mixed_5b", "Mixed_5c", "Mixed_5d"]:
        x = mixed_5(n, block, x)
    x = mixed_6a(n, "Mixed_6a", x)
    for block in ["Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"]:
        x = mixed_6(n, block, x)
    x = mixed_7a(n, "Mixed_7a", x)
    x = mixed_7(n, "Mixed_7b", x, n.avg_pool("Mixed_7b/pool", x))
    # The FID network pools by maximum in its last block, unlike every other.
    x = mixed_7(n, "Mixed_7c", x, n.max_pool("Mixed_7c/pool", x, stride=1, pad=1))
    x = n.node("GlobalAveragePool", [x], "avgpool")
    x = n.node("Flatten", [x], "pool3", axis=1)
    parameters = [n.parameter("fc.weight"), n.parameter("fc.bias")]
    n.node("Gemm", [x, *parameters], "logits", transB=1)

    value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(
        n.nodes,
        "fid_inception_v3",
        [value("x", ["N", 3, 299, 299])],
        [value("pool3", ["N", 2048]), value("logits", ["N", 1008])],
        list(n.initializers.values()),
    )
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(graph, opset_imports=[opset], producer_name="fid-gpu")
    model.ir_version = 8  # what came with opset 17, so that older programs read it too
    onnx.checker.check_model(model, full_check=True)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes the FID network as ONNX.")
    parser.add_argument("pth", type=pathlib.Path, help="weights, legacy or zip form")
    parser.add_argument("onnx", type=pathlib.Path, help="file to write")
    parser.add_argument("--keep-batch-norm", action="store_true")
    args = parser.parse_args()
    weights = read_pth(args.pth)
    onnx.save(build(weights, args.keep_batch_norm), args.onnx)


if __name__ == "__main__":
    main()
