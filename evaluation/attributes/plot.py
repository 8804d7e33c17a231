"""Reliability plots: how often an attribute is right at each stated rate."""

from collections.abc import Sequence
from io import BytesIO

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..plot import COLOURS, GREY, INK, RULE
from .figures import BINS, Reliability

COLUMNS = 4


def reliability(measured: Sequence[Reliability], kind: str) -> bytes | None:
    """One small plot per attribute, as "svg" or "png"; None without attributes."""
    if not measured:
        return None
    rows = -(-len(measured) // COLUMNS)
    style = {"font.family": "DejaVu Sans", "font.size": 8, "text.color": INK, "axes.labelcolor": INK}
    with matplotlib.rc_context(style | {"svg.hashsalt": "visage"}):
        figure = Figure(figsize=(8, 2.4 * rows), layout="constrained")
        for number, each in enumerate(measured, 1):
            _draw(figure.add_subplot(rows, COLUMNS, number), each)
        stream = BytesIO()
        figure.savefig(stream, format=kind, dpi=200, metadata={"Date": None} if kind == "svg" else None)
    return stream.getvalue()


def _draw(axes: Axes, measured: Reliability) -> None:
    """The share right over the stated rate; the bars below show how many faces have which rate."""
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=(0, (1, 3)), zorder=1)
    for each in measured.bins:
        place = min(int(each.rate * BINS), BINS - 1) / BINS
        axes.bar(place, each.count / measured.faces, 1 / BINS, align="edge", color=RULE, zorder=1)
        ends = [[each.right.value - each.right.low], [each.right.high - each.right.value]]
        axes.errorbar(each.rate, each.right.value, ends, fmt="o", markersize=4, color=COLOURS[0], zorder=3)
    axes.set(xlim=(0.25, 1.02), ylim=(0, 1.05), xlabel="rate stated", ylabel="share right")
    axes.set_title(f"{measured.attribute}: {measured.faces:,} faces, error {measured.error:.3f}", fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(color=GREY, labelcolor=INK)
