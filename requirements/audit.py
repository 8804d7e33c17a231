"""`make audit`: asks PyPI for known faults of all that is pinned here, of what is shipped and of what builds it."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NAMES = ("runtime", "dev", "build", "sam", "checkov", "uv")
TOOL = "pip-audit==2.10.1"
_OPTIONS = ("--strict", "--require-hashes", "--disable-pip", "--progress-spinner", "off")
_FAILED = "ERROR:pip_audit"
"""How pip-audit begins what went wrong with the audit itself, and not with what it looked at."""


def main() -> int:
    """1 where something has a known fault, 2 where nobody could be asked."""
    uv, faulty = sys.argv[1], 0
    for name in NAMES:
        command = [uv, "tool", "run", "--quiet", TOOL, *_OPTIONS, "-r", str(HERE / f"{name}.txt")]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode and (_FAILED in done.stderr or not done.stdout.strip()):
            print(unreachable(name, done.stderr), file=sys.stderr)
            return 2
        print(f"requirements/{name}.txt: {(done.stdout.strip() or done.stderr.strip())}")
        faulty |= done.returncode
    return faulty


def unreachable(name: str, told: str) -> str:
    lines = told.strip().splitlines() or ["no answer"]
    last = lines[-1].removeprefix(f"{_FAILED}._cli:")
    return (
        f"audit: PyPI's advisories could not be read from here, so nothing was found out about requirements/{name}.txt "
        f"({last[:100].rstrip()}). Run it where pypi.org can be reached: uvx {TOOL} {' '.join(_OPTIONS)} "
        f"-r requirements/{name}.txt"
    )


if __name__ == "__main__":
    sys.exit(main())
