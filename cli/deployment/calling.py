"""Calls operations of a running deployment, with signatures like those of official clients."""

import argparse
import base64
import json
import os
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cli.deployment.keys import read_keys
from cli.deployment.signing import signature_parameters
from cli.deployment.target import Target, TargetError
from visage.api.dialects.request import Request
from visage.api.security.signatures import roa_signature

GREEN = {
    "AddPerson": "/green/sface/person/add",
    "DeletePerson": "/green/sface/person/delete",
    "SetPerson": "/green/sface/person/update",
    "GetPerson": "/green/sface/person",
    "AddFaces": "/green/sface/face/add",
    "DeleteFaces": "/green/sface/face/delete",
    "GetFaces": "/green/sface/faces",
    "GetGroups": "/green/sface/groups",
    "GetPersons": "/green/sface/group/persons",
    "AddGroups": "/green/sface/person/groups/add",
    "DeleteGroups": "/green/sface/person/groups/delete",
    "SearchPerson": "/green/sface/search",
    "DetectFace": "/green/face/detect",
    "ImageSyncScan": "/green/image/scan",
    "ImageAsyncScan": "/green/image/asyncscan",
    "ImageAsyncScanResults": "/green/image/results",
    "UploadCredentials": "/green/credentials/uploadcredentials",
    "CreateLivenessSession": "/green/face/liveness/session",
    "VerifyLiveness": "/green/face/liveness/verify",
    "ManageClients": "/visage/clients",
}
"""Green's operations and their paths; the last three are extensions."""
RPC = ("CompareFaces", "DescribeOssUploadToken", "DescribeUploadInfo", "DetectFaceAttributes", "GetVerifyToken")
"""Cloudauth's operations."""

_SECONDS = 30


class RefusedError(TargetError):
    """The deployment refused a call, with this code and message."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code


def add_caller_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--endpoint", default=os.environ.get("VISAGE_ENDPOINT"),
        help="such as https://d111.cloudfront.net (default: $VISAGE_ENDPOINT, or the stack's own)",
    )  # fmt: skip
    keys = os.environ.get("VISAGE_CLIENT")
    parser.add_argument(
        "--client", type=Path, metavar="FILE", default=Path(keys) if keys else None,
        help="key file of `visage client create --save FILE` (default: $VISAGE_CLIENT; with --local, "
        "STATE/client.json)",
    )  # fmt: skip


@dataclass(frozen=True)
class Caller:
    """A client of a deployment."""

    endpoint: str
    """The base URL, with its scheme."""
    keys: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, options: argparse.Namespace) -> "Caller":
        """A caller by the command's options. Raises TargetError without an endpoint or keys."""
        if options.local is None and options.client is None:
            raise TargetError(
                "--local or --client FILE is required; `visage client create NAME --save FILE` writes such a file"
            )
        keys = read_keys(options.client or options.local / "client.json")
        if options.endpoint:
            return cls(options.endpoint if "://" in options.endpoint else f"https://{options.endpoint}", keys)
        target = Target.of(options)
        host = target.output("Endpoint")
        return cls(host if "://" in host else f"https://{host}", keys)

    def rpc(self, action: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Call a Cloudauth operation and return its response. Raises RefusedError, or TargetError otherwise."""
        query = {"Action": action, "Version": "2019-03-07", "Format": "JSON"}
        if "securityToken" in self.keys:
            query["SecurityToken"] = self.keys["securityToken"]
        key, secret = self.keys["accessKeyId"], self.keys["accessKeySecret"]
        query |= signature_parameters("POST", [*query.items(), *parameters.items()], key, secret)
        answer = self._post(f"/?{urlencode(query)}", urlencode(parameters).encode(), {})
        if answer.get("Success") is False or ("Message" in answer and "Success" not in answer):
            raise RefusedError(answer["Code"], answer["Message"])
        return answer

    def green(self, action: str, body: Any) -> Any:
        """Call a Green operation and return its data. Raises RefusedError, or TargetError for any other response."""
        path, content = GREEN[action], json.dumps(body).encode()
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Date": formatdate(usegmt=True),
            "x-acs-version": "2018-05-09",
            "x-acs-signature-method": "HMAC-SHA1",
            "x-acs-signature-version": "1.0",
            "x-acs-signature-nonce": secrets.token_hex(16),
        }
        if "securityToken" in self.keys:
            headers["x-acs-security-token"] = self.keys["securityToken"]
        event = {"httpMethod": "POST", "path": path, "headers": headers, "body": content.decode()}
        request = Request.from_event(event)
        signature = roa_signature(request, self.keys["accessKeySecret"])
        answer = self._post(path, content, headers | {"Authorization": f"acs {self.keys['accessKeyId']}:{signature}"})
        if answer.get("code") != 200:
            raise RefusedError(str(answer.get("code")), str(answer.get("msg")))
        return answer.get("data")

    def _post(self, target: str, content: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        request = urllib.request.Request(self.endpoint.rstrip("/") + target, content, dict(headers))
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            try:
                return json.load(error)
            except ValueError:
                raise TargetError(f"{self.endpoint} answered {error.code}, not in the API's format") from None
        except (OSError, ValueError) as error:
            raise TargetError(f"{self.endpoint} does not respond: {error}") from None


def image_value(text: str) -> str:
    """The image value of a request: a URL unchanged, a file as Base64. Raises TargetError for an unreadable file."""
    if text.startswith(("http://", "https://", "oss://", "base64://")):
        return text
    try:
        return "base64://" + base64.b64encode(Path(text).read_bytes()).decode()
    except OSError as error:
        raise TargetError(f"cannot read {text}: {error.strerror}") from None
