"""Temporary credentials of the local STS, and clients of S3 that use them."""

import json
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from local.cloud.client import aws_client

BUCKET = "visage-local-bucket"
ROLE = "arn:aws:iam::123456789012:role/visage-local-Uploader"


@dataclass(frozen=True)
class Session:
    """Credentials issued by STS."""

    key_id: str
    secret: str = field(repr=False)
    token: str | None = field(repr=False)

    def s3(self, endpoint: str) -> Any:
        return boto3.client(
            "s3",
            "us-east-1",
            endpoint_url=endpoint,
            aws_access_key_id=self.key_id,
            aws_secret_access_key=self.secret,
            aws_session_token=self.token,
            config=Config(retries={"total_max_attempts": 1}, signature_version="s3v4", proxies={}),
        )


def policy(*resources: str, action: Any = "s3:PutObject", **more: Any) -> str:
    """A session policy that allows an action on objects of the bucket, or on other resources by ARN."""
    arns = [each if each.startswith("arn:") else f"arn:aws:s3:::{BUCKET}/{each}" for each in resources]
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": action, "Resource": arns, **more}]})


def assume(endpoint: str, session_policy: str | None, seconds: int = 900, role: str = ROLE) -> Session:
    """Assume a role. Raises botocore's ClientError where STS refuses."""
    more = {} if session_policy is None else {"Policy": session_policy}
    answer = aws_client("sts", endpoint).assume_role(
        RoleArn=role, RoleSessionName="tests", DurationSeconds=seconds, **more
    )
    given = answer["Credentials"]
    return Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
