"""An operation of each dialect for tests, behind the real edge."""

import json
import time

from visage.api.operation import green_operation, rpc_operation
from visage.errors import Reason, VisageError


@rpc_operation("CompareFaces", failure=Reason.COMPARE_FAILED)
def handler(call):
    """Does what the parameter Do says."""
    match call.values.get("Do"):
        case "refuse":
            raise VisageError(Reason.NO_FACE, "in the source image")
        case "miss a model":
            raise VisageError(Reason.INTERNAL, "the model is missing")
        case "break":
            raise ZeroDivisionError("a secret")
    return {"SimilarityScore": 98.7913, "ConfidenceThresholds": '{"0.01":"70.02"}'}


@green_operation("GetGroups")
def green_read(call):
    """Does what the field `do` says; returns what it was called with."""
    match call.body.get("do"):
        case "refuse":
            raise VisageError(Reason.GROUP_UNKNOWN, "There is no group g.")
        case "miss a model":
            raise VisageError(Reason.INTERNAL, "the model is missing")
        case "break":
            raise ZeroDivisionError("a secret")
    return {"library": call.library, "client": call.client.id, "nonce": call.nonce, "body": call.body}


@green_operation("AddPerson", writes=True)
def green_write(call):
    return call.body


@green_operation("ImageAsyncScanResults", body=list)
def green_list(call):
    return call.body


def call(event, function=handler):
    """Status and JSON body."""
    response = function(event, None)
    return response["statusCode"], json.loads(response["body"])


def code(event):
    """Status and Code."""
    status, body = call(event)
    return status, body.get("Code")


def iso(seconds):
    """A timestamp this number of seconds from now."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
