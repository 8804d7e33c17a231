"""`visage`: the command line of a deployment on AWS or of the local stack.

Compares, describes and finds faces, manages persons, runs a deployment.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version

from cli import completion
from cli.deployment.target import TargetError, add_target_options
from cli.images import compare, draw, looking
from cli.operations import call, client, console, dismantle, replay, status
from cli.persons import enrol, library, moving, reembed
from cli.privacy import erasure, retention

_EPILOG = """\
exit status:
  0    done
  1    done, with problems that the output names, such as a refused photo
       or remnants of a person
  2    not done: a sentence on stderr says why; also for wrong usage
  130  interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    Exit status 0: success. 1: the command ran, and reports problems (remnants of a person, refused photos). 2: it could
    not run, and one sentence on stderr says why; also for wrong usage.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except TargetError as error:
        print(f"visage: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    add_target_options(shared)
    parser = argparse.ArgumentParser(
        prog="visage", description=__doc__, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"visage {version('visage')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    compare.add_command(commands, shared)
    looking.add_commands(commands, shared)
    library.add_commands(commands, shared)
    call.add_command(commands, shared)
    console.add_command(commands, shared)
    draw.add_command(commands)
    client.add_commands(commands, shared)
    enrol.add_command(commands, shared)
    erasure.add_commands(commands, shared)
    reembed.add_command(commands, shared)
    moving.add_commands(commands, shared)
    retention.add_commands(commands, shared)
    replay.add_command(commands, shared)
    status.add_command(commands, shared)
    dismantle.add_command(commands, shared)
    completion.add_command(commands, parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
