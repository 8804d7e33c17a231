"""The RPC dialect: one path, an Action, parameters from query and form together."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from visage.access.clients import Client
from visage.api.dialects import forms
from visage.api.dialects.request import Pairs, Request
from visage.errors import Reason, VisageError

VERSIONS = frozenset({"2018-09-16", "2019-03-07"})
"""Versions of the product Cloudauth."""


@dataclass(frozen=True, slots=True)
class RpcRequest:
    """A request parsed as an RPC call, before any check."""

    parameters: Pairs
    values: Mapping[str, str]
    action: str
    version: str
    fault: VisageError | None = None
    """Why the form could not be parsed; then the parameters are only the query's."""

    @classmethod
    def read(cls, request: Request) -> "RpcRequest":
        parameters, fault = request.query, None
        try:
            parameters += request.form()
        except VisageError as error:
            fault = error
        values = MappingProxyType(dict(parameters))
        # RPC v1 signs no headers, so headers must not decide anything there.
        headers = request.headers if request.signed_by_acs3 else {}
        return cls(
            parameters=parameters,
            values=values,
            action=values.get("Action") or headers.get("x-acs-action", ""),
            version=values.get("Version") or headers.get("x-acs-version", ""),
            fault=fault,
        )

    def check_shape(self, action: str) -> None:
        """Raise VisageError unless this calls `action` in a known version, without repeated parameters."""
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
    """An admitted request and its client."""

    action: str
    client: Client
    request_id: str
    values: Mapping[str, str]
    """The parameters of query and form."""
    origin: str = ""
    """Where the client called, such as `https://faces.example.com`."""

    @property
    def library(self) -> str:
        """The library of the uploads that the call is about."""
        return self.client.own_library


def wants_xml(values: Mapping[str, str]) -> bool:
    """Whether `Format` asks for XML; any other value, such as the Python client's `None`, means JSON."""
    return values.get("Format", "").upper() == "XML"


def requested_action(request: Request) -> str:
    """The Action by which the RPC front door chooses a handler; "" if there is none.

    The form, which may contain megabytes of images, is parsed only if the query has no Action, and then only for it.
    """
    action = dict(request.query).get("Action")
    if action:
        return action
    try:
        action = forms.first(request.body, "Action")
    except VisageError:
        return ""
    return action or (request.headers.get("x-acs-action", "") if request.signed_by_acs3 else "")
