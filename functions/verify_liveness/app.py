"""VerifyLiveness: whether frames show a session's actions, performed by one live person."""

import time
from collections.abc import Mapping
from typing import Any

from visage.api.dialects.green import GreenCall
from visage.api.operation import green_operation
from visage.api.payloads.liveness import SECONDS, frame_urls, session_id, verdict_data
from visage.liveness.sessions import spend
from visage.liveness.verify import verify
from visage.settings import settings


@green_operation("VerifyLiveness", writes=True)
def handler(call: GreenCall) -> Mapping[str, Any]:
    until = time.monotonic() + SECONDS
    session, urls = session_id(call.body), frame_urls(call.body)
    actions = spend(call.library, call.client.id, session, call.request_id)
    verdict = verify(actions, call.library, urls, settings().liveness_block / 100, until)
    return verdict_data(session, verdict)
