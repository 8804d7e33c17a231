"""The network: the first twelve layers of faceres's MobileNet unchanged, then attention over positions in the face."""

import torch
from torch import Tensor, nn

from visage.faces.appearance.attributes import QUESTIONS, SIDE

from ..trunk import STRIDE, WIDTHS, Trunk

CELLS = SIDE // STRIDE
"""The last feature maps are CELLS x CELLS."""
VIEWS = 16
"""Attention maps over the positions, shared by all questions."""


class Network(Trunk):
    """Pictures (n, 3, SIDE, SIDE), RGB, 0 to 255, to logits (n, QUESTIONS)."""

    def __init__(self) -> None:
        super().__init__()
        self.places = nn.Parameter(0.3 * torch.randn(VIEWS, CELLS * CELLS))
        self.drop = nn.Dropout(0.3)
        self.decide = nn.Linear(VIEWS * WIDTHS[-1], len(QUESTIONS))
        nn.init.zeros_(self.decide.bias)
        nn.init.normal_(self.decide.weight, std=0.003)

    def forward(self, pictures: Tensor) -> Tensor:
        weights = self.places.softmax(dim=1)
        seen = torch.einsum("nck,vk->nvc", self.maps(pictures).flatten(2), weights)
        return self.decide(self.drop(seen.flatten(1)))
