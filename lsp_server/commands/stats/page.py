"""The figures of `coterie stats` as a page of HTML that needs nothing else: no script, no link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from ensemble.learning.figures import OutcomeFigures, OutcomeStatistics
from lsp_server.commands.stats.columns import HEADINGS, cells, sections

_WIDTH, _HEIGHT = 900, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 46, 24, 34
_DAYS = 90
_PARTS = {
    "accepted": "#16a34a", "partial": "#86efac", "typed": "#2563eb", "passed": "#d1d5db",
    "dismissed": "#f87171", "ignored": "#f3f4f6",
}  # fmt: skip
"""What the columns of the picture are made of, from the bottom up."""

_LINE = "#b45309"

_STYLE = (
    "body{font:14px/1.5 system-ui,sans-serif;color:#1f2937;max-width:1060px;margin:2rem auto;"
    "padding:0 1rem}h1{font-size:1.4rem}h2{font-size:1.05rem;margin-top:2rem}"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
    "th,td{padding:.2rem .5rem;text-align:right;border-bottom:1px solid #e5e7eb}"
    "th:first-child,td:first-child{text-align:left}svg{width:100%;height:auto}"
    "svg text{font:11px system-ui,sans-serif;fill:#4b5563}.key{display:inline-block;width:.8em;"
    "height:.8em;margin:0 .3em 0 1em;border:1px solid #9ca3af}.lead{color:#4b5563}"
)


def page(statistics: OutcomeStatistics) -> str:
    """Return the page."""
    total = statistics.total
    days = list(statistics.by_day)
    span = f"{days[0]} to {days[-1]}" if days else "nothing recorded yet"
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f"<title>Coterie: what became of suggestions</title><style>{_STYLE}</style></head><body>",
        "<h1>What became of suggestions</h1>",
        f'<p class="lead">{escape(span)}. {_sentence(total)}</p>',
        *_picture(statistics.by_day),
        *(line for name, rows in sections(statistics) for line in _table(name, rows)),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _sentence(total: OutcomeFigures) -> str:
    if total.acceptance is None:
        return "No suggestion was shown."
    return (
        f"{total.shown} suggestions shown, {total.acceptance:.1%} of them accepted wholly or in "
        f"part ({total.characters} characters), {total.undone} undone."
    )


def _table(name: str, rows: Mapping[str, OutcomeFigures]) -> Iterator[str]:
    yield f"<h2>By {escape(name)}</h2><table>"
    yield f"<tr>{''.join(f'<th>{escape(h)}</th>' for h in (name, *HEADINGS))}</tr>"
    for label, figures in rows.items():
        row = "".join(f"<td>{escape(cell)}</td>" for cell in (label, *cells(figures)))
        yield f"<tr>{row}</tr>"
    yield "</table>"


def _picture(by_day: Mapping[str, OutcomeFigures]) -> Iterator[str]:
    """Yield the days as columns of what became of the suggestions shown, and acceptance as a
    line."""
    days = list(by_day.items())[-_DAYS:]
    if not days:
        return
    most = max(figures.shown for _, figures in days) or 1
    step = (_WIDTH - _LEFT - _RIGHT) / len(days)
    bottom = _HEIGHT - _BOTTOM
    yield "<h2>By day: how many were shown, and the part that was accepted</h2>"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        'aria-label="suggestions and acceptance by day">'
    )
    yield f'<path d="M{_LEFT} {_TOP}V{bottom}H{_WIDTH - _RIGHT}V{_TOP}" fill="none" stroke="#999"/>'
    yield f'<text x="{_LEFT - 6}" y="{_TOP + 4}" text-anchor="end">{most}</text>'
    yield f'<text x="{_WIDTH - _RIGHT + 6}" y="{_TOP + 4}">100 %</text>'
    yield f'<text x="{_WIDTH - _RIGHT + 6}" y="{bottom}">0 %</text>'
    points = []
    for number, (day, figures) in enumerate(days):
        left = _LEFT + number * step
        yield from _column(figures, left + step * 0.1, step * 0.8, most)
        if number in (0, len(days) - 1):
            anchor = "start" if number == 0 else "end"
            x = left if number == 0 else left + step
            if len(days) > 1 or number == 0:
                yield (
                    f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="{anchor}">{escape(day)}'
                    "</text>"
                )
        if figures.acceptance is not None:
            points.append(f"{left + step / 2:.1f},{_height(figures.acceptance):.1f}")
    yield f'<polyline points="{" ".join(points)}" fill="none" stroke="{_LINE}" stroke-width="2"/>'
    for point in points:
        across, _, down = point.partition(",")
        yield f'<circle cx="{across}" cy="{down}" r="3" fill="{_LINE}"/>'
    yield "</svg>"
    keys = "".join(
        f'<span class="key" style="background:{color}"></span>{name}'
        for name, color in (*_PARTS.items(), ("acceptance", _LINE))
    )
    yield f'<p class="lead">{keys}</p>'


def _column(figures: OutcomeFigures, left: float, width: float, most: int) -> Iterator[str]:
    below = 0
    for name, color in _PARTS.items():
        count = int(getattr(figures, name))
        if count:
            top, foot = _height((below + count) / most), _height(below / most)
            yield (
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" '
                f'height="{foot - top:.1f}" fill="{color}"><title>{name}: {count}</title></rect>'
            )
        below += count


def _height(part: float) -> float:
    return _HEIGHT - _BOTTOM - part * (_HEIGHT - _TOP - _BOTTOM)
