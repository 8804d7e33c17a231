"""What the local stack reads from template.yaml, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.template.event_sources import Failures, Trigger

INTEGRATION_TIMEOUT = 29.0
"""Seconds that a REST API waits for a function by default."""


@dataclass(frozen=True, slots=True)
class Route:
    path: str
    method: str
    """Upper case; `ANY` for all."""
    function: str
    timeout: float
    """Seconds until the gateway stops waiting for the function."""


@dataclass(frozen=True, slots=True)
class Function:
    name: str
    """Logical id."""
    handler: str
    code: Path
    layers: tuple[Path, ...]
    environment: Mapping[str, str]
    timeout: float
    """Seconds."""
    memory: int
    """MiB."""
    reserved: int | None
    """Reserved concurrency; None: not reserved."""
    failures: Failures


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    status: int | None
    headers: Mapping[str, str]
    templates: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Throttle:
    path: str
    method: str
    rate: float
    """Requests per second."""
    burst: int


@dataclass(frozen=True, slots=True)
class Api:
    name: str
    stage: str
    variables: Mapping[str, str]
    routes: tuple[Route, ...]
    responses: Mapping[str, GatewayResponse]
    throttles: tuple[Throttle, ...]
    distribution: Mapping[str, str] | None
    """Headers that the distribution before the API adds, whose part the local gateway plays; None without one."""
    binary_types: frozenset[str] = frozenset()
    """Content types of which functions get the bytes, in Base64; of others, text."""


@dataclass(frozen=True, slots=True)
class Template:
    root: Path
    """Folder of the template, to which CodeUri and ContentUri are relative."""
    functions: Mapping[str, Function]
    api: Api | None
    triggers: tuple[Trigger, ...]
    tables: tuple[Mapping[str, Any], ...]
    """Properties as in CloudFormation, always with TableName."""
    buckets: tuple[str, ...]
    vector_buckets: tuple[str, ...]
    queues: tuple[Mapping[str, Any], ...]
    """Properties as in CloudFormation, always with QueueName."""
    roles: Mapping[str, tuple[Mapping[str, Any], ...]]
    """Roles that functions may assume, by ARN: their permissions and boundary, as policy documents."""
