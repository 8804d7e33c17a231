"""Runs the face pipeline in this process, without a server or account: it needs only the built models and the files."""

import os
from pathlib import Path
from typing import Any

from cli.deployment.target import MODELS, TargetError
from visage.errors import VisageError


def prepare(models: Path = MODELS) -> None:
    """Let this process run the networks in the folder `models`. Raises TargetError if there are none."""
    if not (models / "manifest.toml").is_file():
        raise TargetError(f"{models} contains no models; build them: make setup")
    # Settings require a whole deployment; only the liveness bounds are used here.
    unused = dict.fromkeys(("VISAGE_TABLE", "VISAGE_UPLOAD_BUCKET", "VISAGE_CLIENT_PATH"), "unused")
    os.environ |= unused | {"VISAGE_MODELS": str(models)}


def open_picture(path: str) -> Any:
    """A file as a `Picture`. Raises TargetError for an address, and for a file that is unreadable or no image."""
    from visage.media.decode import decode
    from visage.media.limits import GREEN

    if "://" in path:
        raise TargetError(f"{path.partition('://')[0]}:// is an address; --offline takes files")
    try:
        return decode(Path(path).read_bytes(), GREEN)
    except OSError as error:
        raise TargetError(f"cannot read {path}: {error.strerror}") from None
    except VisageError as error:
        raise TargetError(f"{path}: {error.detail or error.reason.name}") from None
