"""People with one face each, its views with accessories and on a chip, and their division into two halves."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import features
from ..data import demographics, unique
from ..protocol import Protocol
from . import real_masks

ADULT = 18
UNKNOWN = (-1, -1, -1)
_LFW, _UTKFACE, _MASKED = range(3)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """One row per person."""

    views: dict[str, np.ndarray]
    """One of `features.VIEWS` → float32 (n, 128); NaN where a person has no such view."""
    age: np.ndarray
    """int (n,), years; -1 if unknown. The same holds for sex and origin, numbered as in UTKFace."""
    sex: np.ndarray
    origin: np.ndarray
    lfw: np.ndarray
    """bool (n,): whether the person is one of LFW's."""
    masked: np.ndarray
    """bool (n,): whether the photo shows a real mask. Neither `lfw` nor `masked`: from UTKFace."""
    half: np.ndarray
    """int (n,): 0 or 1. Measurements on one half use what was learnt from the other."""

    def __len__(self) -> int:
        return len(self.age)

    def __getitem__(self, chosen: np.ndarray) -> "People":
        views = {name: view[chosen] for name, view in self.views.items()}
        others = ("age", "sex", "origin", "lfw", "masked", "half")
        return People(views, *(getattr(self, name)[chosen] for name in others))

    @property
    def photos(self) -> np.ndarray:
        return self.views[features.PHOTO]

    @property
    def adult(self) -> np.ndarray:
        return self.age >= ADULT

    @classmethod
    def read(cls, data: Path, protocol: Protocol) -> "People":
        """LFW's people in the protocol's order, then UTKFace's, each once, then those in real masks."""
        found = features.faces(data, features.UTKFACE)
        once = np.flatnonzero(unique(found.files))
        others = _views(data, features.UTKFACE, once)
        known = _views(data, features.LFW, protocol.portraits())
        count = len(protocol.people)
        masked = real_masks.faces(data)
        nowhere = np.full_like(masked, np.nan)
        labels = [demographics(found.files[row]) or UNKNOWN for row in once]
        of_whom = np.concatenate([np.full(count, _LFW), np.full(len(once), _UTKFACE), np.full(len(masked), _MASKED)])
        unknown = [np.tile(UNKNOWN, (size, 1)) for size in (count, len(masked))]
        age, sex, origin = np.concatenate([unknown[0], np.array(labels), unknown[1]]).T
        parts = {view: [known[view], others[view], nowhere] for view in features.VIEWS}
        parts[features.PHOTO][-1] = masked
        return cls(
            views={view: np.concatenate(part) for view, part in parts.items()},
            age=age,
            sex=sex,
            origin=origin,
            lfw=of_whom == _LFW,
            masked=of_whom == _MASKED,
            half=np.concatenate([protocol.half, np.arange(len(once)) % 2, np.arange(len(masked)) % 2]),
        )


def _views(data: Path, source: features.Source, rows: np.ndarray) -> dict[str, np.ndarray]:
    """The views of the faces in these rows of the source."""
    everything = features.embeddings(data, source)
    found = features.faces(data, source)
    views = {features.PHOTO: everything[rows]}
    for view in features.VIEWS[1:]:
        chosen = np.full((len(everything), everything.shape[1]), np.nan, np.float32)
        chosen[features.rows(source, view, found)] = features.embeddings(data, source, view)
        views[view] = chosen[rows]
    return views
