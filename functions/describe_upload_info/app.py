"""DescribeUploadInfo: a form for uploads from a browser."""

from collections.abc import Mapping
from typing import Any

from visage.access.grants import grant_uploads
from visage.api.dialects.rpc import RpcCall
from visage.api.operation import rpc_operation
from visage.api.payloads.uploads import upload_info


@rpc_operation("DescribeUploadInfo", methods=("POST", "GET"), bare=True)
def handler(call: RpcCall) -> Mapping[str, Any]:
    return upload_info(grant_uploads(call.client))
