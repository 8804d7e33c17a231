"""Trains the network."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..descent import Descent
from . import augment
from .augment import Hat
from .network import Network
from .samples import COLUMN, Samples

BATCH = 48
RATE, TRUNK_RATE = 2e-3, 4e-4
"""Maximum learning rates of the new layers and of the trunk."""
DECAY = 0.02
FROZEN = 2
"""Blocks after the first layer that keep the weights of faceres: they see edges and colours; training them would take
30 % of the time."""
DRAWN = {"mask": 0.06, "sunglasses": 0.05, "hat": 0.06}
"""Shares of pictures with something drawn on them."""


def loss(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Cross entropy, summed over questions; unknown (NaN) targets (n, QUESTIONS) are ignored."""
    known = ~targets.isnan()
    each = functional.binary_cross_entropy_with_logits(logits, targets.nan_to_num(), reduction="none")
    return (each * known * weights).sum() / len(logits)


def teach(
    network: Network,
    samples: Samples,
    rows: np.ndarray,
    steps: int,
    seed: int,
    say: Callable[[int, float], None],
) -> Network:
    """Train on these rows of the samples; return the running mean of the weights."""
    random, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    new = [network.places, *network.decide.parameters()]
    for layer in (network.first, *network.blocks[:FROZEN]):
        layer.requires_grad_(False)
    trunk = list(network.blocks[FROZEN:].parameters())
    groups = [{"params": new, "peak": RATE}, {"params": trunk, "peak": TRUNK_RATE}]
    descent = Descent(network, groups, steps=steps, warm_up=100, decay=DECAY, keep=0.995)
    share = samples.appeal[rows] / samples.appeal[rows].sum()
    hats = samples.hats(rows)
    for step in range(steps):
        picked = random.choice(rows, BATCH, p=share)
        chips, targets, weights = _draw_accessories(samples, picked, hats, random)
        pictures = augment.vary(chips, generator).contiguous(memory_format=torch.channels_last)
        say(step, descent.step(loss(network(pictures), targets, weights)))
    descent.finish()
    return network


def _draw_accessories(
    samples: Samples, picked: np.ndarray, hats: list[Hat], random: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Chips of the picked samples, some with accessories drawn on them, with targets and weights."""
    chips, targets, weights = [], samples.targets[picked].copy(), samples.weights[picked].copy()
    for row, target, weight in zip(picked, targets, weights, strict=True):
        chip, points = samples.pixels[row], samples.points[row]
        if target[COLUMN["glasses"]] < 0.2 and random.random() < DRAWN["sunglasses"]:
            chip = augment.wear_sunglasses(chip, points, random)
            target[[COLUMN["glasses"], COLUMN["sunglasses"]]] = 1
        if hats and target[COLUMN["hat"]] < 0.1 and random.random() < DRAWN["hat"]:
            chip = augment.wear_hat(chip, hats[random.integers(len(hats))], random)
            target[COLUMN["hat"]], weight[COLUMN["hat"]] = 1, 0.5
            target[[COLUMN["bang"], COLUMN["bald"], COLUMN["long"]]] = np.nan
        if target[COLUMN["respirator"]] == 0 and random.random() < DRAWN["mask"]:
            chip = augment.wear_mask(chip, points, random)
            target[COLUMN["respirator"]], weight[COLUMN["respirator"]] = 1, 0.5
            target[[COLUMN["smile"], COLUMN["mustache"]]] = np.nan
        chips.append(chip)
    pixels = torch.from_numpy(np.stack(chips)).permute(0, 3, 1, 2).float()
    return pixels, torch.from_numpy(targets), torch.from_numpy(weights)


@torch.no_grad()
def logits(network: Network, pixels: np.ndarray, mirrored: bool = False) -> np.ndarray:
    """float32 (n, QUESTIONS) for chips (n, ROOM, ROOM, 3), cropped as the deployed code does."""
    network.eval()
    found = []
    for start in range(0, len(pixels), 64):
        chips = torch.from_numpy(np.ascontiguousarray(pixels[start : start + 64])).permute(0, 3, 1, 2).float()
        pictures = augment.middle(chips)
        found.append(network(pictures.flip(3) if mirrored else pictures))
    return torch.cat(found).numpy()
