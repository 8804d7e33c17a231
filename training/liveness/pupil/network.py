"""The pupil: two small networks, one for each crop, each of which learns from the teacher of that crop."""

import torch
from torch import Tensor, nn

from visage.faces.appearance.recapture import READ_OFF

EMBEDDING, KINDS = 128, 3
"""Numbers of a teacher's last features and of its logits."""
WIDTHS = ((24, 0), (48, 3), (96, 5), (128, 2))
"""Channels at 1/2, 1/4, 1/8 and 1/16 of the side, and the residual units beyond the one that halves it."""
LAST = 384


def _layer(channels: int, wider: int, side: int = 1, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, wider, side, stride, side // 2, groups=groups, bias=False), nn.BatchNorm2d(wider)
    )


class Unit(nn.Module):
    """Widen, look at the neighbours, narrow; added to what came in where the shapes are equal."""

    def __init__(self, channels: int, wider: int, stride: int = 1, factor: int = 2) -> None:
        super().__init__()
        inner = channels * factor
        self.residual = stride == 1 and channels == wider
        self.widen = _layer(channels, inner)
        self.depthwise = _layer(inner, inner, 3, stride, inner)
        self.narrow = _layer(inner, wider)

    def forward(self, x: Tensor) -> Tensor:
        y = self.narrow(self.depthwise(self.widen(x).relu()).relu())
        return x + y if self.residual else y


class Branch(nn.Module):
    """Crops (n, 3, 80, 80), RGB, 0 to 255, to (n, EMBEDDING)."""

    def __init__(self) -> None:
        super().__init__()
        width = WIDTHS[0][0]
        self.first, self.second = _layer(3, width, 3, 2), _layer(width, width, 3, 1, width)
        units = []
        for (narrow, _), (wide, more), factor in zip(WIDTHS, WIDTHS[1:], (2, 3, 3), strict=False):
            units += [Unit(narrow, wide, 2, factor), *(Unit(wide, wide) for _ in range(more))]
        self.units = nn.Sequential(*units)
        self.last = _layer(WIDTHS[-1][0], LAST)
        self.place = nn.Sequential(nn.Conv2d(LAST, LAST, 5, groups=LAST, bias=False), nn.BatchNorm2d(LAST))
        self.embed = nn.Linear(LAST, EMBEDDING)

    def forward(self, crops: Tensor) -> Tensor:
        x = self.second(self.first((crops - 127.5) / 64).relu()).relu()
        return self.embed(self.place(self.last(self.units(x)).relu()).flatten(1))


class Pupil(nn.Module):
    """Crops (n, 2, 3, 80, 80) to embeddings (n, 2, EMBEDDING), logits like the teachers' (n, 2, KINDS), and logits of
    an attack by the labels (n,)."""

    def __init__(self) -> None:
        super().__init__()
        self.branches = nn.ModuleList(Branch() for _ in READ_OFF)
        self.norms = nn.ModuleList(nn.BatchNorm1d(EMBEDDING) for _ in READ_OFF)
        self.answers = nn.ModuleList(nn.Linear(EMBEDDING, KINDS) for _ in READ_OFF)
        self.drop = nn.Dropout(0.3)
        self.label = nn.Linear(EMBEDDING * len(READ_OFF), 1)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        embedded = [branch(crops[:, number]) for number, branch in enumerate(self.branches)]
        seen = [norm(each).relu() for norm, each in zip(self.norms, embedded, strict=True)]
        answers = [answer(each) for answer, each in zip(self.answers, seen, strict=True)]
        label = self.label(self.drop(torch.cat(seen, dim=1)))[:, 0]
        return torch.stack(embedded, 1), torch.stack(answers, 1), label


def liveness(answers: Tensor) -> Tensor:
    """Logits of "live" (...,) from the teachers' logits (..., KINDS): the second kind is live, the others attacks."""
    return answers[..., 1] - answers[..., [0, 2]].logsumexp(-1)
