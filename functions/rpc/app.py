"""The RPC front door "/": picks the operation by Action and calls its handler in process."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from visage.api.operation import rpc_operation
from visage.api.request import Request
from visage.api.rpc import RpcCall, requested_action
from visage.errors import Reason, VisageError

# Imported when first called, so that an operation pays only for what it needs itself.
MODULES = {
    "CompareFaces": "compare_faces.app",
    "DescribeOssUploadToken": "describe_oss_upload_token.app",
    "DescribeUploadInfo": "describe_upload_info.app",
    "DetectFaceAttributes": "detect_face_attributes.app",
    "GetVerifyToken": "get_verify_token.app",
}


@rpc_operation(action="")
def refuse(_call: RpcCall) -> Mapping[str, Any]:
    """Answers what asks for no action of ours; the check of the request's shape says so before anything is proved."""
    raise VisageError(Reason.UNKNOWN_ACTION)


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    module = MODULES.get(requested_action(Request.from_event(event)))
    return import_module(module).handler(event, context) if module else refuse(event, context)
