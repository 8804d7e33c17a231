"""1:N search: who of a group is in an image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from visage.errors import Reason, VisageError
from visage.faces.detection.detect import detect
from visage.faces.recognition.embed import SIZE, embed, version
from visage.faces.recognition.identification import hit_scores, search_thresholds
from visage.faces.types import Box
from visage.gallery.index.view import GroupView, view
from visage.gallery.persons import usage
from visage.gallery.persons.types import Match
from visage.media.decode import Picture
from visage.media.limits import GREEN
from visage.media.pictures import see_each
from visage.stages import timed

PERSONS = 5
"""Candidates returned for a face."""
FOUND = "0.01"
"""Somebody was found whose score this share of strangers reaches; the thresholds tell other rates."""


@dataclass(frozen=True, slots=True)
class Probe:
    """An image to search for persons of a group."""

    url: str
    group_id: str
    faces: int
    """How many faces to search for, largest first."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who may be the one in the image."""

    match: Match
    score: float
    """0–100, calibrated."""


@dataclass(frozen=True, slots=True)
class Identified:
    """A face and the most similar persons of the group."""

    box: Box
    """In pixels of the original image, clipped to its edges."""
    persons: tuple[Candidate, ...]
    """Best first; ties by id."""

    @property
    def score(self) -> float:
        """The best candidate's, or 0."""
        return self.persons[0].score if self.persons else 0.0


@dataclass(frozen=True, slots=True)
class Identification:
    """The result of the search in one image."""

    faces: tuple[Identified, ...]
    """Largest first."""
    thresholds: Mapping[str, float]
    """Rate → the score by which this share of strangers finds somebody in a group of this size."""

    @property
    def score(self) -> float:
        """Of the face that is most surely somebody's, or 0."""
        return max((face.score for face in self.faces), default=0.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    boxes: list[Box]
    embeddings: np.ndarray
    """float32 (n, 128)"""


def identify(library: str, probes: Sequence[Probe], until: float) -> list[Identification | VisageError]:
    """Return, per probe, what was found or why the search failed; one probe's failure does not affect the others.

    Probes of one image share its download and embeddings; probes of one group share one read and one pass. Images that
    are not embedded by `until` (time.monotonic) fail with OUT_OF_TIME.
    """
    views = {group_id: _attempt_view(library, group_id) for group_id in {probe.group_id for probe in probes}}
    most: dict[str, int] = {}
    for probe in probes:
        if not isinstance(views[probe.group_id], VisageError):
            most[probe.url] = max(probe.faces, most.get(probe.url, 0))
    seen = see_each(most, GREEN, library, until, lambda url, picture: _faces(picture, most[url]))
    found: dict[int, Identification | VisageError] = {}
    for group_id, group in views.items():
        indexes = [index for index, probe in enumerate(probes) if probe.group_id == group_id]
        if isinstance(group, VisageError):
            found |= dict.fromkeys(indexes, group)
            continue
        images = {index: seen.get(probes[index].url, VisageError(Reason.OUT_OF_TIME)) for index in indexes}
        found |= {index: image for index, image in images.items() if isinstance(image, VisageError)}
        looked = {index: image for index, image in images.items() if isinstance(image, _Seen)}
        try:
            found |= _search(group, looked, {index: probes[index].faces for index in looked})
        except VisageError as error:
            found |= dict.fromkeys(looked, error)
    usage.mark(library, {match.person_id for result in found.values() for match in _found(result)})
    return [found[index] for index in range(len(probes))]


def _found(result: Identification | VisageError) -> list[Match]:
    """The best match of each face whose score reaches the threshold."""
    if isinstance(result, VisageError):
        return []
    known = (face for face in result.faces if face.score >= result.thresholds[FOUND])
    return [face.persons[0].match for face in known]


def _attempt_view(library: str, group_id: str) -> GroupView | VisageError:
    try:
        return view(library, group_id)
    except VisageError as error:
        return error


def _faces(picture: Picture, most: int) -> _Seen:
    faces = detect(picture.pixels, most)
    embeddings = [embed(picture.pixels, face) for face in faces]
    return _Seen([_original(face.box, picture) for face in faces], np.array(embeddings, np.float32).reshape(-1, SIZE))


def _original(box: Box, picture: Picture) -> Box:
    """The box in pixels of the original image, clipped to its edges."""
    scale = picture.width / picture.pixels.shape[1]
    left, top = max(0.0, box.left * scale), max(0.0, box.top * scale)
    right = min(picture.width, (box.left + box.width) * scale)
    bottom = min(picture.height, (box.top + box.height) * scale)
    return Box(left, top, right - left, bottom - top)


@timed("search")
def _search(group: GroupView, looked: Mapping[int, _Seen], most: Mapping[int, int]) -> dict[int, Identification]:
    """Search for the faces of all these images in one pass over the group."""
    vectors = [image.embeddings[: most[index]] for index, image in looked.items()]
    stacked = np.concatenate([np.empty((0, SIZE), np.float32), *vectors])
    matches = iter(group.search(stacked, PERSONS, model=version()) if len(stacked) else ())
    found = {}
    for index, image in looked.items():
        faces = (
            Identified(box, _candidates(probe, next(matches)))
            for box, probe in zip(image.boxes[: most[index]], image.embeddings, strict=False)
        )
        found[index] = Identification(tuple(faces), search_thresholds(group.faces))
    return found


def _candidates(probe: np.ndarray, matches: Sequence[Match]) -> tuple[Candidate, ...]:
    scores = hit_scores(probe, [match.embedding for match in matches])
    return tuple(Candidate(match, score) for match, score in zip(matches, scores, strict=True))
