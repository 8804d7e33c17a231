"""What the terminal is told of functions that fail."""

import json
import sys

from local.functions.runtime import Answer


def complain(function: str, what: str, request_id: str = "") -> None:
    """A line on the terminal about a function that failed. Its own log, in the state folder, tells more."""
    told = f" (request {request_id.upper()})" if request_id else ""
    print(f"{function}: {what}{told}", file=sys.stderr, flush=True)


def why(answer: Answer) -> str:
    """What ended a function: Lambda's own words; of an error in the code its kind alone: its text may be personal."""
    failure = json.loads(answer.payload)
    kind = str(failure.get("errorType", "failed"))
    said = str(failure.get("errorMessage", "")) if kind.startswith(("Runtime.", "Sandbox.", "Function.")) else ""
    return f"{kind}: {said.rpartition('Error: ')[2]}" if said else kind
