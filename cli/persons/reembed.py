"""`visage reembed`: re-embeds a group's faces with the current model, from their kept images."""

import argparse
import sys
from collections import Counter
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from cli.deployment.target import MODELS, Target, TargetError, failed_call
from cli.terminal.progress import Bar
from visage.api.errors import green_error
from visage.errors import VisageError


def add_command(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "reembed",
        parents=[shared],
        help="re-embed a group's faces after the model has changed",
        description="Re-embeds a group's faces from their kept images. It may be interrupted and started again.",
    )
    parser.add_argument("group", help="the group's id")
    parser.add_argument("--library", help="library of the group, see `visage client list` (default: the only one)")
    parser.add_argument("--models", type=Path, default=MODELS, help="folder of the models (default: .build/models)")
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    target = Target.of(options)
    try:
        target.adopt(options.models)
        library = target.library(options.library)
        return _walk(library, options.group)
    except VisageError as error:
        raise TargetError(green_error(error)[1]) from None
    except (BotoCoreError, ClientError) as error:
        raise failed_call(error) from None


def _walk(library: str, group_id: str) -> int:
    """Re-embed a group. 0 when every face is the current model's, 1 when some cannot be, 130 when interrupted."""
    # Imported now, because the environment's settings name the deployment only after `adopt`.
    from visage.gallery.index.view import view
    from visage.gallery.persons.store import Library
    from visage.gallery.upkeep.reembed import Outcome, reembed

    group = view(library, group_id)
    bar, counts, impossible = Bar(group.faces, "faces"), Counter[Outcome](), []
    try:
        for face in reembed(Library(library), group):
            counts[face.outcome] += 1
            bar.show(counts.total())
            if face.outcome.impossible:
                impossible.append(face)
    except KeyboardInterrupt:
        bar.end()
        print(f"interrupted after {counts.total()} of {group.faces} faces; run the same command to continue")
        return 130
    bar.end()
    for outcome, number in counts.items():
        print(f"{number:>8,}  {outcome.value}")
    for face in impossible:
        print(f"{face.person_id}  {face.face_id}  {face.outcome.value}", file=sys.stderr)
    return 1 if impossible else 0
