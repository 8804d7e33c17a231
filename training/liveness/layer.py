"""Model layers like the one that ships, with other networks in some places: the shipped code judges by them."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from visage.faces import sessions
from visage.settings import models


def lay(folder: Path, networks: Mapping[str, bytes]) -> None:
    """Make a model layer like the shipped one, but for these networks: name in the manifest → content."""
    shipped = models().resolve()
    manifest = (shipped / "manifest.toml").read_text()
    for name, content in networks.items():
        manifest = manifest.replace(sessions.sha256(name), hashlib.sha256(content).hexdigest())
    own = {f"{name}.onnx": content for name, content in networks.items()} | {"manifest.toml": manifest.encode()}
    for path in shipped.glob("*.*"):
        place = folder / path.name
        place.unlink(missing_ok=True)
        if path.name in own:
            place.write_bytes(own[path.name])
        else:
            place.symlink_to(path)


def use(layer: Path) -> None:
    """Let this process open its networks in this folder."""
    os.environ["VISAGE_MODELS"] = str(layer)
