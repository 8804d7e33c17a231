"""A call's CloudWatch metrics, in embedded metric format within its log line.

"CloudWatch embedded metric format specification": `_aws` says which of a line's fields are metrics. What is no metric
there (operation's outcome, request, client) can still be asked for in Logs Insights.
"""

import time
from typing import Any

from visage import stages
from visage.api.errors import TABLE
from visage.errors import Reason
from visage.settings import settings

NAMESPACE = "Visage"
STAGES = ("fetch", "decode", "detect", "embed", "search", "write")
"""Milliseconds."""
_COUNTS = ("calls", "failures", "throttled", "timeouts", "faces")
_OF_OPERATION = (("calls", "Count"), ("milliseconds", "Milliseconds"))


def metrics(outcome: str) -> dict[str, Any]:
    """The metric fields of a call's log line, which must also contain `operation` and `milliseconds`.

    A failure is ours: neither the client's to mend, nor a call whose time ran out, which a slow image can do.
    """
    reason = Reason.__members__.get(outcome)
    ours = reason is not None and TABLE[reason].status >= 500 and not TABLE[reason].business
    late = reason is Reason.OUT_OF_TIME
    values = {
        "calls": 1,
        "failures": int(ours and not late),
        "throttled": int(reason is Reason.THROTTLED),
        "timeouts": int(late),
        **{name: round(value, 2) for name, value in stages.counted().items()},
    }
    labels = stages.labels()
    if not settings().stack:
        return {**values, **labels}
    units = {**dict.fromkeys(_COUNTS, "Count"), **dict.fromkeys(STAGES, "Milliseconds"), "score": "None"}
    told = [{"Name": name, "Unit": units[name]} for name in values if name in units]
    by_operation = [{"Name": name, "Unit": unit} for name, unit in _OF_OPERATION]
    directives = [
        {"Namespace": NAMESPACE, "Dimensions": [["stack"]], "Metrics": told},
        {"Namespace": NAMESPACE, "Dimensions": [["stack", "operation"]], "Metrics": by_operation},
    ]
    if "model" in labels and "score" in values:
        # Scores of one model's embeddings, so that another one can be told from another day.
        score = [{"Name": "score", "Unit": "None"}]
        directives.append({"Namespace": NAMESPACE, "Dimensions": [["stack", "model"]], "Metrics": score})
    return {
        **values,
        **labels,
        "stack": settings().stack,
        "_aws": {"Timestamp": int(1000 * time.time()), "CloudWatchMetrics": directives},
    }
