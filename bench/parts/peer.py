"""The same two photos compared by other programs, in turn with ours."""

from collections.abc import Iterator

from bench.clock import milliseconds, paired
from bench.figures import Figure
from bench.parts.compare import work
from bench.peers.process import KINDS, peer
from bench.photos import SMALL, photo

N = 20
_GOALS = {"face_recognition": 0.1}


def figures() -> Iterator[Figure]:
    photos = [photo(SMALL, name) for name in ("obama.jpg", "obama2.jpg")]
    compare = work(*photos)
    for name in KINDS:
        ours, theirs = [], []
        with peer(name) as other:
            for number in range(N + 1):
                taken, looked = milliseconds(compare), [other.look(each) for each in photos]
                assert all(each.embedding is not None for each in looked), f"{name} finds no face"
                if number:  # the first calls load things
                    ours.append(taken)
                    theirs.append(sum(each.milliseconds for each in looked))
            about = other.about
        found = paired(ours, theirs)
        yield Figure(
            f"compare two photos of 640x480, against {name}", found.value, "ms", N, found.floor, about, found.ratio,
            goal=_GOALS.get(name),
        )  # fmt: skip
