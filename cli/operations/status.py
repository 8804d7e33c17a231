"""`visage status`: shows contents, queues, dead-letter queues and alarms of a deployment."""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cli.deployment.target import Target, failed_call
from cli.operations.replay import LETTERS

_QUEUES = {"ScanQueue": "scans that wait", "CallbackQueue": "callbacks that wait"}
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_WAITING = "ApproximateNumberOfMessages"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the status."""

    about: str
    name: str
    value: Any
    amiss: bool = False


def add_command(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "status",
        parents=[shared],
        help="show the contents, queues, failed work and alarms",
        description="Shows contents, queues, failed work and alarms of a deployment. Exit status 1 on problems.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    target = Target.of(options)
    try:
        target.adopt()
        lines = [*_clients(target), *_libraries(), *_queues(target), *_alarms(target)]
    except (BotoCoreError, ClientError) as error:
        raise failed_call(error) from None
    (_print_json if options.json else _print)(lines)
    return 1 if any(line.amiss for line in lines) else 0


def _clients(target: Target) -> Iterator[Line]:
    clients = target.clients.all()
    yield Line("deployment", "endpoint", target.output("Endpoint"))
    yield Line("deployment", "clients", len(clients))
    yield Line("deployment", "disabled clients", sum(not client.active for client in clients))


def _libraries() -> Iterator[Line]:
    """The status of each library that has a group; persons are counted by their days of use."""
    from visage import table  # imported here: the other commands start without the gallery
    from visage.erasure.persons import libraries
    from visage.gallery.index import snapshot_files
    from visage.gallery.persons import rows
    from visage.gallery.persons.store import Library

    waiting, packed = 0, 0
    for name in libraries():
        persons = sum(1 for _row in table.rows_of(rows.usage_partition(name), attributes="pk"))
        yield Line(f"library {name}", "groups", len(Library(name).groups()))
        yield Line(f"library {name}", "persons", persons)
        editions = snapshot_files.editions(name).values()
        models = {model for edition in editions for file in edition.files for model in file.models}
        yield Line(f"library {name}", "packed groups", len(editions))
        if models:
            yield Line(f"library {name}", "models", ", ".join(sorted(models)))
        packed = max([packed, *(edition.at for edition in editions)])
        waiting += sum(1 for _row in table.rows_of(rows.changes_partition(name), attributes="pk"))
    yield Line("waiting", "changes to pack", waiting)
    if packed:
        yield Line("waiting", "last packed", time.strftime(_TIME, time.gmtime(packed)))


def _queues(target: Target) -> Iterator[Line]:
    for queue, name in _QUEUES.items():
        yield Line("waiting", name, _messages(target, queue))
    for name, letters in LETTERS.items():
        lying = _messages(target, letters.queue)
        yield Line("given up", name, lying, amiss=lying > 0)


def _messages(target: Target, queue: str) -> int:
    asked = target.client("sqs").get_queue_attributes(QueueUrl=target.queue(queue), AttributeNames=[_WAITING])
    return int(asked["Attributes"][_WAITING])


def _alarms(target: Target) -> Iterator[Line]:
    if target.local is not None:
        return
    pages = target.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{target.stack}-")
    for alarm in (alarm for page in pages for alarm in page["MetricAlarms"]):
        name = alarm["AlarmName"].removeprefix(f"{target.stack}-").rpartition("-")[0] or alarm["AlarmName"]
        yield Line("alarms", name, alarm["StateValue"].lower(), amiss=alarm["StateValue"] == "ALARM")


def _print(lines: list[Line]) -> None:
    colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    width = max(len(line.name) for line in lines)
    about = None
    for line in lines:
        if line.about != about:
            about = line.about
            print(f"\x1b[1m{about}\x1b[0m" if colours else about)
        text = f"{line.value:,}" if isinstance(line.value, int) else line.value
        row = f"  {line.name:<{width}}  {text}"
        print(f"\x1b[31m{row}\x1b[0m" if colours and line.amiss else row + ("  (!)" if line.amiss else ""))
    print("problems found, see above" if any(line.amiss for line in lines) else "all is well")


def _print_json(lines: list[Line]) -> None:
    told: dict[str, Any] = {"at": time.strftime(_TIME, time.gmtime()), "libraries": {}}
    for line in lines:
        kind, _space, library = line.about.partition(" ")
        place = told["libraries"] if kind == "library" else told
        place.setdefault(library if kind == "library" else line.about, {})[line.name] = line.value
    told["amiss"] = [f"{line.about}: {line.name}" for line in lines if line.amiss]
    print(json.dumps(told, indent=2))
