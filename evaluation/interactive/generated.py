"""The rows of faces that a program drew: swapped ones, and portraits that it moves."""

from collections.abc import Iterator, Sequence
from functools import cache, partial
from itertools import islice, product
from pathlib import Path

import numpy as np
from PIL import Image

from visage.faces.recognition.compare import compare_embeddings
from visage.faces.recognition.embed import embed
from visage.liveness.flaws import Flaw
from visage.liveness.frames import Frame
from visage.liveness.verify import Verdict

from .judging import Row, Seen, judged, seen
from .labels import Clip, pictures
from .swaps import Worn, wearable
from .table import SEQUENCES, actors
from .windows import windows

_SAME = "0.001"
"""The false match rate at whose threshold a swapped face counts as that of the photo."""
_ASKED = 3
"""Sequences that each portrait acts."""


def swaps(folder: Path, clips: Sequence[Clip], files: Sequence[Path], most: int) -> Iterator[Row]:
    """Faces of the first `most` photos that suit, each on all windows of the clips: how many pass, and how many of
    these the recogniser takes for the person in the photo."""
    photos = [(Worn(photo), embed(photo.pixels, photo.face)) for photo in islice(_wearable(files), most)]
    kinds = {False: "swapped faces, eyes and mouth kept", True: "swapped faces, whole"}
    rows = {whole: (Row(name), Row("  and taken for the photo's person")) for whole, name in kinds.items()}
    for clip in clips:
        living = [seen(picture) for picture in pictures(folder, clip.name)]
        for (number, (worn, person)), (whole, (passed, taken)) in product(enumerate(photos), rows.items()):
            swapped = cache(partial(_swapped, living, worn, whole))
            for window in windows(clip, len(living)):
                sequence = [swapped(index) for index in range(window.first, window.last + 1)]
                verdict = judged(window.asked, sequence)
                passed.add(clip.person, verdict, f"{number} on {clip.name} {window.first}–{window.last}")
                taken.asked += 1
                taken.subjects.add(clip.person)
                taken.passed += verdict.passed and _is(person, sequence, verdict)
    for pair in rows.values():
        yield from pair


def _wearable(files: Sequence[Path]) -> Iterator[Frame]:
    photos = (seen(np.asarray(Image.open(file).convert("RGB")))[1] for file in files)
    return (photo for photo in photos if isinstance(photo, Frame) and wearable(photo))


def _swapped(living: Sequence[Seen], worn: Worn, whole: bool, index: int) -> Seen:
    picture, frame = living[index]
    return seen(worn.on(picture.pixels, frame.mesh, whole)) if isinstance(frame, Frame) else living[index]


def _is(person: np.ndarray, sequence: Sequence[Seen], verdict: Verdict) -> bool:
    _, best = sequence[verdict.best.frame]
    comparison = compare_embeddings(person, embed(best.pixels, best.face))
    return comparison.score >= comparison.thresholds[_SAME]


def puppets(files: Sequence[Path], most: int) -> Iterator[Row]:
    """Portraits that a program moves in space by their meshes, each through a few of the sequences: how many pass, and
    how many would if the recapture networks had not looked."""
    row, rest = Row("portraits moved by a program"), Row("  but for the recapture networks")
    for number, actor in enumerate(actors(files, most)):
        for asked in (SEQUENCES[(_ASKED * number + each) % len(SEQUENCES)] for each in range(_ASKED)):
            frames = actor.act(*(action.value for action in asked))
            names = " ".join(action.value for action in asked)
            verdict = judged(asked, [seen(frame) for frame in frames])
            row.add(str(number), verdict, f"{number} {names}")
            rest.asked += 1
            rest.subjects.add(str(number))
            rest.passed += set(verdict.flaws) <= {Flaw.RECAPTURED}
    yield row
    yield rest
