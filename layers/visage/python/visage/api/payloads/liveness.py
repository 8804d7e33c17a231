"""Liveness verdicts on the wire."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from visage.api.dialects import fields
from visage.api.dialects.green import OK, task_id
from visage.api.payloads.liveness_advice import finding_data
from visage.liveness.bounds import FRAMES
from visage.liveness.verify import Best, Verdict
from visage.settings import settings

SECONDS = 5.3
"""Seconds before a verification is answered with a timeout; the contract allows 6 s in total."""

_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


def session_id(body: Mapping[str, Any]) -> str:
    """The session's id. Raises VisageError(FIELD_INVALID)."""
    value = body.get("sessionId")
    if not isinstance(value, str) or not _SESSION_ID.fullmatch(value):
        raise fields.invalid("sessionId must be the id of a session.")
    return value


def frame_urls(body: Mapping[str, Any]) -> Sequence[str]:
    """The addresses of the frames. Raises VisageError(FIELD_INVALID)."""
    value, (least, most) = body.get("urls"), FRAMES
    if not isinstance(value, list) or not least <= len(value) <= most:
        given = f" {len(value)} were given." if isinstance(value, list) else ""
        raise fields.invalid(f"urls must be a list of {least} to {most} frames in the order of time.{given}")
    if not all(isinstance(url, str) and url for url in value):
        raise fields.invalid("Each of urls must be the address of an image.")
    return value


def verdict_data(session: str, verdict: Verdict) -> dict[str, Any]:
    """The response's data for a verification."""
    return {
        "code": OK,
        "taskId": task_id(),
        "sessionId": session,
        "passed": verdict.passed,
        "reasons": [flaw.value for flaw in verdict.flaws],
        "actions": [
            {"action": each.action.value, "passed": each.frame is not None, "frame": each.frame}
            for each in verdict.performances
        ],
        "details": [finding_data(finding) for finding in verdict.findings],
        "samePerson": verdict.same_person,
        "best": None if verdict.best is None else _best(verdict.best),
    }


def recapture_result(rate: float, reason: str | None = None) -> dict[str, Any]:
    """The label, suggestion and rate for a recapture score, 0–100, by the deployment's two thresholds.

    What would pass is to be reviewed if there is a `reason` for which the image cannot be judged, which is then added.
    """
    rate, bounds = round(rate, 2), settings()
    suggestion = "pass"
    if rate >= bounds.liveness_review:
        suggestion = "review"
    if rate >= bounds.liveness_block:
        suggestion = "block"
    label = "normal" if suggestion == "pass" else "liveness"
    if label == "normal" and reason is not None:
        return {"label": label, "suggestion": "review", "rate": rate, "reason": reason}
    return {"label": label, "suggestion": suggestion, "rate": rate}


def _best(best: Best) -> dict[str, Any]:
    box = best.box
    return {
        "frame": best.frame,
        "location": {"x": round(box.left), "y": round(box.top), "w": round(box.width), "h": round(box.height)},
        "recapture": recapture_result(100 * best.recapture),
    }
