"""The network: one trunk processes the face and its surroundings; texture and contents then decide together."""

import torch
from torch import Tensor, nn

from ..trunk import WIDTHS, Trunk

TEXTURE = 5
"""The block, counted from one, whose maps show texture: 8 pixels per cell."""
HIDDEN = 64


class Network(Trunk):
    """Pictures of the face and of its surroundings, (n, 3, side, side) each, RGB, 0 to 255, to logits (n,)."""

    def __init__(self) -> None:
        super().__init__()
        seen = 2 * WIDTHS[TEXTURE] + WIDTHS[-1]
        self.register_buffer("usual", torch.zeros(2 * seen))
        self.register_buffer("spread", torch.ones(2 * seen))
        self.drop = nn.Dropout(0.3)
        self.weigh = nn.Linear(2 * seen, HIDDEN)
        self.decide = nn.Linear(HIDDEN, 1)

    def look(self, pictures: Tensor) -> Tensor:
        """Mean and spread of the texture maps, mean of the last maps."""
        x = self.start(pictures)
        for block in self.blocks[:TEXTURE]:
            x = block(x)
        mean = x.mean(dim=(2, 3))
        spread = ((x - mean[:, :, None, None]).square().mean(dim=(2, 3)) + 1e-4).sqrt()
        for block in self.blocks[TEXTURE:]:
            x = block(x)
        return torch.cat([mean, spread, x.mean(dim=(2, 3))], dim=1)

    def see(self, near: Tensor, wide: Tensor) -> Tensor:
        return torch.cat([self.look(near), self.look(wide)], dim=1)

    def conclude(self, seen: Tensor) -> Tensor:
        """Logits (n,) from the result of `see`."""
        return self.decide(self.weigh(self.drop((seen - self.usual) / self.spread)).relu())[:, 0]

    def forward(self, near: Tensor, wide: Tensor) -> Tensor:
        return self.conclude(self.see(near, wide))

    def standardise(self, seen: Tensor) -> None:
        """Standardise the untrained trunk's features (n, features): otherwise the head learns slowly."""
        self.usual.copy_(seen.mean(dim=0))
        self.spread.copy_(seen.std(dim=0) + 0.05)


def untaught() -> Network:
    """The network before its training: the trunk's first weights, and a head drawn at random."""
    network = Network()
    network.load_trunk()
    return network.to(memory_format=torch.channels_last)
