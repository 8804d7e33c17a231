"""The same two photos compared by face_recognition (dlib), in turn with ours."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.clock import milliseconds, paired
from bench.figures import Figure, Skip
from bench.parts.compare import work
from bench.photos import SMALL, photo
from local.stack import ROOT

N = 20
PYTHON = ROOT / ".venv-peers" / "bin" / "python"


def figures() -> Iterator[Figure]:
    if not (PYTHON.parents[1] / ".ready").exists():
        raise Skip("face_recognition is not installed: make peers")
    photos = [photo(SMALL, name) for name in ("obama.jpg", "obama2.jpg")]
    ours, theirs = [], []
    compare = work(*photos)
    with _peer(*photos) as peer:
        about = peer.about
        compare(), peer.compare()
        for _ in range(N):
            ours.append(milliseconds(compare))
            theirs.append(peer.compare())
    found = paired(ours, theirs)
    yield Figure("compare two photos of 640x480", found.value, "ms", N, found.floor, about, found.ratio, goal=0.1)


class _Peer:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin and process.stdout
        self._orders, self._answers = process.stdin, process.stdout
        package, dlib = self._answers.readline().split()
        self.about = f"face_recognition {package}, dlib {dlib}"

    def compare(self) -> float:
        """Its milliseconds of processor time."""
        self._orders.write("\n")
        self._orders.flush()
        taken, distance = map(float, self._answers.readline().split())
        assert distance < 0.6, f"it takes two photos of one person for two people: {distance}"
        return taken


@contextmanager
def _peer(*photos: bytes) -> Iterator[_Peer]:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{number}.jpg") for number in range(len(photos))]
        for path, content in zip(paths, photos, strict=True):
            path.write_bytes(content)
        command = [PYTHON, ROOT / "bench" / "peer_worker.py", *paths]
        # What it imports warns on standard error that it is old.
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            try:
                yield _Peer(process)
            finally:
                process.kill()
