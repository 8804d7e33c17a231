"""Files of keys, as the local stack writes one; a temporary client's has its securityToken besides."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cli.target import TargetError
from visage.access.clients import Client


@contextmanager
def new_file(path: Path) -> Iterator[IO[str]]:
    """A file for keys that only this user may read, gone again where the block fails. Raises TargetError where there
    is one already: its keys might be lost."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise TargetError(f"{path} exists already; name another file") from None
    except OSError as error:
        raise TargetError(f"{path} cannot be written: {error.strerror}") from None
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
    """Raises TargetError when the file holds none."""
    try:
        keys = json.loads(path.read_text())
        found = {name: keys[name] for name in ("accessKeyId", "accessKeySecret")}
    except OSError as error:
        raise TargetError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise TargetError(f"{path} holds no accessKeyId and accessKeySecret") from None
    return found | ({"securityToken": keys["securityToken"]} if "securityToken" in keys else {})
