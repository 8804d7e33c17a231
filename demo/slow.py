"""Explains failed calls: a machine may be too slow or too busy for a call's time limit."""

import os

from aliyunsdkcore.acs_exception.exceptions import ClientException

_TIMEOUTS = ("SDK.HttpError", "SDK.ServerUnreachable")


def explained(error: ClientException) -> str:
    """A sentence for the terminal."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    busy = f"its load is {load:.0f} on {os.cpu_count()} cores" if load else "it is busy"
    slow = error.get_error_code() in _TIMEOUTS or "Timeout" in str(error.get_error_code())
    if slow:
        return (
            f"this machine did not answer a call in time: {busy}, and each function starts a process of its own. "
            "Close other programs and try again."
        )
    return f"a call was refused: {error.get_error_code()}: {error.get_error_msg()}"
