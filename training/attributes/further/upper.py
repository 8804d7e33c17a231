"""The layers that tell masks: two blocks, weighings of places and a last layer of their own, on the first network's
lower blocks."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from ...descent import Descent
from ...trunk import Block
from ..network import CELLS, VIEWS
from ..samples import COLUMN
from .drawn.kinds import KINDS, MASKED
from .last import Last
from .shown import Shown
from .upper_layers import ANSWERED, CHANNELS, OWN, UpperLayers

TAUGHT = (*ANSWERED, "glasses")
"""The questions that they learn. Glasses are learnt beside masks, and told by the last layer, which tells them as
well."""
STEPS = 700
BATCH = 48
RATE, BLOCK_RATE = 2e-3, 4e-4
"""Maximum learning rates of the new layers and of the copied blocks."""
DECAY = 0.02
BARE, OBJECTS, MASKS = 0.5, 0.28, 0.15
"""Shares of pictures with nothing, objects and masks drawn on them; the rest has thin glasses or headscarves."""
_KINDS = ("depthwise", "pointwise")
_COLUMNS = [COLUMN[question] for question in TAUGHT]


class Upper(nn.Module):
    """Maps (n, CHANNELS, CELLS, CELLS) of the first network's block `SHARED` to logits (n, TAUGHT)."""

    def __init__(self, path: Path) -> None:
        """Start from the first network, in its own file or in the one that ships."""
        super().__init__()
        stored = {item.name: numpy_helper.to_array(item) for item in onnx.load(path).graph.initializer}
        self.blocks = nn.ModuleList(_block(stored, number) for number in OWN)
        self.places = nn.Parameter(torch.from_numpy(stored["views stored"].astype(np.float32)).T.clamp(min=1e-5).log())
        self.drop = nn.Dropout(0.3)
        self.decide = nn.Linear(VIEWS * CHANNELS, len(TAUGHT))
        nn.init.zeros_(self.decide.bias)
        nn.init.normal_(self.decide.weight, std=0.003)
        assert self.places.shape == (VIEWS, CELLS * CELLS)

    def forward(self, maps: Tensor) -> Tensor:
        for block in self.blocks:
            maps = block(maps)
        seen = torch.einsum("nck,vk->nvc", maps.flatten(2), self.places.softmax(dim=1))
        return self.decide(self.drop(seen.flatten(1)))

    def layers(self) -> UpperLayers:
        """What was learnt, for the file."""
        parts = dict(zip(OWN, self.blocks, strict=True)).items()
        named = {f"{kind} {number}": getattr(block, kind) for number, block in parts for kind in _KINDS}
        views = self.places.detach().softmax(dim=1).T.numpy()
        # The file has the views of each channel side by side, this network the channels of each view.
        weights = self.decide.weight.detach().numpy()[: len(ANSWERED)].reshape(len(ANSWERED), VIEWS, CHANNELS)
        weights = weights.transpose(2, 1, 0).reshape(-1, len(ANSWERED))
        return UpperLayers(
            {name: layer.weight.detach().numpy() for name, layer in named.items()},
            {name: layer.bias.detach().numpy() for name, layer in named.items()},
            views,
            Last(weights, self.decide.bias.detach().numpy()[: len(ANSWERED)]),
        )


def _block(stored: dict[str, np.ndarray], number: int) -> Block:
    block = Block(CHANNELS, CHANNELS, 1)
    for name in _KINDS:
        layer = getattr(block, name)
        layer.weight.data = torch.from_numpy(stored[f"{name} {number} kernel stored"].astype(np.float32))
        layer.bias.data = torch.from_numpy(stored[f"{name} {number} bias"].copy())
    return block


def teach(
    path: Path,
    shown: Shown,
    targets: np.ndarray,
    weights: np.ndarray,
    appeal: np.ndarray,
    kept: np.ndarray,
    say: Callable[[int, float], None],
    steps: int = STEPS,
) -> Upper:
    """Train on the pictures `kept`, bool (n,); return the running mean of the weights.

    `targets` and `weights` (n, QUESTIONS); `appeal` (n,): how often a picture is shown relative to others of its sort.
    """
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    upper = Upper(path).to(memory_format=torch.channels_last)
    new = [upper.places, *upper.decide.parameters()]
    groups = [{"params": new, "peak": RATE}, {"params": list(upper.blocks.parameters()), "peak": BLOCK_RATE}]
    descent = Descent(upper, groups, steps=steps, warm_up=50, decay=DECAY, keep=0.99)
    lots = _lots(shown.kind, appeal, kept)
    for step in range(steps):
        counts = random.multinomial(BATCH, [share for share, _, _ in lots])
        picked = [random.choice(rows, count, p=chance) for count, (_, rows, chance) in zip(counts, lots, strict=True)]
        rows = np.sort(np.concatenate(picked))
        answers, trust = (torch.from_numpy(each[rows][:, _COLUMNS]) for each in (targets, weights))
        with torch.autocast("cpu", torch.bfloat16):
            odds = upper(_maps(shown, rows).bfloat16())
        each = functional.binary_cross_entropy_with_logits(odds.float(), answers, reduction="none")
        say(step, descent.step((each * trust).sum() / BATCH))
    descent.finish()
    return upper


def _lots(kinds: np.ndarray, appeal: np.ndarray, kept: np.ndarray) -> list[tuple[float, np.ndarray, np.ndarray]]:
    """The share of pictures taken from each lot, its rows, and the chance of each."""
    objects, masks = np.isin(kinds, list(KINDS)), np.isin(kinds, MASKED)
    lots = ((BARE, kinds == ""), (OBJECTS, objects), (MASKS, masks))
    rest = (1 - BARE - OBJECTS - MASKS, (kinds != "") & ~objects & ~masks)
    rows = [(share, np.flatnonzero(of & kept)) for share, of in (*lots, rest)]
    return [(share, of, appeal[of] / appeal[of].sum()) for share, of in rows]


def _maps(shown: Shown, rows: np.ndarray) -> Tensor:
    return torch.from_numpy(shown.maps(rows)).float().contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def logits(upper: Upper, shown: Shown, rows: np.ndarray) -> np.ndarray:
    """float32 (k, ANSWERED), of these rows in ascending order."""
    found = [upper(_maps(shown, rows[at : at + 64])).numpy() for at in range(0, len(rows), 64)]
    return np.concatenate(found)[:, : len(ANSWERED)]
