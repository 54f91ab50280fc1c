"""Draws a report as one SVG: shares of the budget, and cost against size.

In: figures, series, budgets. Out: SVG text. Refuses to know: how anything was measured.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from math import log10

from bench.figure import Budget, Figure, Series

WIDTH, ROW, LEFT, FULL = 960, 24, 470, 240
"""Pixels: picture, one bar with its gap, where bars begin, a whole budget."""
BOX = 300
"""Pixels of a small chart, side by side."""
MET, MISSED, INK = "#0c6b45", "#a01c1c", "#222"


def draw(figures: Iterable[Figure], series: Sequence[Series], budgets: dict[str, Budget]) -> str:
    """Return the picture; a figure without a budget has no bar, bars end at twice the budget."""
    shown = [f for f in figures if f.key in budgets]
    bars_end = 40 + ROW * len(shown)
    rows = (len(series) + 2) // 3
    height = bars_end + 20 + rows * (BOX - 60)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="12" fill="{INK}">'
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<line x1="{LEFT + FULL}" x2="{LEFT + FULL}" y1="22" y2="{bars_end}" stroke="{INK}" '
        'stroke-dasharray="4"/>',
        f'<text x="{LEFT + FULL + 4}" y="16">budget</text>',
    ]
    parts += [_bar(f, budgets[f.key], 30 + ROW * n) for n, f in enumerate(shown)]
    for n, one in enumerate(series):
        parts.append(_chart(one, 20 + n % 3 * (BOX + 10), bars_end + 20 + n // 3 * (BOX - 60)))
    return "".join([*parts, "</svg>"])


def _bar(figure: Figure, budget: Budget, top: int) -> str:
    width = min(2.0, budget.share(figure.value)) * FULL
    colour = MET if budget.holds(figure.value) else MISSED
    name = f"{figure.key.partition('.')[0]} {figure.text}: {figure.value:.4g} {figure.unit}"
    return (
        f'<text x="8" y="{top + 13}">{escape(name)} ({escape(budget.text())})</text>'
        f'<rect x="{LEFT}" y="{top}" width="{width:.0f}" height="{ROW - 6}" fill="{colour}"/>'
    )


def _chart(series: Series, left: int, top: int) -> str:
    width, height = BOX - 60, 130
    sizes = [log10(max(1.0, size)) for size, _ in series.points]
    span = (max(sizes) - min(sizes)) or 1.0
    highest = max(cost for _, cost in series.points) or 1.0
    places = [
        (left + 40 + (x - min(sizes)) / span * width, top + 30 + height * (1 - cost / highest))
        for x, (_, cost) in zip(sizes, series.points, strict=True)
    ]
    line = " ".join(f"{x:.0f},{y:.0f}" for x, y in places)
    marks = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3" fill="{MET}"/>'
        f'<text x="{x - 10:.0f}" y="{y - 6:.0f}">{cost:.3g}</text>'
        f'<text x="{x - 12:.0f}" y="{top + height + 46}">{size:g}</text>'
        for (x, y), (size, cost) in zip(places, series.points, strict=True)
    )
    title = escape(f"{series.key.partition('.')[0]} {series.cost} by {series.size}")
    return (
        f'<text x="{left}" y="{top + 12}">{title}</text>'
        f'<polyline points="{line}" fill="none" stroke="{MET}" stroke-width="2"/>{marks}'
    )
