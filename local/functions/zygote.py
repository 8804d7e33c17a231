"""A process that has imported what functions import, and forks one for each execution environment.

A fork shares the memory of these libraries with all others and starts in milliseconds; its environment variables,
folder, search path and log are its own from the first line of the handler on. `local.functions.nursery` starts it as
`python -P zygote.py SOCKET FOLDER` (the folder only tells whose it is), sends orders, which are JSON with the log's
descriptor, and is told what became of them. It has one thread and no connection, so that nothing is lost in a fork.
"""

import ctypes
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from typing import Any

PRELOADED = ("botocore", "aws_lambda_powertools", "numpy", "onnxruntime", "PIL")
"""Packages imported beforehand. A function with layers that bring their own is not started here."""
_MODULES = (
    *("http.client", "logging.config", "ssl", "urllib.request", "xml.etree.ElementTree"),
    *("botocore.httpsession", "botocore.parsers", "botocore.session"),
    *("aws_lambda_powertools.logging", "numpy", "onnxruntime", "PIL.Image", "PIL.ImageOps"),
    *("PIL.JpegImagePlugin", "PIL.PngImagePlugin"),
)
_SERVICES = ("dynamodb", "s3", "sqs", "ssm", "sts")
"""Services whose descriptions are read beforehand."""
_MESSAGE = 256 * 1024
_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15  # from linux/prctl.h


def main() -> None:
    orders = socket.socket(fileno=int(sys.argv[1]))
    _preload()
    order = _serve(orders)
    if order:
        # At the bottom of the stack, so that a handler's traceback begins as it does in Lambda.
        sys.argv = ["awslambdaric", order["handler"]]
        from awslambdaric.__main__ import main as run

        status = 1
        try:
            run(sys.argv)
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 1
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            # Without the libraries' own exit handlers, which wait for threads that were not forked. Lambda runs none.
            os._exit(status)


def _preload() -> None:
    for name in _MODULES:
        with suppress(ImportError):
            importlib.import_module(name)
    with suppress(ImportError):
        _read_descriptions()
    gc.collect()
    gc.freeze()  # a collection would write to, and so copy, every page


def _read_descriptions() -> None:
    """Of AWS's services, which a function's session finds again: by default each session reads them itself."""
    from botocore.loaders import JSONFileLoader
    from botocore.session import Session

    load, read = JSONFileLoader.load_file, {}

    def load_once(loader: JSONFileLoader, path: str) -> Any:
        if path not in read:
            read[path] = load(loader, path)
        return read[path]

    JSONFileLoader.load_file = load_once
    session = Session()
    for service in _SERVICES:
        session.create_client(service, "us-east-1", aws_access_key_id="-", aws_secret_access_key="-")


def _serve(orders: socket.socket) -> dict[str, Any] | None:
    """Fork until the socket closes. Returns the order in the fork, None in the zygote."""
    waker, wakened = os.pipe()
    for descriptor in (waker, wakened):
        os.set_blocking(descriptor, False)
    signal.set_wakeup_fd(wakened, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    zygote = os.getpid()
    while True:
        ready, _, _ = select.select([orders, waker], [], [])
        if waker in ready:
            os.read(waker, 4096)
            _report_the_dead(orders)
        if orders not in ready:
            continue
        message, descriptors, _flags, _address = socket.recv_fds(orders, _MESSAGE, 1)
        if not message:
            return None
        order = json.loads(message)
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            orders.close()
            os.close(waker)
            os.close(wakened)
            _become(order, descriptors[0], zygote)
            return order
        os.close(descriptors[0])
        orders.send(json.dumps({"number": order["number"], "pid": pid}).encode())


def _report_the_dead(orders: socket.socket) -> None:
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            pid, status = ended
            orders.send(json.dumps({"pid": pid, "status": os.waitstatus_to_exitcode(status)}).encode())


def _become(order: dict[str, Any], log: int, zygote: int) -> None:
    """Turn this fork into what a new process with the order's environment would be."""
    os.setsid()
    system = ctypes.CDLL(None)
    system.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != zygote:  # it died before prctl took effect
        os._exit(1)
    system.prctl(_PR_SET_NAME, order["name"].encode()[:15])
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.close(log)
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    sys.path[:0] = [order["cwd"], *filter(None, order["environment"].get("PYTHONPATH", "").split(":"))]


if __name__ == "__main__":
    main()
