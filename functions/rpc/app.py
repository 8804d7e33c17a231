"""The RPC front door "/": picks the operation by Action and calls its handler in process."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from visage.api.dialects.request import Request
from visage.api.dialects.rpc import RpcCall, requested_action
from visage.api.operation import rpc_operation
from visage.errors import Reason, VisageError

# Imported when first called, so that an operation loads only what it needs itself.
MODULES = {
    "CompareFaces": "compare_faces.app",
    "DescribeOssUploadToken": "describe_oss_upload_token.app",
    "DescribeUploadInfo": "describe_upload_info.app",
    "DetectFaceAttributes": "detect_face_attributes.app",
    "GetVerifyToken": "get_verify_token.app",
}


@rpc_operation(action="")
def refuse(_call: RpcCall) -> Mapping[str, Any]:
    """Refuse requests for unknown actions; the check of the request's form does it before any signature is verified."""
    raise VisageError(Reason.UNKNOWN_ACTION)


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    module = MODULES.get(requested_action(Request.from_event(event)))
    return import_module(module).handler(event, context) if module else refuse(event, context)
