"""The whole local stack: cloud, functions, gateway and triggers, started together and stopped together."""

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

from local.cloud.client import CloudProcess, aws_environment
from local.console.open import console
from local.files import write_json
from local.first_client import Client, client_path, ensure_client, settings_of
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


class StackError(Exception):
    """The stack cannot start; the message is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack."""

    url: str
    """Where clients call."""
    endpoint: str
    """Where AWS SDKs call."""
    client: Client | None
    """The first client; None where no function names a VISAGE_CLIENT_PATH."""
    client_file: Path
    state: Path
    homeless: tuple[str, ...]
    """What the state holds and the template has no place for, such as `dynamodb/OldTable`."""


@contextmanager
def serve(
    port: int = 0,
    state: Path = Path(".local"),
    template_file: Path = TEMPLATE,
    parameters: Mapping[str, str] | None = None,
) -> Iterator[Stack]:
    """Runs the stack until the block ends; port 0 is a free one. Raises StackError, TemplateError, CloudError."""
    wanted = read_template(template_file, parameters)
    if wanted.api is None:
        raise StackError(f"{template_file}: has no AWS::Serverless::Api to serve")
    with ExitStack() as running:
        claimed = running.enter_context(claim(state))
        if not claimed:
            raise StackError(f"the state folder {state} is in use by another stack: stop that one, or give --state DIR")
        description = state / "stack.json"
        description.unlink(missing_ok=True)  # a stack that was killed left it
        running.callback(description.unlink, missing_ok=True)
        pools: dict[str, Pool] = {}
        gateway = _listen(wanted, port, lambda function, payload: pools[function].invoke(payload))
        running.callback(gateway.server_close)
        with uninterrupted():
            cloud = CloudProcess(wanted, state, log_file(state, "aws"), claimed)
            running.callback(cloud.stop)
        pollers: list[Poller] = []
        running.callback(lambda: [polling.join() for polling in pollers])
        warming = ThreadPoolExecutor(thread_name_prefix="warming")
        running.callback(warming.shutdown)
        pools |= {name: _pool(function, wanted, cloud.endpoint, state) for name, function in wanted.functions.items()}
        for pool in pools.values():
            running.callback(pool.stop)
        warm = {name: warming.submit(pools[name].warm_up) for name in _samples(wanted)}
        homeless = cloud.wait_until_ready()
        client = ensure_client(wanted, state, cloud.endpoint)
        for name, result in warm.items():
            if failure := result.result():
                raise StackError(f"{name} does not start: {_message(failure)} ({log_file(state, name)})")
        for trigger in wanted.triggers:
            polling = poller(trigger, lambda function, payload: pools[function].invoke(payload), cloud.endpoint)
            polling.start()
            pollers.append(polling)
            running.callback(polling.stop)
        if client:
            gateway.console = console(gateway, client, wanted, state, cloud.endpoint)
        serving = threading.Thread(target=gateway.serve_forever, args=(0.05,), daemon=True)
        serving.start()
        running.callback(gateway.stop)
        write_json(description, {
            "url": gateway.url,
            "endpoint": cloud.endpoint,
            "region": REGION,
            "stack": STACK,
            "tables": [table["TableName"] for table in wanted.tables],
            "buckets": list(wanted.buckets),
            "clientPath": client_path(wanted),
            "settings": settings_of(wanted),
            "events": {each.function: each.queue for each in wanted.triggers if isinstance(each, BucketTrigger)},
        })
        yield Stack(gateway.url, cloud.endpoint, client, state / "client.json", state, tuple(homeless))


@contextmanager
def claim(state: Path) -> Iterator[IO[str] | None]:
    """Makes the state folder and holds it for this process; None when another one holds it. Raises StackError."""
    try:
        for folder in (state, state / "logs"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(state / "lock", os.O_WRONLY | os.O_CREAT, 0o600)
    except OSError as error:
        raise StackError(f"the state folder {state} cannot be used: {error.strerror}") from error
    with os.fdopen(descriptor, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield lock


def handler_environment(function: Function, wanted: Template, endpoint: str) -> dict[str, str]:
    """A handler's environment before Lambda's own variables; what layers bring to /opt lies elsewhere here."""
    return aws_environment(endpoint) | {"VISAGE_MODELS": str(wanted.root / ".build" / "models")} | function.environment


def log_file(state: Path, name: str) -> Path:
    """What a process of the stack writes; of the last run only."""
    return state / "logs" / f"{name}.log"


def _listen(wanted: Template, port: int, invoke: Any) -> Gateway:
    assert wanted.api
    try:
        return Gateway(wanted.api, port, invoke)
    except OverflowError as error:
        raise StackError(f"there is no port {port}: choose one up to 65535 (0 for any free one)") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StackError(f"port {port} is taken: choose another one (0 for any free one)") from error
        raise StackError(f"cannot listen on port {port}: {error.strerror}") from error


def _pool(function: Function, wanted: Template, endpoint: str, state: Path) -> Pool:
    log = log_file(state, function.name)
    log.touch(mode=0o600)
    log.write_bytes(b"")
    environment = handler_environment(function, wanted, endpoint)
    return Pool(lambda: ExecutionEnvironment(function, environment, log), function.reserved)


def _samples(wanted: Template) -> set[str]:
    """A function with a route for each set of layers: where these start, so will the others, when they are called."""
    assert wanted.api
    return set({wanted.functions[route.function].layers: route.function for route in wanted.api.routes}.values())


def _message(failure: Answer) -> str:
    return str(json.loads(failure.payload).get("errorMessage", "no reason given"))
