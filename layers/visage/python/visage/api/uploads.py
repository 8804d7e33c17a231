"""Rights to upload on the wire: one grant in the four shapes in which the products have handed it out.

All are as the contract has them, under the names that OSS has for its parts, and hold what S3 needs. What is beside
them is ours: `Region`, which S3's signatures name; the folders of images with a purpose; the form.
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from visage.access.grants import Form, Grant


def upload_token(grant: Grant) -> Mapping[str, Any]:
    """DescribeOssUploadToken's answer."""
    return {
        "OssUploadToken": {
            "Key": grant.key_id,
            "Secret": grant.secret,
            "Token": grant.token,
            "Expired": _milliseconds(grant),
            "EndPoint": grant.endpoint,
            "Region": grant.region,
            "Bucket": grant.bucket,
            "Path": grant.folder,
            **_folders(grant),
        },
        "Form": _form(grant.form),
    }


def sts_token(grant: Grant) -> Mapping[str, Any]:
    """GetVerifyToken's data, as far as it is about uploads."""
    return {
        "StsToken": {
            "AccessKeyId": grant.key_id,
            "AccessKeySecret": grant.secret,
            "Token": grant.token,
            "Expiration": grant.ends.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "EndPoint": grant.endpoint,
            "Region": grant.region,
            "BucketName": grant.bucket,
            "Path": grant.folder,
            **_folders(grant),
        }
    }


def upload_info(grant: Grant) -> Mapping[str, Any]:
    """DescribeUploadInfo's answer: a form alone."""
    return {
        "Accessid": grant.key_id,
        "Policy": grant.form.policy,
        "Signature": grant.form.signature,
        "Host": grant.form.url,
        "Folder": grant.folder,
        "Expire": _milliseconds(grant) // 1000,
        "Form": _form(grant.form),
    }


def upload_credentials(grant: Grant) -> Mapping[str, Any]:
    """UploadCredentials' data."""
    return {
        "accessKeyId": grant.key_id,
        "accessKeySecret": grant.secret,
        "securityToken": grant.token,
        "expiredTime": _milliseconds(grant),
        "ossEndpoint": grant.endpoint,
        "ossInternalEndpoint": grant.endpoint,  # S3 has one address for both sides
        "region": grant.region,
        "uploadBucket": grant.bucket,
        "uploadFolder": grant.folder,
        **{f"{kind}Folder": folder for kind, folder in grant.folders.items()},
        "form": {"url": grant.form.url, "fields": dict(grant.form.fields)},
    }


def _folders(grant: Grant) -> dict[str, str]:
    return {f"{kind.capitalize()}Path": folder for kind, folder in grant.folders.items()}


def _form(form: Form) -> dict[str, Any]:
    return {"Url": form.url, "Fields": dict(form.fields)}


def _milliseconds(grant: Grant) -> int:
    """Since 1970, when the grant ends."""
    return round(grant.ends.timestamp() * 1000)
