"""PutObject: an image from one of OSS's own uploaders, put into the upload bucket."""

from visage.api.oss import OssCall, oss_operation
from visage.media import uploads


@oss_operation
def handler(call: OssCall) -> None:
    uploads.write(call.key, call.content, call.content_type)
