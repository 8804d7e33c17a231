"""What dim light changes for photos held back, at 0.35 of their values: python -m training.liveness.dim"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from evaluation.interactive.windows import dimmed
from evaluation.liveness.figures import LIVE, Presentations, measure
from visage.faces.appearance.recapture import recapture, unjudgeable
from visage.faces.detection.detect import detect_largest

from ..data import DATA, load
from .held_back import held_back
from .photos import MADE_FOR_LIVENESS, MOTLEY, Photo

CUTS = (0.5, 0.9)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.liveness.dim", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    arguments = parser.parse_args()
    shown = held_back(arguments.data)
    crops = [each for each in shown if each[0].source == MOTLEY]
    others = [each for each in shown if each[0].source not in MADE_FOR_LIVENESS]
    for name, group in {"celeba_spoof": crops, "other sets": others}.items():
        for line in _lines(arguments.data, group):
            print(f"{name:<13} {line}", flush=True)


def _lines(data: Path, shown: Sequence[tuple[Photo, str]]) -> Iterator[str]:
    """As it is and in dim light, of all and of what the API judges. The face is looked for in the photo as it is."""
    random, rates, judged, kept = np.random.default_rng(0), [], [], []
    for photo, subject in shown:
        image = load(data / photo.file)
        face = detect_largest(image)
        if face is not None:
            rates.append([recapture(each, face) for each in (image, dimmed(image, random))])
            judged.append(unjudgeable(image.shape, face.box) is None)
            kept.append((photo.instrument, subject))
    instrument, subject = map(np.array, zip(*kept, strict=True))
    for name, each in zip(("as it is", "dim"), np.array(rates).T, strict=True):
        presentations = Presentations(each, instrument, subject)
        yield from (f"{name:<9} all     {line}" for line in _rows(presentations))
        yield from (f"{name:<9} judged  {line}" for line in _rows(presentations.of(np.flatnonzero(judged))))


def _rows(shown: Presentations) -> Iterator[str]:
    low, high = ({row.name: row for row in measure(shown, cut)} for cut in CUTS)
    for name, row in low.items():
        kind = "refused (BPCER)" if name == LIVE else f"{name} passes (APCER)"
        error, sample = row.error, f"{row.presentations:,} / {row.subjects:,}"
        interval = f"{error.value:6.1%} [{error.low:.1%} – {error.high:.1%}]"
        yield f"{kind:<22} {sample:>11} {interval}, at 90 {high[name].error.value:.1%}"


if __name__ == "__main__":
    main()
