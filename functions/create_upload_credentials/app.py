"""UploadCredentials: temporary credentials for uploads, and a form for browsers."""

from collections.abc import Mapping
from typing import Any

from visage.access.grants import grant_uploads
from visage.api.dialects.green import GreenCall
from visage.api.operation import green_operation
from visage.api.payloads.uploads import upload_credentials


@green_operation("UploadCredentials", writes=True)
def handler(call: GreenCall) -> Mapping[str, Any]:
    return upload_credentials(grant_uploads(call.client), call.origin)
