"""The local stack's first client and its functions' settings, from the template and the state folder."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from local.cloud.client import CloudError, aws_client
from local.files import write_json
from local.template.model import Template


@dataclass(frozen=True, slots=True)
class Client:
    """A client's access key."""

    id: str
    secret: str = field(repr=False)


def ensure_client(template: Template, state: Path, endpoint: str) -> Client | None:
    """The client whose key is in `client.json`, created at the first start; None if the template has none. Raises
    CloudError."""
    file, path = state / "client.json", client_path(template)
    if path is None:
        return None
    if not (file.exists() and _remembers(state / "aws")):
        from botocore.exceptions import BotoCoreError, ClientError

        from visage.access.clients import ClientStore

        try:
            made = ClientStore(path, aws_client("ssm", endpoint)).create("local")
        except (BotoCoreError, ClientError) as error:
            raise CloudError(
                f"the local AWS did not keep the first client's key ({type(error).__name__}): this machine is too busy "
                f"for it, or it has ended ({state / 'logs' / 'aws.log'}); start again when less is running"
            ) from error
        write_json(file, {"accessKeyId": made.id, "accessKeySecret": made.secrets[0].value})
    keys = json.loads(file.read_text())
    return Client(keys["accessKeyId"], keys["accessKeySecret"])


def _remembers(aws: Path) -> bool:
    """Whether the local AWS was ever written to; unsaved changes are in the journal."""
    return any((aws / "journal").glob("*")) or (aws / "ssm.json").exists()


def client_path(template: Template) -> str | None:
    """The Parameter Store prefix of client keys, from the functions' environment; None where no function has one."""
    paths = (function.environment.get("VISAGE_CLIENT_PATH") for function in template.functions.values())
    return next(filter(None, paths), None)


def settings_of(template: Template) -> dict[str, str]:
    """The VISAGE_ variables of all functions, merged."""
    environments = (function.environment for function in template.functions.values())
    return {name: value for each in environments for name, value in each.items() if name.startswith("VISAGE_")}
