"""Plots the detection error trade-off on normal-deviate axes, where normally distributed scores give a straight line.

A. Martin et al., "The DET curve in assessment of detection task performance", Eurospeech 1997.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from statistics import NormalDist

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure

from .figures import Estimate, Figures

INK, GREY, RULE = "#1f2933", "#7b8794", "#e4e7eb"
COLOURS = ("#1d4ed8", "#c2410c")
TICKS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.05, 0.1, 0.2, 0.4)


def det(measured: Sequence[Figures], kind: str) -> bytes | None:
    """The plot as "svg" or "png"; None if nothing can be drawn."""
    curves = [(figures, points) for figures in measured if (points := _points(figures))]
    if not curves:
        return None
    lowest = np.min([(match, miss.value) for _, points in curves for match, miss in points], axis=0)
    highest = np.max([(match, miss.value) for _, points in curves for match, miss in points], axis=0)
    style = {
        "font.family": "DejaVu Sans",
        "font.size": 9,
        "text.color": INK,
        "axes.labelcolor": INK,
        "svg.hashsalt": "visage",
    }
    with matplotlib.rc_context(style):
        figure = Figure(figsize=(7.2, 5.6), layout="constrained")
        axes = figure.add_subplot()
        for (figures, points), colour in zip(curves, COLOURS, strict=False):
            _draw(axes, figures, points, colour)
        _name_thresholds(axes, curves[-1][0])
        ends = _deviate([1e-7, 0.9])
        axes.plot(ends, ends, color=GREY, linewidth=0.8, linestyle=(0, (1, 3)), zorder=1)
        _axis(axes.xaxis, "False match rate: different people taken for one", lowest[0], highest[0])
        _axis(axes.yaxis, "False non-match rate: one person taken for two", lowest[1], highest[1])
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(GREY)
        axes.grid(color=RULE, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, borderaxespad=0.2)
        stream = BytesIO()
        figure.savefig(stream, format=kind, dpi=200, metadata={"Date": None} if kind == "svg" else None)
    return stream.getvalue()


def _points(figures: Figures) -> list[tuple[float, Estimate]]:
    """The points of the curve with errors: 0 and 1 have no normal deviate."""
    both = zip(figures.curve.false_match_rate, figures.curve.false_non_match_rate, strict=True)
    return [(match, miss) for match, miss in both if miss is not None and 0 < miss.value < 1]


def _draw(axes: Axes, figures: Figures, points: list[tuple[float, Estimate]], colour: str) -> None:
    """Draw one curve with its interval, and the shipped thresholds on it."""
    x = _deviate([match for match, _ in points])
    low, middle, high = (_deviate([getattr(miss, end) for _, miss in points]) for end in ("low", "value", "high"))
    label = f"{figures.name}: {figures.genuine_pairs:,} genuine, {figures.impostor_pairs:,} impostor pairs"
    axes.fill_between(x, low, high, color=colour, alpha=0.12, linewidth=0, zorder=2)
    axes.plot(x, middle, color=colour, linewidth=1.8, label=label, zorder=3)
    for _, place in _shipped(figures):
        axes.plot(*place, "o", markersize=6, color="white", markeredgecolor=colour, markeredgewidth=1.6, zorder=4)


def _name_thresholds(axes: Axes, figures: Figures) -> None:
    for score, place in _shipped(figures):
        axes.annotate(f"{score:g}", place, (8, 6), textcoords="offset points", weight="bold", zorder=5)


def _shipped(figures: Figures) -> Iterator[tuple[float, np.ndarray]]:
    """The calibration's thresholds and their positions, as far as the impostor pairs support the rate."""
    least = figures.curve.false_match_rate[0]
    for row in figures.thresholds:
        match, miss = row.false_match_rate, row.false_non_match_rate
        if row.stated_rate and match and miss and match.value >= least and miss.value:
            yield row.score, _deviate([match.value, miss.value])


def _axis(axis: Axis, label: str, least: float, most: float) -> None:
    """Set up an axis with room around the data, covering at least some decades."""
    axis.set_ticks(_deviate(TICKS), [f"{100 * tick:g} %" for tick in TICKS])
    axis.set_tick_params(color=GREY, labelcolor=INK)
    axis.set_label_text(label)
    axis.axes.set(**{f"{axis.axis_name}lim": _deviate([min(least / 2, 1e-3), min(0.9, max(most * 1.5, 0.2))])})


def _deviate(rates: Sequence[float]) -> np.ndarray:
    """The normal deviates of rates; 0 and 1 map far outside the plot."""
    return np.array([NormalDist().inv_cdf(min(max(rate, 1e-9), 1 - 1e-9)) for rate in rates])
