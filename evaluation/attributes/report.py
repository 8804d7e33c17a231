"""The results, for people (HTML, terminal) and programs (JSON)."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from markupsafe import Markup

from .. import sheets
from ..collection import Remark
from ..report import environment, estimate
from ..sheets import Sheet
from . import plot
from .figures import Reliability, Row

_NAMED = 5
"""Files listed per remark in the terminal; the report lists all."""
INTERVAL = "95 %, Wilson; for the balanced accuracy Newcombe's of two shares"


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report."""

    folder: str
    images: int
    faces: int
    """Images with a face."""
    version: str
    """SHA-256 of the network, its first 16 digits."""
    rows: tuple[Row, ...]
    reliabilities: tuple[Reliability, ...]
    remarks: tuple[Remark, ...]
    sheets: tuple[Sheet, ...]

    def write(self, out: Path) -> None:
        """Write the report into the folder `out`: report.html is self-contained, the other files are its parts."""
        out.mkdir(parents=True, exist_ok=True)
        for earlier in (*out.glob("*_as_*.png"), *out.glob("reliability.*")):
            earlier.unlink()
        for kind in ("svg", "png"):
            if drawing := plot.reliability(self.reliabilities, kind):
                (out / f"reliability.{kind}").write_bytes(drawing)
        for sheet in self.sheets:
            (out / f"{sheet.name}.png").write_bytes(sheets.png(sheet))
        (out / "figures.json").write_text(self.json())
        (out / "report.html").write_text(self.html())

    def json(self) -> str:
        document = asdict(self)
        for sheet in document["sheets"]:
            for cell in sheet["cells"]:
                del cell["pictures"]
        return json.dumps({"interval": INTERVAL} | document, indent=1, ensure_ascii=False) + "\n"

    def html(self) -> str:
        curve = plot.reliability(self.reliabilities, "svg")
        drawing = Markup(curve[curve.index(b"<svg") :].decode()) if curve else None
        template = environment().get_template("attributes/report.html")
        return template.render(report=self, plot=drawing, interval=INTERVAL)

    def summary(self) -> Iterator[str]:
        """The lines for the terminal."""
        yield f"{self.folder}: {self.images:,} labelled images, a face in {self.faces:,}. 95 % intervals in brackets."
        yield ""
        yield f"  {'':<22}{'yes':>6}{'no':>7}   {'balanced accuracy':<30}{'recall of yes':<30}recall of no"
        for row in self.rows:
            shares = [estimate(share) for share in (row.balanced_accuracy, row.found, row.spared)]
            yield f"  {row.name:<22}{row.yes:>6,}{row.no:>7,}   {shares[0]:<30}{shares[1]:<30}{shares[2]}"
        yield ""
        for each in self.reliabilities:
            yield f"  {each.attribute + ': expected calibration error':<44}{each.error:.3f}  {each.faces:,} faces"
        for remark in self.remarks:
            names = ", ".join(remark.about[:_NAMED])
            more = f" and {len(remark.about) - _NAMED:,} more" if len(remark.about) > _NAMED else ""
            yield f"! {remark.text}" + (f" {names}{more}" if names else "")
