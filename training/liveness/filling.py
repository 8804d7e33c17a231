"""What passes of screens and prints that fill the picture: python -m training.liveness.filling [--only PART]

No edge of the medium is seen: on simulated recaptures of people held back, next to the same with edges; on real ones
cut down to the face; and where people's clips play on a simulated screen, asked for just what they show. Also paper
masks that people wear, with a nose folded out of them.
"""

import argparse
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from evaluation.attributes.figures import wilson
from evaluation.interactive.attacks import NEAR, near
from evaluation.interactive.judging import Row, judged, seen
from evaluation.interactive.labels import pictures, read_clips
from evaluation.interactive.windows import windows
from visage.faces.detection.detect import detect_largest
from visage.liveness.silent import look

from ..data import DATA, ROOT, load
from .held_back import held_back
from .photos import CROWDS, LIVE, MADE_FOR_LIVENESS, Photo, unseen
from .simulated.recapture import PRINT, SCREEN, Shot, recapture, rephotograph

LIMITS = 50.0, 90.0
"""Rates from which `review` and `block` are suggested."""
WORN = (59, 60, 61, 62, 64, 66, 72, 73, 74, 75, 78, 79, 80, 81)
"""Numbers of the photos in celeba_spoof_whole/spoof that show a paper mask worn; looked for by eye."""
CLIPS = ROOT / "training" / "clips.csv"
_LEAST = 120
_AROUND = 1.9
"""Side of a replayed face in pixels, and of the picture in sides of the face: a replay is set up to be judged."""
_ATTEMPTS = 60
_NOISE = 2.0
"""Standard deviation of what differs between two frames of a camera that stands still, in grey levels."""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m training.liveness.filling",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = {"simulated": _simulated, "real": _real, "worn": _worn, "replayed": _replayed}
    parser.add_argument("--only", choices=parts, help="one part")
    parser.add_argument("--people", type=int, default=150, metavar="N", help="of simulated recaptures")
    parser.add_argument("--screens", type=int, default=2, metavar="N", help="screens on which each clip plays")
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    arguments = parser.parse_args()
    for name, part in parts.items():
        if arguments.only in (None, name):
            for line in part(arguments):
                print(line, flush=True)


def _simulated(arguments: argparse.Namespace) -> Iterator[str]:
    rooms = _rooms(arguments.data)
    ways = {"live, rephotographed": rephotograph}
    for medium in (SCREEN, PRINT):
        for close in (False, True):
            ways[f"{medium}, {'fills the picture' if close else 'edges in sight'}"] = (
                lambda shot, random, medium=medium, close=close: recapture(
                    shot, medium, rooms[random.integers(len(rooms))], random, close
                )
            )
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for number, shot in enumerate(_shots(arguments.data, arguments.people)):
        for name, way in ways.items():
            rates[name].append(look(way(shot, np.random.default_rng((2, number))).pixels).rate)
    for name, each in rates.items():
        yield _line(f"simulated {name}", each)


def _rooms(data: Path) -> list[np.ndarray]:
    return [load(path) for path in sorted((data / "noface").rglob("*.jpg"))]


def _shots(data: Path, people: int) -> Iterator[Shot]:
    """A live photo each of some of the people held back, of sets that show whole pictures, in a random order."""
    firsts: dict[str, Photo] = {}
    for photo, subject in held_back(data):
        if photo.instrument == LIVE and photo.source not in (*MADE_FOR_LIVENESS, CROWDS):
            firsts.setdefault(subject, photo)
    files = np.random.default_rng(0).permutation([photo.file for photo in firsts.values()]).tolist()
    found = ((pixels, detect_largest(pixels)) for pixels in (load(data / file) for file in files))
    yield from islice((Shot(pixels, face) for pixels, face in found if face), people)


def _real(arguments: argparse.Namespace) -> Iterator[str]:
    shown = [photo for photo in unseen(arguments.data) if photo.source == "liveness/nuaa"]
    shown += [photo for photo, _ in held_back(arguments.data) if photo.source == "liveness/video"]
    for source in dict.fromkeys(photo.source for photo in shown):
        for live in (False, True):
            whole, cut = [], []
            for photo in shown:
                if photo.source == source and (photo.instrument == LIVE) == live:
                    pixels = load(arguments.data / photo.file)
                    face = detect_largest(pixels)
                    if face is not None:
                        whole.append(look(pixels).rate)
                        cut.append(look(near(pixels, face.box, NEAR * face.box.side)).rate)
            yield _line(f"{source}, {'live' if live else 'attacks'}, whole", whole)
            yield _line(f"{source}, {'live' if live else 'attacks'}, the face alone", cut)


def _worn(arguments: argparse.Namespace) -> Iterator[str]:
    folder = arguments.data / "liveness" / "celeba_spoof_whole" / "spoof"
    rates = [look(load(folder / f"{number}.jpg")).rate for number in WORN]
    yield _line("paper masks, worn", rates)


def _line(name: str, rates: Sequence[float]) -> str:
    if not rates:
        return f"{name:<44} none"
    shares = [wilson(sum(rate < limit for rate in rates), len(rates)) for limit in LIMITS]
    below = ", ".join(
        f"below {limit:.0f} {share.value:6.1%} [{share.low:.1%} – {share.high:.1%}]"
        for limit, share in zip(LIMITS, shares, strict=True)
    )
    return f"{name:<44} n {len(rates):>4}: {below}"


def _replayed(arguments: argparse.Namespace) -> Iterator[str]:
    rooms = _rooms(arguments.data)
    row = Row("clips on a screen that fills the picture")
    for clip in read_clips(CLIPS):
        frames = pictures(arguments.data, clip.name)
        cut = list(windows(clip, len(frames)))
        needed = sorted({index for window in cut for index in range(window.first, window.last + 1)})
        for number in range(arguments.screens):
            played = _played([frames[index] for index in needed], rooms, number)
            shown = dict(zip(needed, map(seen, played), strict=True))
            for window in cut:
                sequence = [shown[index] for index in range(window.first, window.last + 1)]
                row.add(clip.person, judged(window.asked, sequence), f"{clip.name} {window.first}–{window.last}")
    yield row.line()
    yield "    " + ", ".join(f"{reason} {number}" for reason, number in row.reasons.most_common())


def _played(frames: Sequence[np.ndarray], rooms: Sequence[np.ndarray], number: int) -> Iterator[np.ndarray]:
    """The frames on one screen, filmed by one camera; neither moves."""
    face = detect_largest(frames[0])
    # A clip cut tight shows less around the face than is asked for, on any screen.
    around = min(_AROUND, 0.8 * min(frames[0].shape[:2]) / face.box.side)
    for attempt in range(_ATTEMPTS):
        seed, room = (3, number, attempt), rooms[(number + attempt) % len(rooms)]
        first = recapture(Shot(frames[0], face), SCREEN, room, np.random.default_rng(seed), close=True)
        if first.face.box.side >= _LEAST and min(first.pixels.shape[:2]) >= around * first.face.box.side:
            break
    noise = np.random.default_rng(seed)
    for frame in frames:
        # From one seed, and with one face, the screen, the camera and where they stand are the same in each frame.
        shot = recapture(Shot(frame, face), SCREEN, room, np.random.default_rng(seed), close=True)
        grain = noise.normal(0, _NOISE, shot.pixels.shape)
        yield np.clip(shot.pixels + grain, 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
