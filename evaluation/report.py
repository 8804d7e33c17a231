"""The results, for people (HTML, terminal) and programs (JSON)."""

import base64
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import floor, log10
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from . import plot, sheets
from .collection import Remark
from .figures import SAMPLES, Estimate, Figures
from .sheets import Sheet

_NAMED = 5
"""Files listed per remark in the terminal; the report lists all."""


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report."""

    folder: str
    images: int
    people: int
    """People with at least one face found."""
    faces: int
    """Images with a face."""
    version: str
    """Version of the pipeline."""
    thresholds: dict[str, float]
    """FMR → score, from the calibration."""
    figures: tuple[Figures, ...]
    """The first is the requested one."""
    remarks: tuple[Remark, ...]
    sheets: tuple[Sheet, ...]

    def write(self, out: Path) -> None:
        """Write the report into the folder `out`: report.html is self-contained, the other files are its parts."""
        out.mkdir(parents=True, exist_ok=True)
        parts = {"figures.json": _encoded(self.json())}
        parts |= {f"det.{kind}": plot.det(self.figures, kind) for kind in ("svg", "png")}
        parts |= {f"{sheet.name}.png": sheets.png(sheet) if sheet.cells else None for sheet in self.sheets}
        parts["report.html"] = _encoded(self.html(parts["det.svg"]))
        for name, content in parts.items():
            if content is None:  # an earlier run's file must not remain
                (out / name).unlink(missing_ok=True)
            else:
                (out / name).write_bytes(content)

    def json(self) -> str:
        document = asdict(self)
        for sheet in document["sheets"]:
            for cell in sheet["cells"]:
                del cell["pictures"]
        return json.dumps({"interval": INTERVAL} | document, indent=1, ensure_ascii=False) + "\n"

    def html(self, curve: bytes | None) -> str:
        drawing = Markup(curve[curve.index(b"<svg") :].decode()) if curve else None
        return environment().get_template("report.html").render(report=self, curve=drawing, interval=INTERVAL)

    def summary(self) -> Iterator[str]:
        """The lines for the terminal."""
        yield f"{self.folder}: {self.images:,} images, a face in {self.faces:,}; {self.people:,} people"
        for figures in self.figures:
            yield ""
            yield (
                f"{figures.name.capitalize()}: {figures.genuine_pairs:,} genuine pairs of {figures.genuine_people:,}"
                f" people, {figures.impostor_pairs:,} impostor pairs. 95 % intervals in brackets."
            )
            if figures.accuracy:
                yield f"  {'accuracy over ' + str(figures.folds) + ' folds':<36}{estimate(figures.accuracy)}"
            for point in figures.operating_points:
                if point.true_accept_rate:
                    name = f"true accepts at a false match rate of {rate(point.rate)} %"
                    yield f"  {name:<52}{estimate(point.true_accept_rate)}  score {point.score:.2f}"
            yield f"  {'score from':<12}{'stated':>9}   {'false matches':<32}false non-matches"
            for row in figures.thresholds:
                stated = "" if row.stated_rate is None else f"{rate(row.stated_rate)} %"
                match, miss = estimate(row.false_match_rate), estimate(row.false_non_match_rate)
                yield f"  {row.score:<12g}{stated:>9}   {match:<32}{miss}"
            if figures.rejections:
                yield "  when the pairs of the lowest quality are refused, at a score of 80"
            for row in figures.rejections:
                left = f"quality from {row.quality:.0f}"
                yield f"  {'':<12}{rate(row.refused) + ' %':>9}   {left:<32}{estimate(row.false_non_match_rate)}"
        if self.remarks:
            yield ""
        for remark in self.remarks:
            names = ", ".join(remark.about[:_NAMED])
            more = f" and {len(remark.about) - _NAMED:,} more" if len(remark.about) > _NAMED else ""
            yield f"! {remark.text}" + (f" {names}{more}" if names else "")


def environment() -> Environment:
    """The environment of the reports' templates."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"percent": percent, "rate": rate, "estimate": estimate, "data": _data}
    return made


INTERVAL = f"95 %, {SAMPLES} bootstrap samples over people"


def percent(share: float) -> str:
    """A share in per cent: three significant digits, at least two decimals, as in 99.35, 2.98, 0.0100."""
    rounded = float(f"{100 * share:.3g}")
    if share in (0, 1):
        return f"{rounded:g}"
    return f"{100 * share:.{min(7, max(2, 2 - floor(log10(rounded))))}f}"


def rate(share: float) -> str:
    """A round share in per cent, as in 1, 0.1, 0.001."""
    return f"{100 * share:.7f}".rstrip("0").rstrip(".")


def estimate(share: Estimate | None) -> str:
    if share is None:
        return "–"
    return f"{percent(share.value)} % [{percent(share.low)} – {percent(share.high)}]"


def _encoded(text: str) -> bytes:
    """UTF-8; bytes of file names in another encoding become escapes, which JSON accepts."""
    return text.encode(errors="backslashreplace")


def _data(picture: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(picture).decode()
