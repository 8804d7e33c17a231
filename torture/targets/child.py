"""Decodes image files one after the other in a process of its own, and says what each took.

Reads paths from standard input, a line each; answers each with a line of JSON:
{"outcome": "decoded" | the reason of a refusal | the class of another error, "seconds": processor time,
"megabytes": growth of the process's memory at its peak (MiB)}.
"""

import json
import re
import sys
import time
from pathlib import Path

from visage.errors import VisageError
from visage.media.decode import decode
from visage.media.limits import COMPARE_FACES, GREEN


def main() -> None:
    limits = {"green": GREEN, "compare": COMPARE_FACES}[sys.argv[1]]
    for line in sys.stdin:
        data = Path(line.rstrip("\n")).read_bytes()
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        memory, started = _peak(), time.process_time()
        try:
            decode(data, limits)
            outcome = "decoded"
        except VisageError as error:
            outcome = error.reason.name
        except BaseException as error:
            outcome = type(error).__name__
        seconds = time.process_time() - started
        print(json.dumps({"outcome": outcome, "seconds": seconds, "megabytes": _peak() - memory}), flush=True)


def _peak() -> float:
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


if __name__ == "__main__":
    main()
