"""Runs independent steps, so that one failure does not stop the others."""

from collections.abc import Callable, Iterable
from typing import Any


def run_all(steps: Iterable[Callable[[], Any]]) -> list[Any]:
    """Run all steps and return their results. Failures are raised together, after every step has run."""
    results, failures = [], []
    for step in steps:
        try:
            results.append(step())
        except Exception as failure:
            failures.append(failure)
    if failures:
        raise ExceptionGroup("some steps failed", failures)
    return results
