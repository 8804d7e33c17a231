"""Selects the images to compare: the pairs of a file, or everybody with everybody."""

from dataclasses import dataclass

import numpy as np

from .collection import Pair, Remark, person
from .embeddings import Gallery
from .metrics import Pairs, all_pairs
from .scale import Scale

FOLDS = 10
MOST_IMAGES = 10
"""Maximum images per person in the genuine pairs of "everybody": otherwise a few people outweigh all others."""
MOST_PEOPLE = 5_000
"""Maximum people in the impostor pairs of "everybody": 12,497,500 pairs, enough for a rate of 1e-5."""
_HELD = 2_000_000
"""Impostor pairs kept in memory, the most similar ones; the others are only counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Pairs, most similar first, and their images."""

    pairs: Pairs
    images: np.ndarray
    """int (n, 2): rows of the gallery."""

    def __getitem__(self, index: np.ndarray) -> "Compared":
        """Some of the pairs; the others no longer count."""
        pairs = self.pairs
        chosen = Pairs(pairs.first[index], pairs.second[index], pairs.similarity[index], pairs.people, index.size)
        return Compared(chosen, self.images[index])


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """Pairs of both kinds, divided into folds."""

    pairs: Pairs
    fold: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """The pairs on which error rates are measured."""

    name: str
    genuine: Compared
    impostors: Compared
    folded: Folded | None
    """The pairs for the accuracy; None with too few people, or pairs of only one kind."""
    remarks: tuple[Remark, ...]
    quality: np.ndarray | None = None
    """float (images,): how likely each face is to be recognised again, 0 to 100."""


def of_file(gallery: Gallery, scale: Scale, rows: list[Pair], files: tuple[str, ...]) -> Trials:
    """The pairs of a file; `files`: all images of the folder, including those without a face."""
    row_of = {file: row for row, file in enumerate(gallery.files)}
    missing = sorted({file for pair in rows for file in (pair.first, pair.second)} - set(files))
    usable = [pair for pair in rows if pair.first in row_of and pair.second in row_of]
    contrary = [pair for pair in usable if pair.same != (person(pair.first) == person(pair.second))]
    kept = [pair for pair in usable if pair.same == (person(pair.first) == person(pair.second))]
    remarks = []
    if missing:
        remarks.append(Remark("The pairs file lists images that are not in the folder.", tuple(missing)))
    if left := len(rows) - len(usable):
        remarks.append(Remark(f"{left:,} of the file's {len(rows):,} pairs are excluded, as one of their images is."))
    if contrary:
        names = tuple(f"{pair.first}, {pair.second}" for pair in contrary)
        remarks.append(Remark("The pairs file and the folders disagree about these pairs.", names))

    if trivial := sorted({pair.first for pair in kept if pair.first == pair.second}):
        remarks.append(Remark("Pairs of an image with itself are excluded.", tuple(trivial)))
        kept = [pair for pair in kept if pair.first != pair.second]

    images = np.array([(row_of[pair.first], row_of[pair.second]) for pair in kept], int).reshape(-1, 2)
    everything = _compared(gallery, scale, images)
    same = everything.pairs.first == everything.pairs.second
    folded = None
    if same.any() and not same.all():
        fold, remark = _folds(everything.pairs, [pair.fold for pair in kept])
        folded = Folded(everything.pairs, fold)
        remarks += remark
    genuine, impostors = (_sorted(everything[np.nonzero(chosen)[0]]) for chosen in (same, ~same))
    return Trials("pairs file", genuine, impostors, folded, tuple(remarks))


