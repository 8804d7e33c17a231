"""From a folder to a report."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from . import figures, sheets, trials
from .collection import Collection, Remark, read_pairs
from .embeddings import Embedder, embed_all
from .report import Report
from .scale import Scale


def evaluate(
    folder: Path,
    pairs: Path | None,
    embedder: Embedder,
    scale: Scale,
    cache: Path,
    *,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Evaluate a folder. Raises InputError when `folder` has no images or `pairs` cannot be read; see `embed_all`."""
    rows = None if pairs is None else read_pairs(pairs)
    collection = Collection.read(folder)
    gallery = embed_all(collection, embedder, cache, workers=workers, progress=progress)
    everybody = trials.of_everybody(gallery, scale)
    compared = [] if rows is None else [trials.of_file(gallery, scale, rows, collection.files)]
    compared.append(everybody)
    compared = [replace(each, quality=gallery.quality) for each in compared]
    measured = tuple(figures.measure(each, scale) for each in compared)
    remarks: list[Remark] = [*collection.remarks, *gallery.remarks]
    for each, found in zip(compared, measured, strict=True):
        remarks += [*each.remarks, *figures.remarks(found)]
    return Report(
        folder=folder.resolve().name,
        images=len(collection.files),
        people=len(gallery.people),
        faces=len(gallery.files),
        version=embedder.version,
        thresholds=dict(scale.thresholds),
        figures=measured,
        remarks=tuple(remarks),
        sheets=sheets.failures(folder, gallery, everybody, scale),
    )
