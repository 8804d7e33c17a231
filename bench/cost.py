"""`python -m bench.cost`: what a million calls of an operation cost, from measured time and published prices.

Time is processor time (user and system) of a process that runs nothing but the handlers, on one core, and an assumed
wait for each call of an AWS service, which is counted. Of each operation's calls the lower quartile counts: other
programs never make a call cheaper, but by emptying its caches they can make it dearer. Prices are those of prices.toml.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from types import SimpleNamespace
from typing import Any

from local.first_client import Client
from local.invoke import signed
from local.stack import ROOT, serve

WAIT = 5.0
"""Milliseconds for which a call of DynamoDB, S3 or SQS is assumed to take within a region."""
MEMORY = 1769
LOGGED = 1500
"""Bytes that a call is assumed to leave in the logs: the function's line, Lambda's own three, and the API's."""
ANSWER = 1000
"""Bytes of an answer on its way out, with its headers."""
_WRITES = {"PutItem", "UpdateItem", "DeleteItem"}
_READS = {"GetItem", "Query", "BatchGetItem"}


@dataclass
class Measured:
    """One operation."""

    name: str
    cpu: list[float] = field(default_factory=list)
    """Milliseconds, of each call."""
    calls: Counter[str] = field(default_factory=Counter)
    """Calls of AWS by the name of the operation, of all calls together."""

    @property
    def processor(self) -> float:
        """Milliseconds of a call that nothing disturbs: the lower quartile."""
        return quantiles(self.cpu, n=4)[0]

    def billed(self, memory: int = MEMORY) -> float:
        """Milliseconds of one call; below 1769 MB Lambda gives less than a processor."""
        waits = WAIT * sum(self.calls.values()) / len(self.cpu)
        return self.processor * max(1.0, MEMORY / memory) + waits

    def dollars(self, prices: Mapping[str, Any], memory: int = MEMORY) -> dict[str, float]:
        """Of a million calls, by what is paid for."""
        each = {name: count / len(self.cpu) for name, count in self.calls.items()}
        table = sum(prices["dynamodb"]["write"] * count for name, count in each.items() if name in _WRITES)
        table += sum(prices["dynamodb"]["read"] * count for name, count in each.items() if name in _READS)
        # A transaction pays twice for each row: those here write three.
        table += 6 * prices["dynamodb"]["write"] * each.get("TransactWriteItems", 0)
        objects = prices["s3"]["put"] * each.get("PutObject", 0) + prices["s3"]["get"] * each.get("GetObject", 0)
        seconds = self.billed(memory) / 1000
        door = prices["cloudfront"]["request"] + prices["cloudfront"]["function"]
        costs = {
            "Lambda": prices["lambda"]["request"] + seconds * memory / 1024 * prices["lambda"]["gb_second"],
            "API Gateway": prices["api_gateway"]["request"],
            "CloudFront": door + ANSWER / 1e9 * prices["cloudfront"]["gb_out"],
            "DynamoDB, S3": table + objects,
            "logs, traces": LOGGED / 1e9 * prices["logs"]["gb"] + prices["xray"]["trace"] * prices["xray"]["share"],
        }
        return {name: 1e6 * cost for name, cost in costs.items()}


class Handlers:
    """The functions of a running local stack, called in this process."""

    def __init__(self, client: Client) -> None:
        self._client = client
        from visage import aws

        self._counted: Counter[str] = Counter()
        for service in ("dynamodb", "s3", "sqs"):
            aws.client(service).meta.events.register("before-call", self._count)

    def _count(self, model: Any, **_context: Any) -> None:
        self._counted[model.name] += 1

    def call(self, module: str, measured: Measured | None = None, event: str = "", **body: Any) -> Any:
        """The answer; what it took is added to `measured`."""
        document = json.loads((ROOT / "events" / f"{event or module}.json").read_text())
        if body:
            document["body"] = json.dumps(json.loads(document["body"]) | body)
        document = signed(document, self._client)
        handler = import_module(f"{module}.app").handler
        self._counted.clear()
        started = time.process_time()
        answer = handler(document, SimpleNamespace(get_remaining_time_in_millis=lambda: 600_000))
        taken = 1000 * (time.process_time() - started)
        content = json.loads(answer["body"])
        assert answer["statusCode"] == 200 and content.get("Code", content.get("code")) in ("1", 200), content
        if measured is not None:
            measured.cpu.append(taken)
            measured.calls.update(self._counted)
        return content


