"""The local stack's first client and what its functions are told: read from the template, kept in the state folder."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from local.cloud.client import aws_client
from local.files import write_json
from local.template.model import Template


@dataclass(frozen=True, slots=True)
class Client:
    """A client's keys."""

    id: str
    secret: str = field(repr=False)


def ensure_client(wanted: Template, state: Path, endpoint: str) -> Client | None:
    """The client whose keys lie in `client.json`; makes it, and that file, at the first start."""
    file, path = state / "client.json", client_path(wanted)
    if path is None:
        return None
    if not (file.exists() and _remembers(state / "aws")):
        from visage.access.clients import ClientStore

        made = ClientStore(path, aws_client("ssm", endpoint)).create("local")
        write_json(file, {"accessKeyId": made.id, "accessKeySecret": made.secrets[0].value})
    keys = json.loads(file.read_text())
    return Client(keys["accessKeyId"], keys["accessKeySecret"])


def _remembers(aws: Path) -> bool:
    """Whether the local AWS has been written to before; what is not saved yet is in the journal."""
    return any((aws / "journal").glob("*")) or (aws / "ssm.json").exists()


def client_path(wanted: Template) -> str | None:
    """The prefix of client keys that a function is given; None where none is."""
    paths = (function.environment.get("VISAGE_CLIENT_PATH") for function in wanted.functions.values())
    return next(filter(None, paths), None)


def settings_of(wanted: Template) -> dict[str, str]:
    """The VISAGE_ variables of all functions, merged."""
    environments = (function.environment for function in wanted.functions.values())
    return {name: value for each in environments for name, value in each.items() if name.startswith("VISAGE_")}
