"""The whole local stack: cloud, functions, gateway and triggers, started and stopped together."""

import errno
import fcntl
import json
import os
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from local.cloud.client import CloudProcess, aws_client, aws_environment
from local.console.open import console
from local.files import write_json
from local.first_client import Client, client_path, ensure_client, settings_of
from local.functions.keeper import keep
from local.functions.nursery import Nursery
from local.functions.pool import Pool
from local.functions.processes import uninterrupted
from local.functions.runtime import Answer, ExecutionEnvironment
from local.gateway.gateway import Gateway
from local.template.event_sources import BucketTrigger
from local.template.intrinsics import REGION, STACK
from local.template.model import Function, Template
from local.template.read import read_template
from local.triggers.triggers import Poller, poller

ROOT = Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "template.yaml"
_CALLED = ("ssm", "sqs", "dynamodbstreams")
"""Services that this process calls itself."""


class StackError(Exception):
    """The stack cannot start; the message says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack."""

    url: str
    """Base URL of the API."""
    endpoint: str
    """Endpoint URL for AWS SDKs."""
    client: Client | None
    """The first client; None where no function has a VISAGE_CLIENT_PATH."""
    client_file: Path
    state: Path
    functions: Mapping[str, Pool]
    """By their names in the template."""
    orphaned: tuple[str, ...]
    """Stored data whose resource the template no longer has, such as `dynamodb/OldTable`."""

    @property
    def processes(self) -> list[int]:
        """Ids of the functions' processes."""
        return [pid for pool in self.functions.values() for pid in pool.processes]


@contextmanager
def serve(
    port: int = 0,
    state: Path = Path(".local"),
    template_file: Path = TEMPLATE,
    parameters: Mapping[str, str] | None = None,
) -> Iterator[Stack]:
    """Run the stack until the block ends; port 0 means any free port. Raises StackError, TemplateError, CloudError."""
    template = read_template(template_file, parameters)
    if template.api is None:
        raise StackError(f"{template_file} has no AWS::Serverless::Api to serve")
    with ExitStack() as cleanup:
        lock = cleanup.enter_context(claim(state))
        if not lock:
            raise StackError(f"the state folder {state} is in use by another stack: stop it, or give --state DIR")
        description = state / "stack.json"
        description.unlink(missing_ok=True)  # left over if the last stack was killed
        cleanup.callback(description.unlink, missing_ok=True)
        pools: dict[str, Pool] = {}
        gateway = _listen(template, port, lambda function, payload: pools[function].invoke(payload))
        cleanup.callback(gateway.server_close)
        with uninterrupted():
            cloud = CloudProcess(template, state, log_file(state, "aws"), lock)
            cleanup.callback(cloud.stop)
        warming = ThreadPoolExecutor(thread_name_prefix="warming")
        cleanup.callback(warming.shutdown)
        # boto3 is imported, and what it reads of these services read, while the others start.
        boto3_ready = warming.submit(lambda: [aws_client(service, cloud.endpoint) for service in _CALLED])
        pollers: list[Poller] = []
        cleanup.callback(lambda: [polling.join() for polling in pollers])
        with uninterrupted():
            nursery = Nursery(aws_environment(cloud.endpoint), state)
            cleanup.callback(nursery.stop)
            nursery.begin()
        pools |= {
            name: _pool(function, template, cloud.endpoint, state, nursery)
            for name, function in template.functions.items()
        }
        for pool in pools.values():
            cleanup.callback(pool.stop)
        cleanup.callback(nursery.refuse)
        cleanup.callback(keep(pools.values()))
        warm = {name: warming.submit(pools[name].warm_up) for name in _samples(template)}
        orphaned = cloud.wait_until_ready()
        boto3_ready.result()  # it makes its clients one after the other
        client = ensure_client(template, state, cloud.endpoint)
        for name, result in warm.items():
            if failure := result.result():
                raise StackError(f"{name} cannot start: {_message(failure)} ({log_file(state, name)})")
        for trigger in template.triggers:
            polling = poller(trigger, lambda function, payload: pools[function].invoke(payload), cloud.endpoint)
            polling.start()
            pollers.append(polling)
            cleanup.callback(polling.stop)
        if client:
            gateway.console = console(gateway, client, template, state, cloud.endpoint)
        serving = threading.Thread(target=gateway.serve_forever, args=(0.05,), daemon=True)
        serving.start()
        cleanup.callback(gateway.stop)
        write_json(description, {
            "url": gateway.url,
            "endpoint": cloud.endpoint,
            "region": REGION,
            "stack": STACK,
            "tables": [table["TableName"] for table in template.tables],
            "buckets": list(template.buckets),
            "clientPath": client_path(template),
            "settings": settings_of(template),
            "events": {each.function: each.queue for each in template.triggers if isinstance(each, BucketTrigger)},
        })
        yield Stack(gateway.url, cloud.endpoint, client, state / "client.json", state, pools, tuple(orphaned))


@contextmanager
def claim(state: Path) -> Iterator[IO[str] | None]:
    """Create the state folder and lock it for this process; yields None when another process holds it. Raises
    StackError."""
    try:
        for folder in (state, state / "logs"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(state / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
    except OSError as error:
        raise StackError(f"cannot use the state folder {state}: {error.strerror}") from error
    with os.fdopen(descriptor, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield lock


def handler_environment(function: Function, template: Template, endpoint: str) -> dict[str, str]:
    """A handler's environment without Lambda's own variables. Layers are not in /opt here, so their paths differ."""
    models = template.root / ".build" / "models"
    return aws_environment(endpoint) | {"VISAGE_MODELS": str(models)} | function.environment


def log_file(state: Path, name: str) -> Path:
    """The log file of a process of the stack; holds the last run only."""
    return state / "logs" / f"{name}.log"


def _listen(template: Template, port: int, invoke: Any) -> Gateway:
    assert template.api
    try:
        return Gateway(template.api, port, invoke)
    except OverflowError as error:
        raise StackError(f"{port} is not a port: choose one up to 65535 (0 for any free port)") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StackError(f"port {port} is in use: choose another one (0 for any free port)") from error
        raise StackError(f"cannot listen on port {port}: {error.strerror}") from error


def _pool(function: Function, template: Template, endpoint: str, state: Path, nursery: Nursery) -> Pool:
    log = log_file(state, function.name)
    log.touch(mode=0o600)
    log.write_bytes(b"")
    environment = handler_environment(function, template, endpoint)
    return Pool(lambda: ExecutionEnvironment(function, environment, log, nursery.spawn), function.reserved)


def _samples(template: Template) -> set[str]:
    """One function with a route per set of layers: if these start, so will the others when they are called."""
    assert template.api
    return set({template.functions[route.function].layers: route.function for route in template.api.routes}.values())


def _message(failure: Answer) -> str:
    return str(json.loads(failure.payload).get("errorMessage", "no reason given"))
