"""Event sources of a function besides HTTP: its `Events` that are not routes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.template.intrinsics import TemplateError
from local.template.patterns import Pattern, read_patterns


@dataclass(frozen=True, slots=True)
class Failures:
    """What happens to an asynchronous invocation that fails."""

    retries: int = 2
    """Attempts after the first."""
    queue: str | None = None
    """Name of the queue that receives the record when all attempts have failed."""


@dataclass(frozen=True, slots=True)
class QueueTrigger:
    function: str
    queue: str
    batch: int
    partial: bool
    """Whether the function reports which messages failed (`ReportBatchItemFailures`)."""
    at_once: int = 1000
    """The most batches handled concurrently."""


@dataclass(frozen=True, slots=True)
class StreamTrigger:
    function: str
    table: str
    batch: int
    partial: bool
    retries: int
    """Attempts after the first before a failing batch is dropped; -1: unlimited, Lambda's default."""
    latest: bool
    """Whether only records written after the start are read."""
    patterns: tuple[Pattern, ...] = ()
    """Records that match none of them are skipped; without patterns, none is."""


@dataclass(frozen=True, slots=True)
class BucketTrigger:
    function: str
    bucket: str
    events: tuple[str, ...]
    rules: tuple[Mapping[str, str], ...]
    """`{"Name": "prefix" | "suffix", "Value": ...}`."""
    failures: Failures

    @property
    def queue(self) -> str:
        """Name of the queue that holds this trigger's notifications."""
        return f"{self.bucket}-{self.function}".replace(".", "-")[:80]


@dataclass(frozen=True, slots=True)
class ScheduleTrigger:
    function: str
    seconds: float
    input: str | None
    failures: Failures


Trigger = QueueTrigger | StreamTrigger | BucketTrigger | ScheduleTrigger

_UNITS = {"minute": 60, "hour": 3600, "day": 86400}


def read_failures(config: Mapping[str, Any], where: str) -> Failures:
    """Parse a function's resolved `EventInvokeConfig`. Raises TemplateError naming `where`."""
    destinations = config.get("DestinationConfig", {})
    failure = destinations.get("OnFailure", {})
    if config.keys() - {"DestinationConfig", "MaximumRetryAttempts"} or destinations.keys() - {"OnFailure"}:
        raise TemplateError(f"{where}: the local stack supports only MaximumRetryAttempts and OnFailure")
    if failure.get("Type", "SQS") != "SQS":
        raise TemplateError(f"{where}: the local stack supports only queues as destinations")
    queue = failure["Destination"].rpartition(":")[2] if failure else None
    return Failures(int(config.get("MaximumRetryAttempts", 2)), queue)


def read_trigger(
    kind: str, function: str, failures: Failures, properties: Mapping[str, Any], where: str
) -> Trigger:
    """Parse resolved event properties; `failures` are the function's. Raises TemplateError naming `where`."""
    reported = properties.get("FunctionResponseTypes", [])
    if set(reported) - {"ReportBatchItemFailures"}:
        raise TemplateError(f"{where}.FunctionResponseTypes: the local stack supports only ReportBatchItemFailures")
    match kind:
        case "SQS":
            queue = properties["Queue"].rpartition(":")[2]
            at_once = int(properties.get("ScalingConfig", {}).get("MaximumConcurrency", 1000))
            return QueueTrigger(function, queue, int(properties.get("BatchSize", 10)), bool(reported), at_once)
        case "DynamoDB":
            position = properties["StartingPosition"]
            if position not in ("LATEST", "TRIM_HORIZON"):
                raise TemplateError(f"{where}.StartingPosition: the local stack does not support {position}")
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
                failures=failures,
            )
        case "Schedule":
            rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", properties["Schedule"])
            if not rate:
                raise TemplateError(f"{where}.Schedule: the local stack supports only rate(...)")
            seconds = int(rate[1]) * _UNITS[rate[2]]
            return ScheduleTrigger(function, seconds, properties.get("Input"), failures)
    raise TemplateError(f"{where}: the local stack does not support the event type {kind}")
