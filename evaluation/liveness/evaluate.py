"""From a folder and its labels to a report."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from visage.errors import VisageError
from visage.faces.appearance.recapture import recapture
from visage.faces.detection.detect import detect_largest
from visage.media.decode import decode

from ..collection import InputError, Remark
from ..embeddings import LIMITS
from ..report import estimate
from .figures import LIVE, Presentations, Row, measure
from .labels import read_labels
from .proposal import Proposal, propose

BOUNDS = {"review": 50.0, "block": 90.0}
"""The default thresholds of a deployment's suggestions."""


@dataclass(frozen=True, slots=True)
class Report:
    """The results."""

    folder: str
    images: int
    version: str
    """SHA-256 of the network, its first 16 digits."""
    rows: dict[str, tuple[Row, ...]]
    """By suggestion: the APCER of each instrument, worst first, then the BPCER."""
    faceless: dict[str, int]
    """Images without a face, by instrument: the API blocks them, and the rows exclude them."""
    proposal: Proposal
    remarks: tuple[Remark, ...]

    def write(self, out: Path) -> None:
        """Write figures.json into the folder `out`."""
        out.mkdir(parents=True, exist_ok=True)
        (out / "figures.json").write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n")

    def summary(self) -> Iterator[str]:
        """The lines for the terminal."""
        yield f"{self.folder}: {self.images:,} labelled images. 95 % intervals in brackets, over subjects."
        for name, rows in self.rows.items():
            yield ""
            yield f"  {f'{name} from {BOUNDS[name]:g} on':<22}{'images':>8}{'subjects':>10}   error"
            for row in rows:
                kind = "BPCER" if row.name == LIVE else f"APCER, {row.name}"
                yield f"  {kind:<22}{row.presentations:>8,}{row.subjects:>10,}   {estimate(row.error)}"
        yield ""
        yield from self.proposal.summary()
        yield ""
        for name, count in self.faceless.items():
            yield f"  no face, {name}: {count:,} (blocked, and not counted above)"
        for remark in self.remarks:
            yield f"! {remark.text} {', '.join(remark.about[:5])}"


def evaluate(
    folder: Path,
    labels: Path,
    version: str,
    *,
    wanted: float = 0.05,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Evaluate labelled photos, and propose thresholds for a BPCER of `wanted`, 0–1.

    Raises InputError when the labels cannot be read, or no live photo in `folder` shows a face.
    """
    labelled = read_labels(labels)
    if not folder.is_dir():
        raise InputError(f"The folder {folder} does not exist.")
    present = [each for each in labelled if (folder / each.file).is_file()]
    absent = tuple(each.file for each in labelled if not (folder / each.file).is_file())
    if not present:
        raise InputError(f"{labels} lists no image of {folder}.")
    answers = list(_scores(folder, [each.file for each in present], workers, progress))
    known = [(each, answer) for each, answer in zip(present, answers, strict=True) if isinstance(answer, float)]
    faceless = [each.instrument for each, answer in zip(present, answers, strict=True) if answer is None]
    unreadable = tuple(
        f"{each.file}: {answer}" for each, answer in zip(present, answers, strict=True) if isinstance(answer, str)
    )
    if not any(each.instrument == LIVE for each, _ in known):
        raise InputError(f"No face was found in the live photos of {folder} that {labels} lists.")
    shown = Presentations(
        np.array([100 * answer for _, answer in known]),
        np.array([each.instrument for each, _ in known]),
        np.array([each.subject for each, _ in known]),
    )
    remarks = [Remark("The labels list images that are not in the folder.", absent)] if absent else []
    remarks += [Remark("Images that could not be read are excluded.", unreadable)] if unreadable else []
    return Report(
        folder=folder.resolve().name,
        images=len(present),
        version=version,
        rows={name: measure(shown, bound) for name, bound in BOUNDS.items()},
        faceless={name: faceless.count(name) for name in sorted(set(faceless))},
        proposal=propose(shown, wanted),
        remarks=tuple(remarks),
    )


def _scores(
    folder: Path, files: list[str], workers: int | None, progress: Callable[[int, int], None]
) -> Iterator[float | str | None]:
    """Recapture score of each file's largest face, 0–1; None without a face, or why the image cannot be read."""
    score = partial(_score, folder)
    with ProcessPoolExecutor(workers) as pool:
        answers = map(score, files) if workers == 1 else pool.map(score, files, chunksize=8)
        for done, answer in enumerate(answers, 1):
            progress(done, len(files))
            yield answer


def _score(folder: Path, file: str) -> float | str | None:
    try:
        image = decode((folder / file).read_bytes(), LIMITS).pixels
    except OSError as error:
        return f"{error.strerror}."
    except VisageError as error:
        return error.detail
    face = detect_largest(image)
    return None if face is None else recapture(image, face)
