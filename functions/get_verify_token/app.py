"""GetVerifyToken: the predecessor of DescribeOssUploadToken. Of its response we provide only the upload credentials."""

from collections.abc import Mapping
from typing import Any

from visage.access.grants import grant_uploads
from visage.api.dialects.rpc import RpcCall
from visage.api.operation import rpc_operation
from visage.api.payloads.uploads import sts_token


@rpc_operation("GetVerifyToken", methods=("POST", "GET"))
def handler(call: RpcCall) -> Mapping[str, Any]:
    return sts_token(grant_uploads(call.client), call.origin)
