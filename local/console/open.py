"""Opens the console of a stack."""

from pathlib import Path

from console import bundle
from local.console.desk import Operator
from local.console.site import Console
from local.first_client import Client
from local.gateway.gateway import Gateway
from local.template.model import Template


def console(gateway: Gateway, client: Client, wanted: Template, state: Path, endpoint: str) -> Console | None:
    """The console that this gateway is to answer with; None where the page's parts were not fetched."""
    if not (bundle.VENDORED / "stamp").is_file():
        return None
    operator = Operator(client, wanted, state, endpoint, gateway.url)
    return Console(gateway.answer, client, operator.desk(), endpoint, operator.inbox)
