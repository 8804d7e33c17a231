"""`make bench-check`: which ratios are a loss."""

import pytest

from bench.check import compare, record
from bench.figures import Figure, Result

MACHINE = "a processor, 2 cores"


def measured(part: str = "compare", ratio: float = 1.2, **said: str) -> Result:
    figures = [Figure("two photos", 12.0, "ms", 5, 10.0, "networks", ratio, goal=1.15), Figure("decode", 3.0, "ms")]
    return Result(part, [] if said.get("skipped") else figures, date="2026-11-29", machine=MACHINE, **said)


def committed(ratio: float = 1.2) -> dict:
    return {"date": "2026-11-01", "machine": MACHINE, "parts": {"compare": {"two photos": ratio}}}


@pytest.mark.parametrize(("ratio", "bad"), [(1.0, False), (1.2, False), (1.37, False), (1.39, True), (2.4, True)])
def test_more_than_fifteen_percent_is_a_loss(ratio, bad):
    (verdict,) = compare(committed(1.2), [measured(ratio=ratio)])
    assert verdict.bad is bad
    assert "two photos" in verdict.text and f"{ratio:.2f}" in verdict.text and "1.20" in verdict.text


def test_what_was_committed_must_be_measured():
    (missing,) = compare(committed(), [])
    assert missing.bad and "python -m bench compare" in missing.text
    other = Result("compare", [Figure("three photos", 1.0, "ms", goal=2)], date="2026-11-29", machine=MACHINE)
    (unknown,) = compare(committed(), [other])
    assert unknown.bad and "two photos" in unknown.text


def test_a_part_that_failed_is_bad_even_if_its_ratios_are_there():
    verdicts = compare(committed(), [measured(failed="OSError: no photo")])
    assert [verdict.bad for verdict in verdicts] == [True, False]
    assert "OSError: no photo" in verdicts[0].text


def test_a_part_that_cannot_be_measured_here_is_told_and_passes():
    (verdict,) = compare(committed(), [measured(skipped="dlib is not installed")])
    assert not verdict.bad and "dlib is not installed" in verdict.text


def test_claims_are_committed_and_those_of_parts_that_were_not_measured_stay():
    before = committed(9.0) | {"parts": {"compare": {"two photos": 9.0}, "peer": {"theirs": 0.2}}}
    skipped = measured("peer", skipped="no")
    written = record([measured(ratio=1.23456), measured("large", failed="MemoryError: "), skipped], before)
    assert written == {
        "date": "2026-11-29", "machine": MACHINE, "parts": {"compare": {"two photos": 1.235}, "peer": {"theirs": 0.2}},
    }  # fmt: skip
    assert not any(verdict.bad for verdict in compare(written, [measured(ratio=1.23456), skipped]))


def test_nothing_is_committed_of_a_run_that_measured_nothing():
    with pytest.raises(SystemExit, match="nothing to commit"):
        record([measured(failed="OSError: ")], {})


def test_a_result_survives_its_file(tmp_path):
    result = measured()
    result.write(tmp_path)
    assert Result.read(tmp_path / "compare.json") == result


def test_the_ratio_is_that_of_the_pairs_where_there_were_pairs():
    assert Figure("a", 12.0, "ms", 5, 10.0, ratio=1.3).quotient == 1.3
    assert Figure("a", 12.0, "ms", 5, 10.0).quotient == pytest.approx(1.2)
    assert Figure("a", 12.0, "ms").quotient is None


def test_a_ratio_to_a_floor_of_microseconds_is_no_claim():
    figures = [Figure("short", 1.0, "ms", 5, 0.1, goal=2), Figure("long", 1.0, "ms", 5, 0.6, goal=2),
               Figure("light", 0.2, "MiB", 1, 0.1, goal=2), Figure("no goal", 9.0, "ms", 5, 3.0)]  # fmt: skip
    assert Result("search", figures, date="2026-11-29", machine=MACHINE).claims().keys() == {"long", "light"}
