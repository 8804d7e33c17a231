"""Runs a command that dies with its parent: `python launch.py PARENT COMMAND...`. Needs only the interpreter."""

import os
import sys


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        import ctypes
        import signal

        pr_set_pdeathsig = 1  # from linux/prctl.h; survives exec
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died before prctl took effect
            sys.exit(1)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
