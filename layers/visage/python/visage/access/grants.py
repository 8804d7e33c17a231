"""Rights to upload: temporary credentials that STS gives for one client, and a form that a browser posts with them.

The role behind them may put objects below every library's prefixes for uploads and do nothing else. A session of it is
bound by a policy of its own to the client's prefixes, so that neither the credentials nor the form reach any other's.
"""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.auth import S3SigV4PostAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials

from visage import aws
from visage.access import tickets
from visage.access.clients import Client
from visage.access.tickets import Ticket
from visage.media.limits import GREEN
from visage.settings import settings

SECONDS = 30 * 60
"""How long a grant lasts at most."""
LARGEST = GREEN.bytes
"""Bytes of a file that a form takes."""

_SHORTEST = 15 * 60
"""STS gives no session for less."""
_LONGEST_NAME = 64
"""Characters in the name of a session."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a browser posts: to `url`, as multipart/form-data, these fields and then the file, named `file`.

    S3 puts the file's own name where the key says `${filename}`; the form may set another key in the same folder, and
    another type of image.
    """

    url: str
    fields: Mapping[str, str] = field(repr=False)

    @property
    def policy(self) -> str:
        """The signed policy, in Base64."""
        return self.fields["policy"]

    @property
    def signature(self) -> str:
        return self.fields["x-amz-signature"]


@dataclass(frozen=True, slots=True)
class Grant:
    """The right to put objects below some prefixes of the upload bucket, until `ends`."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)
    ends: datetime
    endpoint: str
    """Of S3, for its clients."""
    region: str
    bucket: str
    folder: str
    """Where the client's images go; no other grant names the same. Without a slash at its end."""
    folders: Mapping[str, str]
    """Where images have a purpose: `enrol` and `scan`, as far as the client may do what comes of it."""
    form: Form
    ticket: Ticket
    """The same right for OSS's own clients, by way of the front door."""


def grant_uploads(client: Client) -> Grant:
    """A new grant for `client`. A client that itself ends soon gets a short one."""
    allowed = prefixes(client)
    answer = aws.client("sts").assume_role(
        RoleArn=settings().upload_role,
        RoleSessionName=client.id[:_LONGEST_NAME],
        DurationSeconds=_seconds(client),
        Policy=json.dumps(_session_policy(allowed), separators=(",", ":")),
    )
    given = answer["Credentials"]
    credentials = ReadOnlyCredentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    s3 = aws.client("s3").meta
    folder = f"{allowed['uploads']}/{secrets.token_urlsafe(12)}"
    return Grant(
        key_id=credentials.access_key,
        secret=credentials.secret_key,
        token=credentials.token,
        ends=given["Expiration"],
        endpoint=s3.endpoint_url,
        region=s3.region_name,
        bucket=settings().upload_bucket,
        folder=folder,
        folders={kind: prefix for kind, prefix in allowed.items() if kind != "uploads"},
        form=_form(folder, given["Expiration"], credentials),
        ticket=tickets.issue(client, given["Expiration"].timestamp()),
    )


def prefixes(client: Client) -> dict[str, str]:
    """By kind, where `client` may put objects."""
    kinds = {
        "uploads": True,
        "enrol": client.may("AddPerson") and client.may("AddFaces"),
        "scan": client.may("ImageAsyncScan"),
    }
    return {kind: f"{client.own_library}/{kind}" for kind, may in kinds.items() if may}


def _seconds(client: Client) -> int:
    if client.ends is None:
        return SECONDS
    return int(min(max(client.ends - time.time(), _SHORTEST), SECONDS))


def _session_policy(prefixes: Mapping[str, str]) -> dict[str, Any]:
    partition = settings().upload_role.split(":")[1]
    bucket = f"arn:{partition}:s3:::{settings().upload_bucket}"
    resources = [f"{bucket}/{prefix}/*" for prefix in prefixes.values()]
    # S3 encrypts what is put with the caller's right to the bucket's key.
    s3 = f"s3.{aws.client('s3').meta.region_name}.amazonaws.com*"  # in China, another domain
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:PutObject", "Resource": resources},
            {
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": f"arn:{partition}:kms:*:*:key/*",
                "Condition": {"StringLike": {"kms:ViaService": s3}},
            },
        ],
    }


def _form(folder: str, ends: datetime, credentials: ReadOnlyCredentials) -> Form:
    """Signed by the credentials, so that it ends with them and may do no more than they."""
    bucket, s3 = settings().upload_bucket, aws.client("s3").meta
    # With the bucket in its path an address holds at every endpoint.
    request = AWSRequest(method="POST", url=f"{s3.endpoint_url}/{bucket}")
    fields = {"key": f"{folder}/${{filename}}", "Content-Type": "image/jpeg", "success_action_status": "204"}
    request.context["s3-presign-post-fields"] = fields
    request.context["s3-presign-post-policy"] = {
        "expiration": ends.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "conditions": [
            {"bucket": bucket},
            ["starts-with", "$key", f"{folder}/"],
            ["starts-with", "$Content-Type", "image/"],
            ["content-length-range", 1, LARGEST],
            {"success_action_status": "204"},
        ],
    }
    S3SigV4PostAuth(credentials, "s3", s3.region_name).add_auth(request)
    return Form(request.url, fields)
