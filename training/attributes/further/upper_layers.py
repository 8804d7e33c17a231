"""What the layers for masks consist of, once they are taught."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from .last import Last

SHARED = 6
"""Blocks that the first network and the upper layers share, unchanged."""
OWN = (SHARED + 1, SHARED + 2)
"""The blocks that the upper layers have for themselves; they start from a copy of the first network's."""
CHANNELS = 512
ANSWERED = ("respirator",)
"""The questions that they answer."""


@dataclass(frozen=True, slots=True, eq=False)
class UpperLayers:
    """By a convolution's name, "depthwise 7" or "pointwise 7": its kernel and bias."""

    kernels: Mapping[str, np.ndarray]
    """float32, (CHANNELS, 1, 3, 3) or (CHANNELS, CHANNELS, 1, 1)"""
    biases: Mapping[str, np.ndarray]
    """float32 (CHANNELS,)"""
    views: np.ndarray
    """float32 (places, VIEWS): the weights of the places of the maps, each view's sum is 1."""
    decide: Last
    """From (channel, view), views side by side, to ANSWERED."""

    def calibrated(self, scales: np.ndarray, offsets: np.ndarray) -> "UpperLayers":
        """The layers whose log odds are scale * log odds + offset, by question."""
        return replace(self, decide=self.decide.calibrated(scales, offsets))
