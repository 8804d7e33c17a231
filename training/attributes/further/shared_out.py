"""Shares rows out among processes that write into one file."""

import itertools
import multiprocessing
from collections.abc import Callable

import numpy as np


def share_out(work: Callable[[range], None], count: int, workers: int) -> None:
    """Call `work` on parts of range(count), each in a process of its own; raises RuntimeError if one fails."""
    context = multiprocessing.get_context("fork")
    ends = np.linspace(0, count, workers + 1).astype(int).tolist()
    running = [context.Process(target=work, args=(range(*both),)) for both in itertools.pairwise(ends)]
    for each in running:
        each.start()
    for each in running:
        each.join()
    if any(each.exitcode for each in running):
        raise RuntimeError("a process has failed")
