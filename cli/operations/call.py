"""`visage call`: calls any operation by name with a signed request, and prints the response as JSON."""

import argparse
import json
from typing import Any

from cli.deployment.calling import GREEN, RPC, Caller, add_caller_options, image_value
from cli.deployment.target import TargetError
from cli.terminal.tables import print_json

_HELP = """\
fields:
  name=text       text; a list of texts if the name is repeated
  name=@file      an image file, sent as Base64
  name:=json      any JSON: numbers, lists, objects

examples:
  visage call CompareFaces SourceImageType=FacePic SourceImageValue=@a.jpg \\
      TargetImageType=FacePic TargetImageValue=@b.jpg --local
  visage call AddPerson personId=ann groupIds:='["staff"]' name=Ann --local
  visage call ImageSyncScan scenes:='["liveness"]' tasks:='[{"url": "https://…"}]' --local
"""


def add_command(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "call", parents=[shared], help="call any operation by name; print the response as JSON",
        formatter_class=argparse.RawDescriptionHelpFormatter, epilog=_HELP,
    )  # fmt: skip
    parser.add_argument("action", choices=sorted((*RPC, *GREEN)), metavar="ACTION", help="such as CompareFaces")
    parser.add_argument("fields", nargs="*", metavar="FIELD", help="see below")
    add_caller_options(parser)
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    body = _body(options.fields)
    caller = Caller.of(options)
    if options.action in RPC:
        print_json(caller.rpc(options.action, {name: str(value) for name, value in body.items()}))
    else:
        tasks = body.get("taskIds") if options.action == "ImageAsyncScanResults" else None
        print_json(caller.green(options.action, body if tasks is None else tasks))
    return 0


def _body(fields: list[str]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for field in fields:
        name, equals, value = field.partition("=")
        if not equals or not name.removesuffix(":"):
            raise TargetError(f"{field!r} is not name=value")
        if name.endswith(":"):
            try:
                body[name[:-1]] = json.loads(value)
            except ValueError:
                raise TargetError(f"{value!r} is not JSON; pass text as {name[:-1]}={value}") from None
            continue
        given = image_value(value[1:]) if value.startswith("@") else value
        if name in body:
            before = body[name] if isinstance(body[name], list) else [body[name]]
            body[name] = [*before, given]
        else:
            body[name] = given
    return body
