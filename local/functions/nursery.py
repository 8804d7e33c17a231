"""The zygote's parent: orders forks and hears of their ends."""

import json
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from local.functions import processes
from local.functions.processes import Process, kill_group
from local.functions.zygote import PRELOADED

_ZYGOTE = Path(__file__).with_name("zygote.py")
_PRELOADING = {
    # A fork has one processor's share, as in Lambda; threads would not survive the fork.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "ORT_DISABLE_TELEMETRY": "1",  # as the package visage sets it, which is imported only after onnxruntime here
}


class Nursery:
    """Starts handlers by forking one process that has the libraries, where the system can (Linux), or else from
    nothing; thread-safe."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = dict(environment)
        self._folder = folder.resolve()
        self._lock = threading.Lock()
        self._zygote: _Zygote | None = None
        self._stopped = False

    def begin(self) -> None:
        """Start the process now rather than at the first order."""
        if sys.platform == "linux":
            self._living()

    def spawn(
        self, handler: str, *, environment: Mapping[str, str], cwd: Path, log: IO[bytes], ended: Callable[[int], None]
    ) -> Process:
        """As `processes.spawn_handler`."""
        folders = environment.get("PYTHONPATH", "").split(":")
        if sys.platform == "linux" and not any(Path(folder, name).exists() for folder in folders for name in PRELOADED):
            child = _Child(ended)
            if self._living().fork(child, handler, environment=environment, cwd=cwd, log=log):
                return child
            if self._stopped:
                child.end(-signal.SIGKILL)
                return child
        return processes.spawn_handler(handler, environment=environment, cwd=cwd, log=log, ended=ended)

    def refuse(self) -> None:
        """Start nothing from now on; who waits for a fork that was not made yet gets a dead one."""
        self._stopped = True
        if self._zygote and not self._zygote.forked:
            self._zygote.stop()

    def stop(self) -> None:
        """Kill the process, and with it all that it forked."""
        self._stopped = True
        if self._zygote:
            self._zygote.stop()

    def _living(self) -> "_Zygote":
        with self._lock:
            if self._zygote is None or (self._zygote.lost and not self._stopped):
                self._zygote = _Zygote(self._environment, self._folder)
            return self._zygote


class _Zygote:
    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = threading.Lock()
        self._number = 0
        self._asked: dict[int, tuple[threading.Event, _Child]] = {}
        self._children: dict[int, _Child] = {}
        self.forked = self.lost = False
        said = folder / "logs" / "zygote.log"
        said.touch(mode=0o600)
        with theirs, said.open("wb") as log:
            self._process = processes.spawn(
                ["-P", str(_ZYGOTE), str(theirs.fileno()), str(folder)],
                environment={**environment, **_PRELOADING},
                cwd=folder,
                log=log,
                ended=lambda _status: None,
                pass_fds=(theirs.fileno(),),
            )
        threading.Thread(target=self._listen, daemon=True).start()

    def fork(
        self, child: "_Child", handler: str, *, environment: Mapping[str, str], cwd: Path, log: IO[bytes]
    ) -> bool:
        """Make the child a process with the handler; False if the zygote is gone."""
        started = threading.Event()
        with self._lock:
            self._number += 1
            self._asked[self._number] = started, child
            name = environment.get("AWS_LAMBDA_FUNCTION_NAME", handler)
            order = {"number": self._number, "handler": handler, "name": name, "cwd": str(cwd)}
            order["environment"] = dict(environment)
            try:
                socket.send_fds(self._orders, [json.dumps(order).encode()], [log.fileno()])
            except OSError:
                return False
        started.wait()
        return child.pid > 0

    def stop(self) -> None:
        self._process.kill()

    def _listen(self) -> None:
        while message := self._received():
            report = json.loads(message)
            if number := report.get("number"):
                started, child = self._asked.pop(number)
                child.pid = report["pid"]
                self._children[child.pid] = child
                self.forked = True
                started.set()
            else:
                self._children.pop(report["pid"]).end(report["status"])
        with self._lock:
            self.lost = True
            self._orders.close()
        for started, _child in self._asked.values():
            started.set()
        for child in self._children.values():
            child.end(-signal.SIGKILL)

    def _received(self) -> bytes:
        try:
            return self._orders.recv(65536)
        except OSError:
            return b""


class _Child:
    """A forked handler."""

    def __init__(self, ended: Callable[[int], None]) -> None:
        self.pid = 0
        self._ended = ended
        self._over = threading.Event()
        self._status: int | None = None

    def poll(self) -> int | None:
        return self._status

    def kill(self) -> None:
        if self._status is None:
            kill_group(self.pid)
        self._over.wait()

    def end(self, status: int) -> None:
        self._status = status
        self._over.set()
        self._ended(status)
