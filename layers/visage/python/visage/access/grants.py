"""Upload grants: temporary STS credentials for one client, and a form that a browser posts with them.

Their role may put objects below the upload prefixes of all libraries and do nothing else. A session policy restricts
each grant to the client's own prefixes, so neither credentials nor form reach another client's.
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
"""Maximum lifetime of a grant in seconds."""
LARGEST = GREEN.bytes
"""Maximum bytes of a file uploaded with the form."""

_SHORTEST = 15 * 60
"""Minimum duration of an STS session in seconds."""
_LONGEST_NAME = 64
"""Maximum characters of a session name."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form for a browser: post `fields`, then the file as `file`, to `url` as multipart/form-data.

    S3 replaces `${filename}` in the key by the file's own name. The form may set another key in the same folder, and
    another image type.
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
    """Prefix of the client's images, unique to this grant, without a trailing slash."""
    folders: Mapping[str, str]
    """Prefixes by purpose, `enrol` and `scan`, if the client may call the corresponding actions."""
    form: Form
    ticket: Ticket
    """The same right for OSS's own clients, by way of the front door."""


def grant_uploads(client: Client) -> Grant:
    """Issue a grant to `client`. The grant of a client that ends soon is short."""
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
    """Prefixes below which `client` may put objects, by kind."""
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
    # S3 encrypts uploads with the caller's permission on the bucket's key.
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
    """A form signed with the credentials, so it ends with them and allows no more."""
    bucket, s3 = settings().upload_bucket, aws.client("s3").meta
    # With the bucket in its path, an address works at every endpoint.
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
