"""The RPC dialect: one path, an Action, parameters from query and form together."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from visage.access.clients import Client
from visage.api import forms
from visage.api.request import Pairs, Request
from visage.errors import Reason, VisageError

VERSIONS = frozenset({"2018-09-16", "2019-03-07"})
"""Versions of the product Cloudauth."""


@dataclass(frozen=True, slots=True)
class RpcRequest:
    """A request read as an RPC call; nothing of it is checked or proved yet."""

    parameters: Pairs
    values: Mapping[str, str]
    action: str
    version: str
    fault: VisageError | None = None
    """Why the form could not be read; the parameters are the query's then."""

    @classmethod
    def read(cls, request: Request) -> "RpcRequest":
        parameters, fault = request.query, None
        try:
            parameters += request.form()
        except VisageError as error:
            fault = error
        values = MappingProxyType(dict(parameters))
        # RPC v1 signs no header, so there a header decides nothing.
        headers = request.headers if request.signed_by_acs3 else {}
        return cls(
            parameters=parameters,
            values=values,
            action=values.get("Action") or headers.get("x-acs-action", ""),
            version=values.get("Version") or headers.get("x-acs-version", ""),
            fault=fault,
        )

    def check_shape(self, action: str) -> None:
        """Raises VisageError unless this calls `action`, in a known version, with no parameter twice."""
        if self.fault is not None:
            raise self.fault
        repeated = [name for name, count in Counter(name for name, _ in self.parameters).items() if count > 1]
        if repeated:
            raise VisageError(Reason.PARAMETER_REPEATED, repeated[0][:64])
        if not self.action:
            raise VisageError(Reason.PARAMETER_REQUIRED, "Action")
        if self.action != action:
            raise VisageError(Reason.UNKNOWN_ACTION)
        if not self.version:
            raise VisageError(Reason.PARAMETER_REQUIRED, "Version")
        if self.version not in VERSIONS:
            raise VisageError(Reason.UNKNOWN_VERSION)


@dataclass(frozen=True, slots=True)
class RpcCall:
    """An admitted request: who asks, and for what."""

    action: str
    client: Client
    request_id: str
    values: Mapping[str, str]
    """The parameters of query and form."""
    origin: str = ""
    """Where the client called, such as `https://faces.example.com`."""

    @property
    def library(self) -> str:
        """Whose uploads it is about."""
        return self.client.own_library


def wants_xml(values: Mapping[str, str]) -> bool:
    """Whether `Format` asks for XML; the Python client's `Format=None` and any other word mean JSON."""
    return values.get("Format", "").upper() == "XML"


def requested_action(request: Request) -> str:
    """The Action by which the front door chooses a handler; "" when none can be read.

    The form, which can hold megabytes of images, is read only where the query does not say, and then for its Action.
    """
    action = dict(request.query).get("Action")
    if action:
        return action
    try:
        action = forms.first(request.body, "Action")
    except VisageError:
        return ""
    return action or (request.headers.get("x-acs-action", "") if request.signed_by_acs3 else "")
