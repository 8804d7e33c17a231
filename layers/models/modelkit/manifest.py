"""The layer's manifest: which file comes from where, through what, and what it must be in the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .errors import BuildError
from .fetch import Source, read_sources, read_toml


@dataclass(frozen=True, slots=True)
class Model:
    """One file of the layer."""

    name: str
    file: str
    sha256: str
    licence: str
    """SPDX identifier; the notice itself stands in `licences/<name>.txt`."""
    source: Source | None
    """Where the weights come from; None for a file of our own under `trained/`."""
    members: tuple[str, ...] = ()
    """Files inside the source's archive that the converter takes; none when the source is the file itself."""
    converter: str | None = None
    """Module of `modelkit.convert`; None when the file is taken as it is."""
    options: Mapping[str, object] = field(default_factory=dict)


def read_manifest(path: Path) -> tuple[Model, ...]:
    """The models of `manifest.toml`. BuildError names an entry that is not whole."""
    sources = read_sources(path)
    entries = read_toml(path).get("models")
    if not entries:
        raise BuildError(f"{path.name} names no models.")
    models = []
    for name, entry in entries.items():
        origin = entry.get("source")
        try:
            models.append(
                Model(
                    name=name,
                    file=entry["file"],
                    sha256=entry["sha256"],
                    licence=entry["licence"],
                    source=None if entry.get("trained") else sources[origin],
                    members=tuple(entry.get("members", ())),
                    converter=entry.get("converter"),
                    options=entry.get("options", {}),
                )
            )
        except KeyError as error:
            raise BuildError(f"The manifest's entry {name} lacks {error.args[0] or 'a source'}.") from None
    return tuple(models)
