"""Makes moto's S3 event messages those of S3: moto escapes slashes in keys and has no sequencer.

"Event message structure" in the Amazon S3 user guide.
"""

import itertools
import time
from functools import wraps
from typing import Any
from urllib.parse import quote_plus

from moto.s3 import notifications

# Later events have greater numbers, even after a restart.
_sequencers = (f"{number:016X}" for number in itertools.count(time.time_ns()))


def patch_events() -> None:
    """Patch all of moto's buckets in this process; a second call does nothing."""
    if not hasattr(notifications._get_s3_event, "__wrapped__"):
        notifications._get_s3_event = _as_s3_writes(notifications._get_s3_event)


def _as_s3_writes(make: Any) -> Any:
    @wraps(make)
    def event(event_name: str, bucket: Any, key: Any, notification_id: str) -> dict[str, Any]:
        message = make(event_name, bucket, key, notification_id)
        for record in message["Records"]:
            record["s3"]["object"] |= {"key": quote_plus(key.name, safe="/"), "sequencer": next(_sequencers)}
        return message

    return event