def of_everybody(gallery: Gallery, scale: Scale, seed: int = 0) -> Trials:
    """Genuine: all pairs of a person's images. Impostors: all pairs of people, by the first image of each."""
    generator = np.random.default_rng(seed)
    images = [np.nonzero(gallery.owner == owner)[0] for owner in range(len(gallery.people))]
    portraits = np.array([rows[0] for rows in images], int)
    pairs = [_within(rows[:MOST_IMAGES]) for rows in [*images, portraits[:0]]]
    genuine = _compared(gallery, scale, np.concatenate(pairs))
    remarks = []
    if any(rows.size > MOST_IMAGES for rows in images):
        remarks.append(Remark(f"Everybody: the genuine pairs use the first {MOST_IMAGES} images of each person."))
    if len(portraits) > MOST_PEOPLE:
        remarks.append(Remark(f"Everybody: the impostor pairs use {MOST_PEOPLE:,} people, chosen at random."))
    folded = None
    if len(portraits) < 2 * FOLDS:
        text = f"The accuracy over {FOLDS} folds of people needs {2 * FOLDS} people or more, not {len(portraits)}."
        remarks.append(Remark(text))
    elif genuine.pairs.total:
        folded = _deal(gallery, scale, genuine, portraits, generator)
    impostors = _impostors(gallery, scale, np.sort(generator.permutation(portraits)[:MOST_PEOPLE]))
    return Trials("everybody", _sorted(genuine), impostors, folded, tuple(remarks))


def _impostors(gallery: Gallery, scale: Scale, portraits: np.ndarray) -> Compared:
    """All pairs of these rows; only the most similar are stored."""
    total = portraits.size * (portraits.size - 1) // 2
    if not total:
        return _compared(gallery, scale, np.empty((0, 2), int))
    pairs = all_pairs(gallery.vectors[portraits], min(1.0, _HELD / total), scale.table)
    images = portraits[np.column_stack([pairs.first, pairs.second])]
    first, second = gallery.owner[images].T
    among = gallery.owner[portraits]
    return Compared(Pairs(first, second, pairs.similarity, len(gallery.people), total, among), images)


def _compared(gallery: Gallery, scale: Scale, images: np.ndarray) -> Compared:
    """The pairs (n, 2) of images, in their order."""
    first, second = images.T
    vectors = gallery.vectors
    similarity = scale.pairs(vectors[first], vectors[second]) if len(images) else np.empty(0)
    owner = gallery.owner
    return Compared(Pairs(owner[first], owner[second], similarity, len(gallery.people), len(images)), images)


def _sorted(compared: Compared) -> Compared:
    return compared[np.argsort(-compared.pairs.similarity, kind="stable")]


def _within(rows: np.ndarray) -> np.ndarray:
    """All pairs (n, 2) of these rows."""
    return rows[np.column_stack(np.triu_indices(rows.size, 1))]


def _folds(pairs: Pairs, named: list[int | None]) -> tuple[np.ndarray, list[Remark]]:
    """The folds in the file; if it does not assign all pairs, folds assigned in rotation."""
    if None in named or len(set(named)) < 2:
        text = "The pairs file does not assign every pair to one of several folds"
        text += f": {FOLDS} folds were assigned in rotation, and share people."
        same = pairs.first == pairs.second
        turn = np.where(same, np.cumsum(same), np.cumsum(~same))
        return turn % FOLDS, [Remark(text)]
    fold = np.array(named)
    owners = np.concatenate([pairs.first, pairs.second])
    belongs = set(zip(owners.tolist(), np.tile(fold, 2).tolist(), strict=True))
    if len(belongs) > len({owner for owner, _ in belongs}):
        return fold, [Remark("Folds of the pairs file share people.")]
    return fold, []


def _deal(
    gallery: Gallery, scale: Scale, genuine: Compared, portraits: np.ndarray, generator: np.random.Generator
) -> Folded:
    """Divide people into folds; each fold has its people's genuine pairs and as many impostor pairs of its people."""
    fold_of = generator.permutation(len(portraits)) % FOLDS
    fold_of_pair = fold_of[genuine.pairs.first]
    images, folds = [genuine.images], [fold_of_pair]
    for fold in range(FOLDS):
        others = _within(portraits[fold_of == fold])
        size = min(len(others), int(np.sum(fold_of_pair == fold)))
        images.append(others[generator.choice(len(others), size, replace=False)])
        folds.append(np.full(size, fold))
    return Folded(_compared(gallery, scale, np.concatenate(images)).pairs, np.concatenate(folds))
