"""What makes a function run besides HTTP: the `Events` of a function that are not routes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.intrinsics import TemplateError
from local.patterns import Pattern, read_patterns


@dataclass(frozen=True, slots=True)
class QueueTrigger:
    function: str
    queue: str
    batch: int
    partial: bool
    """The function names the messages that failed (`ReportBatchItemFailures`)."""


@dataclass(frozen=True, slots=True)
class StreamTrigger:
    function: str
    table: str
    batch: int
    partial: bool
    retries: int
    """Further attempts for a failing batch before it is given up; -1: for ever, as Lambda does by default."""
    latest: bool
    """Only what is written after the start."""
    patterns: tuple[Pattern, ...] = ()
    """Records that match none of them are passed over; without any, none is."""


@dataclass(frozen=True, slots=True)
class BucketTrigger:
    function: str
    bucket: str
    events: tuple[str, ...]
    rules: tuple[Mapping[str, str], ...]
    """`{"Name": "prefix" | "suffix", "Value": ...}`."""
    retries: int

    @property
    def queue(self) -> str:
        """Name of the queue in which this trigger's notifications wait."""
        return f"{self.bucket}-{self.function}".replace(".", "-")[:80]


@dataclass(frozen=True, slots=True)
class ScheduleTrigger:
    function: str
    seconds: float
    input: str | None
    retries: int


Trigger = QueueTrigger | StreamTrigger | BucketTrigger | ScheduleTrigger

_UNITS = {"minute": 60, "hour": 3600, "day": 86400}


def read_trigger(kind: str, function: str, retries: int, properties: Mapping[str, Any], where: str) -> Trigger:
    """The trigger for resolved event properties; `retries` as the function has them after asynchronous failures.

    Raises TemplateError naming `where`.
    """
    reported = properties.get("FunctionResponseTypes", [])
    if set(reported) - {"ReportBatchItemFailures"}:
        raise TemplateError(f"{where}.FunctionResponseTypes: the local stack knows only ReportBatchItemFailures")
    match kind:
        case "SQS":
            queue = properties["Queue"].rpartition(":")[2]
            return QueueTrigger(function, queue, int(properties.get("BatchSize", 10)), bool(reported))
        case "DynamoDB":
            position = properties["StartingPosition"]
            if position not in ("LATEST", "TRIM_HORIZON"):
                raise TemplateError(f"{where}.StartingPosition: the local stack does not know {position}")
            return StreamTrigger(
                function=function,
                table=properties["Stream"].partition(":table/")[2].partition("/")[0],
                batch=int(properties.get("BatchSize", 100)),
                partial=bool(reported),
                retries=int(properties.get("MaximumRetryAttempts", -1)),
                latest=position == "LATEST",
                patterns=read_patterns(properties.get("FilterCriteria", {}), where),
            )
        case "S3":
            events = properties["Events"]
            rules = properties.get("Filter", {}).get("S3Key", {}).get("Rules", [])
            return BucketTrigger(
                function=function,
                bucket=properties["Bucket"],
                events=(events,) if isinstance(events, str) else tuple(events),
                rules=tuple(rules),
                retries=retries,
            )
        case "Schedule":
            rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", properties["Schedule"])
            if not rate:
                raise TemplateError(f"{where}.Schedule: the local stack knows only rate(...)")
            seconds = int(rate[1]) * _UNITS[rate[2]]
            return ScheduleTrigger(function, seconds, properties.get("Input"), retries)
    raise TemplateError(f"{where}: the local stack does not know the event type {kind}")
