"""How the torture measures the memory that hostile web servers take."""

from pathlib import Path

import numpy as np
import pytest

from torture.parts.servers import growth

MIB = 1 << 20


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="a process's peak memory is read from Linux")
def test_what_was_taken_before_does_not_hide_what_is_taken_now():
    np.ones(200 * MIB, np.uint8)  # and given back
    answer, megabytes = growth(lambda: int(np.ones(60 * MIB, np.uint8)[-1]))
    assert answer == 1
    assert 55 < megabytes < 90
