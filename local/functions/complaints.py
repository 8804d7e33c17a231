"""Reports failing functions on the terminal."""

import json
import sys

from local.functions.runtime import Answer


def complain(function: str, what: str, request_id: str = "") -> None:
    """Print a line about a function that failed; its log in the state folder has the details."""
    told = f" (request {request_id.upper()})" if request_id else ""
    print(f"{function}: {what}{told}", file=sys.stderr, flush=True)


def why(answer: Answer) -> str:
    """Why a function failed: Lambda's own message, or only the type of an error in the code, whose text may be
    personal."""
    failure = json.loads(answer.payload)
    kind = str(failure.get("errorType", "failed"))
    said = str(failure.get("errorMessage", "")) if kind.startswith(("Runtime.", "Sandbox.", "Function.")) else ""
    return f"{kind}: {said.rpartition('Error: ')[2]}" if said else kind
