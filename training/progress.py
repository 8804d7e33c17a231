"""What a training run prints."""

import time
from collections.abc import Callable

import numpy as np

EVERY = 50
"""Steps from one line to the next."""


def progress(name: str) -> Callable[[int, float], None]:
    """A function to call with each step's number and error; it prints their running mean now and then."""
    started, errors = time.monotonic(), []

    def say(step: int, error: float) -> None:
        errors.append(error)
        if step % EVERY == EVERY - 1:
            seconds = time.monotonic() - started
            print(f"{name}: step {step + 1:>5}  loss {np.mean(errors[-EVERY:]):.4f}  {seconds:.0f} s", flush=True)

    return say
