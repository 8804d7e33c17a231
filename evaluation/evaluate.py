"""From a folder to a report."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from visage.faces.compare import Calibration

from . import figures, sheets, trials
from .collection import Collection, Remark, read_pairs
from .embeddings import Embedder, embed_all
from .report import Report

PairThresholds = Callable[[float, np.ndarray, np.ndarray], np.ndarray]
"""From a false match rate and embeddings (n, d) of both sides to the similarity that each pair must have: (n,)."""


def evaluate(
    folder: Path,
    pairs: Path | None,
    embedder: Embedder,
    calibration: Calibration,
    cache: Path,
    *,
    thresholds: PairThresholds | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """`thresholds` are those of pairs, beside the calibration's for usual ones.

    Raises InputError where `folder` holds no images or `pairs` cannot be read; `embed_all` explains the rest.
    """
    rows = None if pairs is None else read_pairs(pairs)
    collection = Collection.read(folder)
    gallery = embed_all(collection, embedder, cache, workers=workers, progress=progress)
    everybody = trials.of_everybody(gallery)
    compared = [] if rows is None else [trials.of_file(gallery, rows, collection.files)]
    compared.append(everybody)
    if thresholds:
        needed = partial(_needed, thresholds, gallery.vectors)
        compared = [replace(each, needed=needed, quality=gallery.quality) for each in compared]
    measured = tuple(figures.measure(each, calibration) for each in compared)
    remarks: list[Remark] = [*collection.remarks, *gallery.remarks]
    for each, found in zip(compared, measured, strict=True):
        remarks += [*each.remarks, *figures.remarks(found)]
    return Report(
        folder=folder.resolve().name,
        images=len(collection.files),
        people=len(gallery.people),
        faces=len(gallery.files),
        version=embedder.version,
        thresholds=dict(calibration.thresholds),
        figures=measured,
        remarks=tuple(remarks),
        sheets=sheets.failures(folder, gallery, everybody, calibration),
    )


def _needed(thresholds: PairThresholds, vectors: np.ndarray, rate: float, images: np.ndarray) -> np.ndarray:
    if not len(images):  # where no face was found, nobody knows how long an embedding is
        return np.empty(0)
    return thresholds(rate, vectors[images[:, 0]], vectors[images[:, 1]])
