"""Objects of the deployment's own upload bucket. Each belongs to the library that its key begins with."""

from contextlib import closing

from botocore.exceptions import ClientError

from visage.aws import client
from visage.errors import Reason, VisageError
from visage.media.fetch import check_encoding
from visage.media.limits import Limits
from visage.settings import settings

KEPT_BACK = ("InvalidObjectState", "InvalidRequest")
"""What S3 says of an object that its sender put into an archive, or encrypted by a key that only the sender has."""


def read(key: str, limits: Limits, library: str) -> bytes:
    """The object `key` of `library`, refused by its announced size before it is transferred.

    VisageError: NOT_PERMITTED where it is another library's, whether it exists or not; IMAGE_NOT_FOUND,
    IMAGE_TOO_LARGE. What is wrong with the bucket rather than with one of its objects, that it is slow or breaks off
    included, stays botocore's own error: the image is there, and who asks again will have it.
    """
    if not key.startswith(f"{library}/"):
        raise VisageError(Reason.NOT_PERMITTED, f"The paths of your oss:// addresses begin with {library}/.")
    try:
        answer = client("s3").get_object(Bucket=settings().upload_bucket, Key=key)
        with closing(answer["Body"]) as body:
            # HTTP delivers what was announced or less, and reading to the end tells the one from the other.
            if answer["ContentLength"] > limits.bytes:
                raise VisageError(Reason.IMAGE_TOO_LARGE, f"The image is larger than {limits.bytes} bytes.")
            check_encoding(answer.get("ContentEncoding"))
            return body.read()
    except ClientError as error:
        # S3 says 403 for a missing object to those who may not list the bucket.
        if error.response["Error"]["Code"] in ("NoSuchKey", "AccessDenied", *KEPT_BACK):
            raise VisageError(Reason.IMAGE_NOT_FOUND, "The upload bucket has no such object.") from error
        raise


def write(key: str, content: bytes, content_type: str) -> None:
    """Puts an object; whose it is, and what it holds, is looked at as with all that is put there."""
    client("s3").put_object(Bucket=settings().upload_bucket, Key=key, Body=content, ContentType=content_type)
