"""`make bench-check`: holds the ratios of the last run against the committed ones; --commit commits them.

Ratios, not times, which differ from machine to machine. Fails where one is more than 15 % worse, where a part failed,
and where what was committed was not measured; a part that was skipped is only told.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import tables
from bench.figures import RESULTS, Result, results

COMMITTED = Path(__file__).with_name("committed.json")
LOSS = 0.15
"""More than this is a loss; less is the noise of a busy machine."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one committed ratio."""

    text: str
    bad: bool


def compare(committed: Mapping[str, Any], measured: Sequence[Result]) -> list[Verdict]:
    """A verdict for each committed ratio, in order, and for each part that failed."""
    parts = {result.part: result for result in measured}
    verdicts = [Verdict(f"{each.part} failed: {each.failed}", bad=True) for each in measured if each.failed]
    for part, ratios in committed["parts"].items():
        result = parts.get(part)
        if result is None:
            verdicts.append(Verdict(f"{part} was not measured: python -m bench {part}", bad=True))
            continue
        if result.skipped:
            verdicts.append(Verdict(f"{part} was skipped: {result.skipped}", bad=False))
            continue
        verdicts += (_verdict(what, before, result.claims().get(what)) for what, before in ratios.items())
    return verdicts


def _verdict(what: str, before: float, now: float | None) -> Verdict:
    if now is None:
        return Verdict(f"{what}: was not measured; {before:.2f} is committed", bad=True)
    loss = now / before - 1
    return Verdict(f"{what}: {now:.2f}, committed {before:.2f} ({loss:+.0%})", bad=loss > LOSS)


def record(measured: Iterable[Result], before: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be committed: the claims of all parts that were measured, and as before those of the others."""
    measured = [each for each in measured if each.figures and not each.failed and not each.skipped]
    if not measured:
        raise SystemExit("there is nothing to commit: python -m bench")
    newest = max(measured, key=lambda each: each.date)
    ratios = {each.part: {what: round(ratio, 3) for what, ratio in each.claims().items()} for each in measured}
    return {"date": newest.date, "machine": newest.machine, "parts": before.get("parts", {}) | ratios}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.check", description=__doc__)
    written = f"write the last run's ratios into {COMMITTED.name}, its tables into docs/{tables.DOCUMENT.name}"
    parser.add_argument("--commit", action="store_true", help=written)
    committed = json.loads(COMMITTED.read_text()) if COMMITTED.exists() else {}
    if parser.parse_args().commit:
        tables.write(list(results()))
        COMMITTED.write_text(json.dumps(record(results(), committed), indent=1, ensure_ascii=False) + "\n")
        return 0
    verdicts = compare(committed, list(results(RESULTS)))
    print(f"against {committed['machine']}, {committed['date']}; a loss of more than {LOSS:.0%} fails")
    for verdict in verdicts:
        print(f"{'LOSS' if verdict.bad else 'ok  '}  {verdict.text}")
    return int(any(verdict.bad for verdict in verdicts))


if __name__ == "__main__":
    sys.exit(main())
