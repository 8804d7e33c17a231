"""`visage reembed`: a group's faces by the present model, from their kept images."""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cli.target import Target, TargetError, failed_call
from visage.api.errors import green_error
from visage.errors import VisageError

MODELS = Path(__file__).resolve().parent.parent / ".build" / "models"
_WIDTH = 30


def add_command(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "reembed",
        parents=[shared],
        help="embed a group's faces again, after the model has changed",
        description="Embeds a group's faces from their kept images. It may be interrupted and started again.",
    )
    parser.add_argument("group", help="the group's id")
    parser.add_argument("--library", help="whose group it is; shown by `visage client list` (default: the only one)")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of the models (default: %(default)s)")
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    target = Target.of(options)
    try:
        library = options.library or _only_library(target)
        target.adopt(options.models)
        return _walk(library, options.group)
    except VisageError as error:
        raise TargetError(green_error(error)[1]) from None
    except (BotoCoreError, ClientError) as error:
        raise failed_call(error) from None


def _only_library(target: Target) -> str:
    libraries = sorted({client.own_library for client in target.clients.all()})
    if len(libraries) != 1:
        raise TargetError(f"say which --library: {', '.join(libraries) or 'there is none'}")
    return libraries[0]


def _walk(library: str, group_id: str) -> int:
    """0 when every face is the present model's, 1 when some cannot be, 130 when interrupted."""
    # Only now do the environment's settings name the deployment.
    from visage.gallery.reembed import Outcome, reembed
    from visage.gallery.store import Library
    from visage.gallery.view import view

    group = view(library, group_id)
    bar, counts, impossible = _Bar(group.faces), Counter[Outcome](), []
    try:
        for face in reembed(Library(library), group):
            counts[face.outcome] += 1
            bar.show(counts.total())
            if face.outcome.impossible:
                impossible.append(face)
    except KeyboardInterrupt:
        bar.end()
        print(f"interrupted after {counts.total()} of {group.faces} faces; the same command goes on from here")
        return 130
    bar.end()
    for outcome, number in counts.items():
        print(f"{number:>8,}  {outcome.value}")
    for face in impossible:
        print(f"{face.person_id}  {face.face_id}  {face.outcome.value}", file=sys.stderr)
    return 1 if impossible else 0


class _Bar:
    """How far the work is: on a terminal a line that grows, elsewhere a line for every tenth."""

    def __init__(self, total: int, out: Any = None) -> None:
        self._total = max(total, 1)
        self._out = out or sys.stderr
        self._started = time.monotonic()
        self._tenth = 0

    def show(self, done: int) -> None:
        share = min(1.0, done / self._total)
        rate = done / max(time.monotonic() - self._started, 1e-9)
        text = f"{done:,} of {self._total:,} faces, {rate:.0f}/s, {max(0, self._total - done) / rate:.0f} s left"
        if self._out.isatty():
            filled = round(_WIDTH * share)
            self._out.write(f"\r[{'#' * filled}{'.' * (_WIDTH - filled)}] {text}   ")
        elif int(10 * share) > self._tenth:
            self._tenth = int(10 * share)
            self._out.write(f"{10 * self._tenth} %: {text}\n")
        self._out.flush()

    def end(self) -> None:
        if self._out.isatty():
            self._out.write("\n")
