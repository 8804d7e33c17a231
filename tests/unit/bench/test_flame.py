"""The tree of calls by processor time."""

from collections import Counter

from bench.flame import sampled, tree


def test_a_call_has_its_own_time_and_that_of_what_it_calls():
    seconds = Counter({("main", "compare", "find"): 0.3, ("main", "compare", "embed", "run"): 0.6,
                       ("main", "compare"): 0.095, ("main", "compare", "rare"): 0.005, ("main",): 9.0})  # fmt: skip
    lines = list(tree(seconds, "compare", calls=10))
    assert [line.split()[-1] for line in lines] == ["compare", "embed", "run", "find"]
    assert lines[0].split()[:2] == ["100.0%", "100.00"]
    assert lines[2] == " 60.0%   60.00 ms      run"


def test_what_takes_time_is_seen():
    def busy():
        return sum(number * number for number in range(2_000_000))

    with sampled() as seconds:
        busy()
    assert any("test_flame.busy" in stack for stack in seconds)
