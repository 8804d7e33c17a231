"""How every network here descends: AdamW, a warm-up, a cosine to nought, bounded gradients, a running mean."""

from collections.abc import Sequence
from math import cos, pi
from typing import Any

import torch
from torch import Tensor, nn

GRADIENT = 5.0
"""Norm to which the gradient is cut."""


class Descent:
    """Trains a network for a number of steps; `finish` leaves in it the running mean of its weights."""

    def __init__(
        self,
        network: nn.Module,
        groups: Sequence[dict[str, Any]],
        *,
        steps: int,
        warm_up: int,
        decay: float,
        keep: float,
    ) -> None:
        """`groups`: parameters ("params") with their greatest learning rate ("peak"), and "weight_decay" where it is
        not `decay`. `keep`: the share of the running mean that stays in each step, once there were enough steps."""
        self._network, self._steps, self._warm_up, self._keep = network, steps, warm_up, keep
        self._optimizer = torch.optim.AdamW(groups, weight_decay=decay)
        self._mean = {name: value.detach().clone() for name, value in network.state_dict().items()}
        self._step = 0
        network.train()

    def step(self, error: Tensor) -> float:
        """Descend by this error; return it."""
        warmth = min(1, (self._step + 1) / self._warm_up) * (0.5 + 0.5 * cos(pi * self._step / self._steps))
        for group in self._optimizer.param_groups:
            group["lr"] = group["peak"] * warmth
        self._optimizer.zero_grad()
        error.backward()
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), GRADIENT)
        self._optimizer.step()
        self._follow(min(self._keep, self._step / (self._step + 10)))
        self._step += 1
        return float(error.detach())

    def finish(self) -> None:
        self._network.load_state_dict(self._mean)
        self._network.eval()

    @torch.no_grad()
    def _follow(self, keep: float) -> None:
        for name, value in self._network.state_dict().items():
            if value.dtype.is_floating_point:
                self._mean[name].mul_(keep).add_(value, alpha=1 - keep)
            else:
                self._mean[name].copy_(value)
