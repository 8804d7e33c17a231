"""AWS on this machine: starts `local.cloud.process` in its own process and stops it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from local.guard.sessions import ACCESS_KEY, SECRET_KEY
from local.template.event_sources import BucketTrigger
from local.template.intrinsics import REGION
from local.template.model import Template

_PASSED_ON = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "SSL_CERT_FILE", "TMPDIR")
_STOP_SECONDS = 20.0
"""Seconds allowed for saving the state at the end."""
ANSWER_SECONDS = 30.0
"""Seconds within which the local AWS answers a request on any machine that is not hopelessly busy."""


class CloudError(Exception):
    """The cloud process could not start; the message says why."""


class CloudProcess:
    """The running cloud process. Its endpoint is known, and accepts connections, before it is ready.

    It holds the state folder's lock too, by inheriting `claim`: when its parent is killed, nobody else may read the
    state before it is saved.
    """

    def __init__(self, template: Template, state: Path, log: Path, claim: IO[str]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._log = log
        self._ready = False
        log.touch(mode=0o600)
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "local.cloud.process"),
                    *(str(self._listener.fileno()), str(state.resolve() / "aws")),
                ],
                cwd=Path(__file__).resolve().parents[2],
                env=aws_environment(self.endpoint),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                pass_fds=[self._listener.fileno(), claim.fileno()],
                start_new_session=True,
            )
        self._listener.close()
        assert self._process.stdin
        with suppress(BrokenPipeError):  # it has died: `wait_until_ready` says of what
            self._process.stdin.write(json.dumps(_resources(template)).encode() + b"\n")
            self._process.stdin.flush()

    def wait_until_ready(self) -> list[str]:
        """Wait for the process; return the names of stored data without a resource in the template. Raises
        CloudError."""
        assert self._process.stdout
        orphaned, ready = self._process.stdout.readline(), self._process.stdout.readline()
        if ready != b"ready\n":
            raise CloudError(f"the local AWS did not start: {self._last_log_line()}")
        self._ready = True
        return json.loads(orphaned)

    def stop(self) -> None:
        """Close the process's input, which makes it save the state and exit."""
        assert self._process.stdin and self._process.stdout
        with suppress(BrokenPipeError):  # it has exited already
            self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        if self._ready and self._process.returncode:
            print(f"the state may not be saved: {self._last_log_line()}", file=sys.stderr, flush=True)

    def _last_log_line(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return f"{lines[-1] if lines else 'no reason given'} ({self._log})"


def aws_client(service: str, endpoint: str) -> Any:
    """A boto3 client for the local cloud."""
    # Imported here, so that a stack without triggers starts without boto3.
    import boto3
    from botocore.config import Config

    return boto3.client(
        service,
        REGION,
        endpoint_url=endpoint,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        config=Config(
            connect_timeout=5,
            read_timeout=ANSWER_SECONDS,
            retries={"total_max_attempts": 1},
            proxies={},
            # by default, boto3 signs presigned URLs with version 2 in some regions
            signature_version="s3v4" if service == "s3" else None,
        ),
    )


def aws_environment(endpoint: str) -> dict[str, str]:
    """Environment variables that direct AWS SDKs to the local cloud, with what any process needs of the caller's
    environment."""
    return {key: os.environ[key] for key in _PASSED_ON if key in os.environ} | {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _resources(template: Template) -> Mapping[str, Any]:
    notifications: dict[str, list[Mapping[str, Any]]] = {}
    queues = list(template.queues)
    for trigger in template.triggers:
        if isinstance(trigger, BucketTrigger):
            queues.append({"QueueName": trigger.queue})
            notifications.setdefault(trigger.bucket, []).append(
                {"queue": trigger.queue, "events": trigger.events, "rules": trigger.rules}
            )
    return {
        "tables": template.tables,
        "buckets": template.buckets,
        "vectorBuckets": template.vector_buckets,
        "queues": queues,
        "notifications": notifications,
        "roles": template.roles,
    }