def measure(handlers: Handlers, repeats: int) -> Iterator[Measured]:
    """Each operation's calls, in turn; the first of each is not counted, as it loads what later ones find."""
    operations = {name: Measured(name) for name in (
        "CompareFaces", "DetectFace", "ImageSyncScan, liveness", "AddPerson", "AddFaces", "SearchPerson", "GetPerson",
    )}  # fmt: skip
    task = json.loads(json.loads((ROOT / "events" / "search_person.json").read_text())["body"])
    for number in range(repeats + 1):
        kept = operations if number > 0 else {}
        person = f"cost-{number}"
        handlers.call("compare_faces", kept.get("CompareFaces"))
        handlers.call("detect_face", kept.get("DetectFace"))
        handlers.call("scan_image", kept.get("ImageSyncScan, liveness"), "scan_image.liveness")
        handlers.call("add_person", kept.get("AddPerson"), personId=person, groupIds=["cost"])
        handlers.call("add_faces", kept.get("AddFaces"), personId=person)
        handlers.call("get_person", kept.get("GetPerson"), personId=person)
        handlers.call("search_person", kept.get("SearchPerson"), **_in_group(task, "cost"))
    yield from operations.values()


def measure_alone(description: Mapping[str, Any], client: Client, repeats: int) -> tuple[list[Measured], float]:
    """In a process of its own, whose time is that of the handlers: what was measured, and its peak of memory in MiB."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    _adopt(description)
    found = list(measure(Handlers(client), repeats))
    return found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _in_group(body: dict[str, Any], group: str) -> dict[str, Any]:
    if "groupId" in body:
        return body | {"groupId": group}
    tasks = [task | {"extras": task.get("extras", {}) | {"groupId": group}} for task in body["tasks"]]
    return body | {"tasks": tasks}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.cost", description=__doc__)
    parser.add_argument("--repeats", type=int, default=40, metavar="N", help="calls of each operation (default: 40)")
    parser.add_argument("--json", action="store_true", help="print figures for programs")
    options = parser.parse_args()
    prices = tomllib.loads((ROOT / "bench" / "prices.toml").read_text())
    with tempfile.TemporaryDirectory() as state, serve(port=0, state=Path(state)) as stack:
        description = json.loads(Path(state, "stack.json").read_text())
        assert stack.client
        with ProcessPoolExecutor(1, get_context("spawn")) as worker:
            found, peak = worker.submit(measure_alone, description, stack.client, options.repeats).result()
    (_print_json if options.json else _print)(found, prices, peak)


def _adopt(described: Mapping[str, Any]) -> None:
    """Lets this process work as the stack's functions do."""
    os.environ |= described["settings"] | {
        "AWS_ENDPOINT_URL": described["endpoint"], "AWS_DEFAULT_REGION": described["region"],
        "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
        "VISAGE_MODELS": str(ROOT / ".build" / "models"), "POWERTOOLS_LOG_LEVEL": "ERROR",
    }  # fmt: skip
    sys.path.insert(0, str(ROOT / "functions"))


def _print(found: list[Measured], prices: Mapping[str, Any], peak: float) -> None:
    columns = list(found[0].dollars(prices))
    print(f"US dollars for a million calls, {prices['region']}, prices of {prices['date']}, {MEMORY} MB, warm")
    print(f"n = {len(found[0].cpu)} calls each; {WAIT:g} ms assumed for each call of AWS; all handlers in one process "
          f"take {peak:.0f} MB at most\n")  # fmt: skip
    print(f"| operation | processor (median) | AWS calls | billed | {' | '.join(columns)} | together |")
    print("|---|" + "---:|" * (len(columns) + 4))
    for each in found:
        costs = each.dollars(prices)
        asked = sum(each.calls.values()) / len(each.cpu)
        cells = (
            each.name, f"{each.processor:.0f} ms ({median(each.cpu):.0f})", f"{asked:.1f}", f"{each.billed():.0f} ms",
            *(f"{cost:.2f}" for cost in costs.values()), f"**{sum(costs.values()):.2f}**",
        )  # fmt: skip
        print(f"| {' | '.join(cells)} |")
    for name, price in prices["others"].items():
        print(f"\n{name} asks {1e6 * price:,.0f} for a million comparisons.")
    print("\nLambda's share by memory, dollars (billed ms); below 1769 MB a function has less than a processor:\n")
    sizes = (512, 1024, 1769, 3008)
    print(f"| operation | {' | '.join(f'{size} MB' for size in sizes)} |")
    print("|---|" + "---:|" * len(sizes))
    for each in found:
        cells = [f"{each.dollars(prices, size)['Lambda']:.2f} ({each.billed(size):.0f})" for size in sizes]
        print(f"| {each.name} | {' | '.join(cells)} |")


def _print_json(found: list[Measured], prices: Mapping[str, Any], peak: float) -> None:
    print(json.dumps({
        "date": prices["date"], "region": prices["region"], "peakMegabytes": round(peak),
        "operations": {each.name: {
            "n": len(each.cpu), "processorMs": round(each.processor, 1),
            "medianProcessorMs": round(median(each.cpu), 1), "billedMs": round(each.billed(), 1),
            "dollarsPerMillion": {name: round(cost, 2) for name, cost in each.dollars(prices).items()},
        } for each in found},
    }, indent=2))  # fmt: skip


if __name__ == "__main__":
    main()
