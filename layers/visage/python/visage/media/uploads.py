"""Objects of the deployment's own upload bucket."""

from contextlib import closing

from botocore.exceptions import ClientError, ConnectTimeoutError, HTTPClientError, IncompleteReadError, ReadTimeoutError

from visage.aws import client
from visage.errors import Reason, VisageError
from visage.media.limits import Limits
from visage.settings import settings


def read(key: str, limits: Limits) -> bytes:
    """The object `key`, refused by its announced size before it is transferred.

    VisageError: IMAGE_NOT_FOUND, IMAGE_TIMEOUT, IMAGE_TOO_LARGE. What is wrong with the bucket rather than with one of
    its objects stays botocore's own error: no caller can mend it.
    """
    try:
        answer = client("s3").get_object(Bucket=settings().upload_bucket, Key=key)
        with closing(answer["Body"]) as body:
            # HTTP delivers what was announced or less, and reading to the end tells the one from the other.
            if answer["ContentLength"] > limits.bytes:
                raise VisageError(Reason.IMAGE_TOO_LARGE, f"The image is larger than {limits.bytes} bytes.")
            return body.read()
    except ClientError as error:
        # S3 says 403 for a missing object to those who may not list the bucket.
        if error.response["Error"]["Code"] in ("NoSuchKey", "AccessDenied", "InvalidObjectState"):
            raise VisageError(Reason.IMAGE_NOT_FOUND, "The upload bucket has no such object.") from error
        raise
    except (ConnectTimeoutError, ReadTimeoutError) as error:
        raise VisageError(Reason.IMAGE_TIMEOUT, "The upload bucket did not answer in time.") from error
    except (HTTPClientError, IncompleteReadError) as error:
        raise VisageError(Reason.IMAGE_NOT_FOUND, "The object could not be read to its end.") from error
