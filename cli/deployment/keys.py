"""Key files, in the format of the local stack; those of temporary clients also contain a securityToken."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cli.deployment.target import TargetError
from visage.access.clients import Client


@contextmanager
def new_file(path: Path) -> Iterator[IO[str]]:
    """Create a key file that only this user may read; it is removed if the block fails.

    Raises TargetError if it exists already, because its keys might be lost.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise TargetError(f"{path} exists already; choose another file") from None
    except OSError as error:
        raise TargetError(f"cannot write {path}: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "w") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def write_keys(file: IO[str], client: Client) -> None:
    keys = {"accessKeyId": client.id, "accessKeySecret": client.secrets[0].value}
    if client.token is not None:
        keys["securityToken"] = client.token
    file.write(json.dumps(keys, indent=2) + "\n")


def read_keys(path: Path) -> dict[str, str]:
    """Read a key file. Raises TargetError when it contains no keys."""
    try:
        keys = json.loads(path.read_text())
        found = {name: keys[name] for name in ("accessKeyId", "accessKeySecret")}
    except OSError as error:
        raise TargetError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise TargetError(f"{path} contains no accessKeyId and accessKeySecret") from None
    return found | ({"securityToken": keys["securityToken"]} if "securityToken" in keys else {})
