"""DescribeOssUploadToken: temporary credentials for uploads, and a form for browsers."""

from collections.abc import Mapping
from typing import Any

from visage.access.grants import grant_uploads
from visage.api.dialects.rpc import RpcCall
from visage.api.operation import rpc_operation
from visage.api.payloads.uploads import upload_token


@rpc_operation("DescribeOssUploadToken", methods=("POST", "GET"), bare=True)
def handler(call: RpcCall) -> Mapping[str, Any]:
    return upload_token(grant_uploads(call.client), call.origin)
