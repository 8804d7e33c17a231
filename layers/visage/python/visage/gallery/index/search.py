"""Finds the persons most similar to a probe: candidates from an engine, compared exactly."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import numpy as np

from visage.errors import Reason, VisageError
from visage.gallery.index.engine import Engine
from visage.gallery.persons.types import Match, Person

Read = Callable[[Collection[str]], Mapping[str, Person]]
"""Returns the current state of those of these persons who are in the group."""


def nearest(
    engine: Engine, probes: np.ndarray, count: int, *, model: str, changed: Mapping[str, Person | None], read: Read
) -> list[list[Match]]:
    """For each probe, float32 (n, 128), the `count` most similar persons, best first, equal ones by id.

    `changed` are those about whom the engine is not right any more: as they are now, or None where they are not in the
    group. Raises VisageError(MODEL_CHANGED) when another model than `model` embedded a face that was looked at.

    A list names everybody who can be among the best and says below what the others are. Once all it names were
    compared, either so many were found that nobody else can be among them, or some have changed since the group was
    read, and the next list goes further. Every list names somebody new, or is the last.
    """
    known = dict(changed)
    ranked = _ranked([person for person in changed.values() if person], probes, count, model)
    pending = list(range(len(probes)))
    while pending:
        best = [[match.similarity for match in ranked[each]] for each in pending]
        lists = engine.shortlists(probes[pending], count, best, known)
        listed = {person_id for shortlist in lists for person_id in shortlist.persons}
        found = read(listed)
        known |= {person_id: found.get(person_id) for person_id in listed}
        new = _ranked(found.values(), probes, count, model)
        ranked = [_best([*ours, *theirs], count) for ours, theirs in zip(ranked, new, strict=True)]
        pending = [
            each
            for each, shortlist in zip(pending, lists, strict=True)
            if shortlist.persons and _last(ranked[each], count) < shortlist.below
        ]
    return ranked


def similarities(embeddings: np.ndarray, probe: np.ndarray) -> np.ndarray:
    """How similar embeddings (n, 128) are to a probe (128,), all float32: float32 (n,).

    The dot products, exact but for the last bit: float64 holds the product of two float32, and sums them up in an order
    that does not depend on how many embeddings there are.
    """
    return (embeddings.astype(np.float64) * probe.astype(np.float64)).sum(axis=1).astype(np.float32)


def _ranked(persons: Iterable[Person], probes: np.ndarray, count: int, model: str) -> list[list[Match]]:
    """For each probe, the most similar of these persons, by every one's most similar face."""
    persons = sorted((person for person in persons if person.faces), key=lambda person: person.id)
    faces = [face for person in persons for face in person.faces.values()]
    if not faces:
        return [[] for _probe in probes]
    if any(face.model != model for face in faces):
        raise VisageError(Reason.MODEL_CHANGED)
    embeddings = np.stack([face.embedding for face in faces])
    starts = np.concatenate([[0], np.cumsum([len(person.faces) for person in persons])])
    ranked = []
    for probe in probes:
        scores = similarities(embeddings, probe)
        order = np.argsort(-np.maximum.reduceat(scores, starts[:-1]), kind="stable")[:count]
        places = [int(starts[each] + scores[starts[each] : starts[each + 1]].argmax()) for each in order]
        ranked.append(
            [
                Match(
                    persons[each].id,
                    faces[place].id,
                    float(scores[place]),
                    faces[place].embedding,
                    persons[each].name,
                    persons[each].note,
                )
                for each, place in zip(order, places, strict=True)
            ]
        )
    return ranked


def _best(matches: Iterable[Match], count: int) -> list[Match]:
    return sorted(matches, key=lambda match: (-match.similarity, match.person_id))[:count]


def _last(matches: Sequence[Match], count: int) -> float:
    """How similar one must be to be the last of the `count` best."""
    return matches[count - 1].similarity if len(matches) >= count else -np.inf
