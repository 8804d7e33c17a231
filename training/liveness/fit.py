"""Trains the network."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..descent import Descent
from . import augment
from .faces import CACHE
from .network import Network
from .photos import MOTLEY
from .samples import Samples

HEAD_STEPS, HEAD_BATCH, HEAD_RATE, HEAD_DECAY = 1200, 256, 1e-3, 0.05
"""Steps of training the head alone on the unchanged trunk, which then improves the trunk's training."""
BATCH = 48
RATE, TRUNK_RATE = 5e-4, 5e-4
"""Maximum learning rates of head and trunk when both are trained."""
WARM_UP = 60
"""Warm-up steps: without them, with strong augmentation, the network forgets permanently."""
DECAY = 0.03
FROZEN = 1
"""Blocks of the trunk, after its first layer, that stay as in faceres: edges and colours."""
SMOOTH = 0.02
"""Distance of targets from 0 and 1 (label smoothing)."""
SHARES = {
    (MOTLEY, False, False): 0.17,
    (MOTLEY, True, False): 0.21,
    ("liveness/screen", False, False): 0.08,
    ("liveness/screen", True, False): 0.09,
    ("liveness/video", False, False): 0.03,
    ("liveness/video", True, False): 0.03,
    ("", False, False): 0.11,
    ("", False, True): 0.12,
    ("", True, True): 0.16,
}
"""Composition of a batch: source (or any other), whether an attack, whether simulated."""


Legs = Sequence[tuple[int, float]]
"""Steps, and strength of the augmentation in them, 0–1. Each leg warms up and cools down."""


def teach(
    network: Network, samples: Samples, rows: np.ndarray, legs: Legs, seed: int, say: Callable[[int, float], None]
) -> Network:
    """Train on these rows of the samples: the head alone, then everything, leg after leg."""
    random, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    chance = _chance(samples, rows)
    _teach_head(network, samples, rows, chance, random)
    for layer in (network.first, *network.blocks[:FROZEN]):
        layer.requires_grad_(False)
    for steps, strength in legs:
        for step, error in enumerate(_leg(network, samples, rows, chance, steps, strength, random, generator)):
            say(step, error)
    return network


def _leg(
    network: Network,
    samples: Samples,
    rows: np.ndarray,
    chance: np.ndarray,
    steps: int,
    strength: float,
    random: np.random.Generator,
    generator: torch.Generator,
) -> Iterator[float]:
    """Train for this many steps and yield each error; leaves the running mean of the weights."""
    head = [*network.weigh.parameters(), *network.decide.parameters()]
    trunk = list(network.blocks[FROZEN:].parameters())
    groups = [{"params": head, "peak": RATE}, {"params": trunk, "peak": TRUNK_RATE}]
    descent = Descent(network, groups, steps=steps, warm_up=WARM_UP, decay=DECAY, keep=0.98)
    for _step in range(steps):
        picked = random.choice(rows, BATCH, p=chance)
        pictures = [_packed(each) for each in augment.vary(_rooms(samples, picked), strength, generator)]
        yield descent.step(_loss(network(*pictures), samples, picked))
    descent.finish()


def _teach_head(
    network: Network, samples: Samples, rows: np.ndarray, chance: np.ndarray, random: np.random.Generator
) -> None:
    """Train the last two layers on unaugmented pictures, whose features are computed once and cached."""
    known = seen(network, samples)
    network.standardise(known[torch.from_numpy(rows)])
    head = [*network.weigh.parameters(), *network.decide.parameters()]
    optimizer = torch.optim.AdamW(head, HEAD_RATE, weight_decay=HEAD_DECAY)
    network.train()
    for step in range(HEAD_STEPS):
        optimizer.param_groups[0]["lr"] = HEAD_RATE * (1 - step / HEAD_STEPS)
        picked = random.choice(rows, HEAD_BATCH, p=chance)
        error = _loss(network.conclude(known[torch.from_numpy(picked)]), samples, picked)
        optimizer.zero_grad()
        error.backward()
        optimizer.step()


def seen(network: Network, samples: Samples) -> Tensor:
    """float32 (n, features): the untrained trunk's features of every picture, cached."""
    stored = CACHE / f"seen-{samples.key}.npy"
    if not stored.exists():
        rows = np.arange(len(samples.names))
        with torch.inference_mode():
            parts = [
                network.see(*map(_packed, augment.middle(_rooms(samples, rows[start : start + 64])))).numpy()
                for start in range(0, len(rows), 64)
            ]
        np.save(stored, np.concatenate(parts).astype(np.float16))
    return torch.from_numpy(np.load(stored).astype(np.float32))


def _loss(logits: Tensor, samples: Samples, rows: np.ndarray) -> Tensor:
    targets = torch.from_numpy(np.where(samples.attack[rows], 1 - SMOOTH, SMOOTH)).float()
    return functional.binary_cross_entropy_with_logits(logits, targets)


def _chance(samples: Samples, rows: np.ndarray) -> np.ndarray:
    """Probability of each row: by the shares of the sources, and uniform within each."""
    named = {source for source, _, _ in SHARES}
    source = np.array([name if name in named else "" for name in samples.source[rows].tolist()])
    attack, simulated = samples.attack[rows], samples.simulated[rows]
    source[simulated] = ""
    chance = np.zeros(len(rows))
    for (name, is_attack, is_simulated), share in SHARES.items():
        members = (source == name) & (attack == is_attack) & (simulated == is_simulated)
        chance[members] = share / max(members.sum(), 1)
    return chance / chance.sum()


def _packed(pictures: Tensor) -> Tensor:
    return pictures.contiguous(memory_format=torch.channels_last)


def _rooms(samples: Samples, rows: np.ndarray) -> tuple[Tensor, ...]:
    return tuple(torch.from_numpy(pixels[rows]).permute(0, 3, 1, 2).float() for pixels in samples.pixels)


@torch.no_grad()
def logits(network: Network, samples: Samples, rows: np.ndarray) -> np.ndarray:
    """float32 (len(rows),), of pictures cropped like the deployed code does."""
    network.eval()
    found = []
    for start in range(0, len(rows), 64):
        found.append(network(*augment.middle(_rooms(samples, rows[start : start + 64]))))
    return torch.cat(found).numpy()
