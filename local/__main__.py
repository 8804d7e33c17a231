"""The command line: `python -m local serve` and `python -m local invoke`."""

import argparse
import json
import shlex
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from local.cloud.client import CloudError
from local.stack import TEMPLATE, Stack, StackError, serve
from local.template.intrinsics import TemplateError

PORTRAITS = Path(".build/portraits")
"""Where `make run` leaves photos to try."""


def main() -> int:
    options = _parser().parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        return _invoke(options) if options.command == "invoke" else _serve(options)
    except (CloudError, StackError, TemplateError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0 if options.command == "serve" else 130


def _serve(options: argparse.Namespace) -> int:
    with serve(options.port, options.state, options.template, dict(options.parameter)) as stack:
        for name in stack.orphaned:
            print(f"{name}: the template no longer has this resource; its data stays in {stack.state}", file=sys.stderr)
        print(f"visage ready {stack.url}")
        for name, value in _banner(stack, options).items():
            print(f"  {name:8} {value}")
        sys.stdout.flush()
        threading.Event().wait()
    return 0


def _banner(stack: Stack, options: argparse.Namespace) -> dict[str, str]:
    """What somebody at the terminal needs next."""
    told = {"console": f"{stack.url}/console"} if stack.client else {}
    if stack.client:
        local = "--local" if stack.state == Path(".local") else f"--local {shlex.quote(str(stack.state))}"
        photos = " ".join(str(PORTRAITS / name) for name in ("obama.jpg", "obama2.jpg"))
        told |= {"keys": str(stack.client_file), "try": f".venv/bin/visage compare {photos} {local}"}
    chosen = " ".join(f"{name}={value}" for name, value in options.parameter)
    more = 'make run PARAMETERS="SuccessCode=200"; docs/deployment.md lists them'
    return told | {"logs": str(stack.state / "logs"), "options": chosen or more, "stop": "Ctrl-C"}


def _invoke(options: argparse.Namespace) -> int:
    from local.invoke import invoke

    try:
        text = sys.stdin.read() if options.event == "-" else Path(options.event).read_text(encoding="utf-8")
        event = json.loads(text)
    except (OSError, ValueError) as error:
        raise StackError(f"cannot read the event {options.event}: {error}") from error
    answer = invoke(
        options.function, event, options.state, options.template, dict(options.parameter), options.sign
    )
    print(answer.payload.decode())
    return 1 if answer.failed else 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # only once: later signals must not disturb the cleanup
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--state", type=Path, default=Path(".local"), metavar="DIR",
        help="folder for state that survives a restart (default: .local)",
    )
    shared.add_argument("--template", type=Path, default=TEMPLATE, metavar="FILE", help="default: template.yaml")
    shared.add_argument(
        "--parameter", type=_pair, action="append", default=[], metavar="NAME=VALUE",
        help="template parameter; repeatable",
    )
    parser = argparse.ArgumentParser(prog="python -m local", description="Runs the stack on this machine, without AWS.")
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", parents=[shared], help="run the stack until Ctrl-C")
    serving.add_argument("--port", type=int, default=3000, help="port; 0 for any free port (default: 3000)")
    invoking = commands.add_parser("invoke", parents=[shared], help="run a function once and print its response")
    invoking.add_argument("function", metavar="FUNCTION", help="name of the function in the template")
    invoking.add_argument("-e", "--event", required=True, metavar="EVENT", help="JSON file, or - for standard input")
    invoking.add_argument("--sign", action="store_true", help="sign the API Gateway event with the local client's key")
    return parser


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


if __name__ == "__main__":
    sys.exit(main())
