"""`python -m bench [PART ...]`: measures all parts, or those named, and prints their tables.

Each part runs in a process of its own on one core, writes .build/bench/PART.json, and costs nothing but its own rows
when it fails.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from bench.figures import RESULTS, Figure, Result, Skip, head, machine

PARTS = {
    "compare": "two photos of 640x480, and where the time goes",
    "large": "two photos of 12 megapixels",
    "peer": "face_recognition, on the same photos",
    "crowd": "a photo of 100 faces",
    "search": "10,000 to 1,000,000 faces",
    "http": "over HTTP against in process",
    "enrol": "faces enrolled over HTTP",
    "cold": "from the start of a process to its first answer",
    "stack": "the local stack: until it is ready, and its memory",
    "sizes": "what is deployed, unzipped",
}
_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "VISAGE_MODELS": str(RESULTS.with_name("models")),
    "VISAGE_TABLE": "-", "VISAGE_UPLOAD_BUCKET": "-", "VISAGE_CLIENT_PATH": "-",
}  # fmt: skip
"""The face pipeline alone, and nothing of a deployment, on one thread."""
_SECONDS = 600
"""After this a part is given up: ten times what one should take, as machines are busy."""


def main() -> int:
    listed = "\n".join(f"  {name:<9} {about}" for name, about in PARTS.items())
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, epilog=f"parts:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("parts", nargs="*", metavar="PART", help="one or more of the parts below (default: all)")
    wanted = parser.parse_args().parts or list(PARTS)
    if unknown := sorted(set(wanted) - set(PARTS)):
        parser.error(f"no part {', '.join(unknown)}: choose from {', '.join(PARTS)}")
    if len(wanted) == 1:
        return _measure(wanted[0])
    print(f"{machine()}; one core, processor time, medians")
    started = time.monotonic()
    failed = [part for number, part in enumerate(wanted, 1) if not _in_its_own_process(part, f"{number}/{len(wanted)}")]
    print(f"\n{len(wanted) - len(failed)} of {len(wanted)} parts in {time.monotonic() - started:.0f} s", end="")
    print(f"; not measured: {', '.join(failed)}" if failed else "")
    return int(bool(failed))


def _in_its_own_process(part: str, number: str) -> bool:
    print(f"\n[{number}] {part}: {PARTS[part]}", flush=True)
    process = subprocess.Popen([sys.executable, "-m", "bench", part], start_new_session=True)
    try:
        return process.wait(_SECONDS) == 0
    except subprocess.TimeoutExpired:
        print(f"given up after {_SECONDS} s", flush=True)
        return False
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def _measure(part: str, folder: Path = RESULTS) -> int:
    """In this process, on one core; whatever was measured is kept."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    result = Result(part)
    # Whoever is killed as too late leaves no result of a former run behind.
    result.failed = "it was not finished"
    result.write(folder)
    result.failed = ""
    print(head(), flush=True)
    try:
        figures: Callable[[], Iterator[Figure]] = import_module(f"bench.parts.{part}").figures
        for figure in figures():
            result.figures.append(figure)
            print(figure.line(), flush=True)
    except Skip as skip:
        result.skipped = str(skip)
        print(f"skipped: {skip}")
    except Exception as error:  # whatever it is, it is a row of the table
        result.failed = f"{type(error).__name__}: {error}".splitlines()[0]
        print(f"failed: {result.failed}")
    result.write(folder)
    return int(bool(result.failed))


if __name__ == "__main__":
    sys.exit(main())
