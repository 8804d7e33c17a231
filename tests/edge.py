"""An operation for tests, behind the real edge."""

import json
import time

from visage.api.operation import rpc_operation
from visage.errors import Reason, VisageError


@rpc_operation("CompareFaces", failure=Reason.COMPARE_FAILED)
def handler(parameters):
    """Does what the parameter Do says."""
    match parameters.get("Do"):
        case "refuse":
            raise VisageError(Reason.NO_FACE, "in the source image")
        case "miss a model":
            raise VisageError(Reason.INTERNAL, "the model is missing")
        case "break":
            raise ZeroDivisionError("a secret")
    return {"SimilarityScore": 98.7913, "ConfidenceThresholds": '{"0.01":"70.02"}'}


def call(event):
    """Status and JSON body."""
    response = handler(event, None)
    return response["statusCode"], json.loads(response["body"])


def code(event):
    """Status and Code."""
    status, body = call(event)
    return status, body.get("Code")


def iso(seconds):
    """A timestamp so many seconds from now."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
