"""What a node of a graph model can become before it is written."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from .weights import Weight


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution that is not written yet: a scale or bias may still come."""

    x: str
    kernel: Weight
    """(height, width, channels in / groups, channels out)"""
    attributes: Mapping[str, object]
    scale: np.ndarray | None = None
    bias: np.ndarray | None = None

    def times(self, factor: np.ndarray) -> "Convolution":
        scale = factor if self.scale is None else self.scale * factor
        return replace(self, scale=scale, bias=None if self.bias is None else self.bias * factor)

    def plus(self, term: np.ndarray) -> "Convolution":
        return replace(self, bias=term if self.bias is None else self.bias + term)


@dataclass(frozen=True, slots=True)
class Clamp:
    """min(max(x, low), high), not written yet: a further limit may still come."""

    x: str
    low: float = -math.inf
    high: float = math.inf

    def at_least(self, limit: float) -> "Clamp":
        return replace(self, low=max(self.low, limit), high=max(self.high, limit))

    def at_most(self, limit: float) -> "Clamp":
        return replace(self, low=min(self.low, limit), high=min(self.high, limit))


Value = str | Weight | Convolution | Clamp
"""What a node of the source has become: the name of a written value, a constant, or something not written yet."""
