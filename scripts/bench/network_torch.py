"""Times PyTorch's Inception-v3 as pytorch-fid runs it, on the GPU: f32, TF32 (its default for
convolutions) and f16, with random weights. Needs torch alone. Prints a line for each.

    network_torch.py [BATCH,…] [SECONDS]
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Conv(nn.Sequential):
    def __init__(self, inputs, outputs, kernel, **how):
        conv = nn.Conv2d(inputs, outputs, kernel, bias=False, **how)
        super().__init__(conv, nn.BatchNorm2d(outputs, eps=0.001), nn.ReLU(inplace=True))


class Pool(nn.Sequential):
    """Average, or the maximum of pytorch-fid's last block, and a convolution."""

    def __init__(self, inputs, outputs, largest=False):
        average = nn.AvgPool2d(3, 1, 1, count_include_pad=False)
        super().__init__(nn.MaxPool2d(3, 1, 1) if largest else average, Conv(inputs, outputs, 1))


class Block(nn.ModuleList):
    def forward(self, x):
        return torch.cat([branch(x) for branch in self], 1)


def a(n, pool):
    five = nn.Sequential(Conv(n, 48, 1), Conv(48, 64, 5, padding=2))
    three = nn.Sequential(Conv(n, 64, 1), Conv(64, 96, 3, padding=1), Conv(96, 96, 3, padding=1))
    return Block([Conv(n, 64, 1), five, three, Pool(n, pool)])


def b(n):
    three = nn.Sequential(Conv(n, 64, 1), Conv(64, 96, 3, padding=1), Conv(96, 96, 3, stride=2))
    return Block([Conv(n, 384, 3, stride=2), three, nn.MaxPool2d(3, 2)])


def row(n, outputs):
    return Conv(n, outputs, (1, 7), padding=(0, 3))


def column(n, outputs):
    return Conv(n, outputs, (7, 1), padding=(3, 0))


def c(k):
    once = nn.Sequential(Conv(768, k, 1), row(k, k), column(k, 192))
    twice = nn.Sequential(Conv(768, k, 1), column(k, k), row(k, k), column(k, k), row(k, 192))
    return Block([Conv(768, 192, 1), once, twice, Pool(768, 192)])


def d():
    three = nn.Sequential(Conv(768, 192, 1), Conv(192, 320, 3, stride=2))
    seven = [Conv(768, 192, 1), row(192, 192), column(192, 192), Conv(192, 192, 3, stride=2)]
    return Block([three, nn.Sequential(*seven), nn.MaxPool2d(3, 2)])


def e(n, largest):
    def both():
        return Block(
            [Conv(384, 384, (1, 3), padding=(0, 1)), Conv(384, 384, (3, 1), padding=(1, 0))]
        )

    once = nn.Sequential(Conv(n, 384, 1), both())
    twice = nn.Sequential(Conv(n, 448, 1), Conv(448, 384, 3, padding=1), both())
    return Block([Conv(n, 320, 1), once, twice, Pool(n, 192, largest)])


def network():
    stem = [Conv(3, 32, 3, stride=2), Conv(32, 32, 3), Conv(32, 64, 3, padding=1)]
    stem += [nn.MaxPool2d(3, 2), Conv(64, 80, 1), Conv(80, 192, 3), nn.MaxPool2d(3, 2)]
    blocks = [a(192, 32), a(256, 64), a(288, 64), b(288), c(128), c(160), c(160), c(192)]
    blocks += [d(), e(1280, False), e(2048, True), nn.AdaptiveAvgPool2d(1)]
    return nn.Sequential(*stem, *blocks)


@torch.no_grad()
def main():
    if not torch.cuda.is_available():
        raise SystemExit("torch has no GPU")
    batches = [int(size) for size in (sys.argv[1:2] or ["32,128"])[0].split(",")]
    seconds = float((sys.argv[2:] or ["1"])[0])
    print(torch.__version__, torch.cuda.get_device_name())
    model = network().eval().cuda()
    for name, tf32, kind in [
        ("f32", False, torch.float32),
        ("TF32", True, torch.float32),
        ("f16", True, torch.float16),
    ]:
        torch.backends.cudnn.allow_tf32 = tf32
        torch.backends.cuda.matmul.allow_tf32 = False
        model = model.to(kind)
        for batch in batches:
            x = torch.rand(batch, 3, 299, 299, device="cuda", dtype=kind)

            def run(until):
                images, begin = 0, time.perf_counter()
                while images == 0 or time.perf_counter() - begin < until:
                    for _ in range(4):
                        model(x)
                    torch.cuda.synchronize()
                    images += 4 * batch
                return images / (time.perf_counter() - begin)

            assert model(x).shape[1] == 2048
            run(0.5)
            print(f"{name} batch {batch}: {run(seconds):.0f} images/s", flush=True)


main()
