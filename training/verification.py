"""Learns which doubtful hits of the detectors are people: python -m training.verification ANIMALS

ANIMALS is a folder of photos without people; layers/models/trained/verification.md lists the ones used.
"""

import argparse
import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from visage.faces.appearance.attributes import answers
from visage.faces.detection.detect import RESOLUTIONS, TURNED_RESOLUTIONS, Budget, search
from visage.faces.detection.looks import Sight
from visage.faces.detection.verify import MEASURES, measures

from .attributes.logistic import Logistic
from .data import DATA, digest, load
from .detection import WITH_PEOPLE, sample

OUTPUT = Path(__file__).resolve().parents[1] / "layers" / "models" / "trained" / "verification.json"
FOLDS = 5
LOST = 0.02
"""Share of people in masks that may be lost; it sets the limit, by cross-fitted scores."""
_MOST = 6
"""Hits taken from one photo without people, per orientation."""


def sights(image: np.ndarray, resolutions: tuple[int, ...] = RESOLUTIONS) -> Iterator[Sight]:
    """All hits that get a second look."""
    side = max(image.shape[:2])
    for resolution in sorted({resolutions[0], *(min(fine, side) for fine in resolutions[1:] if side > resolutions[0])}):
        found: list[Sight] = []
        yield from search(image, resolution, found, None, Budget(40))
        yield from found


def numbers(image: np.ndarray, seen: list[Sight]) -> np.ndarray:
    """The verification's input: (n, 14)."""
    return measures(seen, answers(image, [sight.face for sight in seen]))


def people(files: Iterable[Path]) -> Iterator[np.ndarray]:
    """The numbers (14,) of each photo's clearest face."""
    for file in files:
        image = load(file)
        seen = list(sights(image))
        if seen:
            yield numbers(image, [max(seen, key=lambda sight: sight.scores.mean())])[0]


def small_people(files: list[Path], rooms: Iterable[Path]) -> Iterator[np.ndarray]:
    """The numbers (14,) of faces of 15 to 40 pixels: photos reduced and pasted into photos of rooms."""
    chance = random.Random(5)
    for room in rooms:
        picture = Image.fromarray(load(room))
        picture.thumbnail((640, 640))
        places = [(x, y) for x in range(0, picture.width - 100, 110) for y in range(0, picture.height - 100, 110)]
        centres = []
        for place in chance.sample(places, min(7, len(places))):
            photo = Image.fromarray(load(chance.choice(files)))
            side = chance.randint(36, 96)
            photo.thumbnail((side, side))
            picture.paste(photo, place)
            centres.append((place[0] + photo.width / 2, place[1] + photo.height / 2, side))
        image = np.asarray(picture)
        for sight in sights(image):
            (left, top, right, bottom) = sight.corners
            middle = ((left + right) / 2, (top + bottom) / 2)
            if any(
                max(abs(middle[0] - x), abs(middle[1] - y)) < side / 5 and side / 4 < bottom - top < side
                for x, y, side in centres
            ):
                yield numbers(image, [sight])[0]


def others(files: Iterable[Path], orientations: int) -> Iterator[tuple[str, np.ndarray]]:
    """Hits in photos without people, in `orientations` quarter turns: the file's name, and its numbers (14,)."""
    for file in files:
        image = load(file)
        for turns in range(orientations):
            turned, resolutions = np.rot90(image, turns), TURNED_RESOLUTIONS if turns else RESOLUTIONS
            seen = sorted(sights(turned, resolutions), key=lambda sight: -sight.scores.mean())[:_MOST]
            if seen:
                yield from ((file.name.partition("@")[0], row) for row in numbers(turned, seen))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("animals", type=Path, help="folder of photos without people")
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    options = parser.parse_args()
    data, chance = options.data, random.Random(1)
    masked = sorted((data / "mask" / "with_mask").glob("*.jpg"))
    kept = set(sample(masked))
    masked = [file for file in masked if file not in kept][::2]
    plain = chance.sample(sorted((data / "lfw_dev").glob("*/*.jpg")), 120)
    plain += chance.sample(sorted((data / "utkface").glob("*.jpg")), 80)
    rooms = [file for file in sorted((data / "noface").glob("*.jpg")) if file.name not in WITH_PEOPLE]
    masks = np.stack(list(people(masked)))
    faces = np.stack([*people(plain), *small_people(plain + masked, rooms)])
    animals = sorted(options.animals.iterdir())
    names, none = zip(*others(rooms, 4), *others(animals, 1), strict=True)
    rows, yes = np.vstack([masks, faces, np.stack(none)]), np.repeat([1.0, 0.0], [len(masks) + len(faces), len(none)])
    groups = np.array([*map(str, range(len(masks) + len(faces))), *names])
    scores = cross_fitted(rows, yes, groups)
    limit = float(np.quantile(scores[: len(masks)], LOST))
    learnt = fit(rows, yes)
    weights = {name: round(float(slope), 6) for name, slope in zip(MEASURES, learnt.slopes, strict=True)}
    entry = {"weights": weights, "constant": round(learnt.offset - limit, 6)}
    OUTPUT.write_text(json.dumps(entry, indent=1) + "\n")
    for title, chosen in (("masked", slice(len(masks))), ("other faces", slice(len(masks), int(yes.sum())))):
        print(f"{title:<12} {len(scores[chosen]):>5}, kept {(scores[chosen] >= limit).mean():.4f}")
    wrong = sorted(set(groups[(yes == 0) & (scores >= limit)]))
    print(f"{'no faces':<12} {len(none):>5}, kept {(scores[yes == 0] >= limit).mean():.4f}: {' '.join(wrong)}")


def fit(rows: np.ndarray, yes: np.ndarray) -> Logistic:
    """Fit with equal total weights of faces and others."""
    return Logistic.fit(rows, yes, np.where(yes, 1, yes.sum() / (1 - yes).sum()))


def cross_fitted(rows: np.ndarray, yes: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The log odds of each row, learnt from other groups."""
    fold = np.array([int(digest(group), 16) % FOLDS for group in groups])
    scores = np.empty(len(rows))
    for one in range(FOLDS):
        learnt = fit(rows[fold != one], yes[fold != one])
        scores[fold == one] = rows[fold == one] @ learnt.slopes + learnt.offset
    return scores


if __name__ == "__main__":
    main()
