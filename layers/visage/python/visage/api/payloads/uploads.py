"""Upload grants on the wire, in the four formats that the products have used.

All follow the contract, and contain what OSS's clients need to upload through the front door. Our additions are
credentials for S3's clients, for files of any size, the folders with a purpose, and the form.
"""

import ipaddress
from collections.abc import Mapping
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit

from visage.access.grants import Form, Grant


def upload_token(grant: Grant, origin: str) -> Mapping[str, Any]:
    """DescribeOssUploadToken's response to a client that called at `origin`."""
    endpoint, bucket = oss_address(origin, grant.bucket)
    return {
        "OssUploadToken": {
            "Key": grant.ticket.key_id,
            "Secret": grant.ticket.secret,
            "Token": grant.ticket.token,
            "Expired": _milliseconds(grant),
            "EndPoint": endpoint,
            "Region": grant.region,
            "Bucket": bucket,
            "Path": grant.folder,
            **_folders(grant),
        },
        "S3": _s3(grant),
        "Form": _form(grant.form),
    }


def sts_token(grant: Grant, origin: str) -> Mapping[str, Any]:
    """GetVerifyToken's data, as far as uploads are concerned."""
    endpoint, bucket = oss_address(origin, grant.bucket)
    return {
        "StsToken": {
            "AccessKeyId": grant.ticket.key_id,
            "AccessKeySecret": grant.ticket.secret,
            "Token": grant.ticket.token,
            "Expiration": grant.ends.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "EndPoint": endpoint,
            "Region": grant.region,
            "BucketName": bucket,
            "Path": grant.folder,
            **_folders(grant),
        },
        "S3": _s3(grant),
    }


def upload_info(grant: Grant) -> Mapping[str, Any]:
    """DescribeUploadInfo's response: only a form."""
    return {
        "Accessid": grant.key_id,
        "Policy": grant.form.policy,
        "Signature": grant.form.signature,
        "Host": grant.form.url,
        "Folder": grant.folder,
        "Expire": _milliseconds(grant) // 1000,
        "Form": _form(grant.form),
    }


def upload_credentials(grant: Grant, origin: str) -> Mapping[str, Any]:
    """UploadCredentials' data."""
    endpoint, bucket = oss_address(origin, grant.bucket)
    return {
        "accessKeyId": grant.ticket.key_id,
        "accessKeySecret": grant.ticket.secret,
        "securityToken": grant.ticket.token,
        "expiredTime": _milliseconds(grant),
        "ossEndpoint": endpoint,
        "ossInternalEndpoint": endpoint,  # one address for both
        "region": grant.region,
        "uploadBucket": bucket,
        "uploadFolder": grant.folder,
        **{f"{kind}Folder": folder for kind, folder in grant.folders.items()},
        "s3": {f"{name[0].lower()}{name[1:]}": value for name, value in _s3(grant).items()},
        "form": {"url": grant.form.url, "fields": dict(grant.form.fields)},
    }


def oss_address(origin: str, bucket: str) -> tuple[str, str]:
    """Endpoint and bucket by which OSS's clients come to the front door at `origin`.

    They call `<bucket>.<endpoint>`, a name that no DNS would know if it stood before the front door's own. So its first
    label is the bucket to them. An address of numbers, or a name of one label, they call with the bucket in the path.
    """
    parts = urlsplit(origin)
    label, dot, rest = parts.netloc.partition(".")
    if not dot or _is_number(parts.hostname or ""):
        return origin, bucket
    return f"{parts.scheme}://{rest}", label


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _s3(grant: Grant) -> dict[str, str]:
    return {
        "EndPoint": grant.endpoint,
        "Region": grant.region,
        "Bucket": grant.bucket,
        "AccessKeyId": grant.key_id,
        "SecretAccessKey": grant.secret,
        "SessionToken": grant.token,
    }


def _folders(grant: Grant) -> dict[str, str]:
    return {f"{kind.capitalize()}Path": folder for kind, folder in grant.folders.items()}


def _form(form: Form) -> dict[str, Any]:
    return {"Url": form.url, "Fields": dict(form.fields)}


def _milliseconds(grant: Grant) -> int:
    """When the grant ends, in milliseconds since 1970."""
    return round(grant.ends.timestamp() * 1000)
