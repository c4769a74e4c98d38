"""How true scores are, as a picture: a reliability diagram in SVG (Niculescu-Mizil and Caruana
2005)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from ensemble.evaluation.picture import svg_document
from ensemble.reward.calibration import Bin

_WIDTH, _HEIGHT = 960, 480
_LEFT, _TOP, _SIDE = 70, 62, 340
_COLORS = ("#6b7280", "#2563eb", "#d97706", "#059669")
_LABELS = _LEFT + _SIDE + 60
_LINE_HEIGHT = 22
_LARGEST_DOT = 16.0


def reliability_picture(series: Mapping[str, Sequence[Bin]], title: str) -> str:
    """Return an SVG document: for each series the part that is right against the score. Scores are
    true where the points lie on the diagonal; larger points stand for more cases."""
    largest = max((point.count for points in series.values() for point in points), default=1)
    parts = [*_axes()]
    for number, (name, points) in enumerate(series.items()):
        color = _COLORS[number % len(_COLORS)]
        parts += _line(points, color, largest)
        parts.append(
            f'<text x="{_LABELS}" y="{_TOP + 20 + number * _LINE_HEIGHT}" style="fill:{color}">'
            f"{escape(name)}</text>"
        )
    return svg_document(_WIDTH, _HEIGHT, _LEFT, title, parts)


def _axes() -> Iterator[str]:
    right, bottom = _LEFT + _SIDE, _TOP + _SIDE
    for fifth in range(6):
        x, y = _x(fifth / 5), _y(fifth / 5)
        yield f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{fifth / 5:.0%}</text>'
        yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{fifth / 5:g}</text>'
    yield f'<path class="axis" fill="none" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>'
    yield (
        f'<line class="axis" stroke-dasharray="4 4" x1="{_LEFT}" y1="{bottom}" x2="{right}" '
        f'y2="{_TOP}"/>'
    )
    yield (
        f'<text class="muted" x="{_LEFT + _SIDE / 2:.0f}" y="{_HEIGHT - 26}" '
        'text-anchor="middle">score of what would be shown</text>'
    )
    yield f'<text class="muted" x="12" y="{_TOP - 14}">the part of it that is right</text>'


def _line(points: Sequence[Bin], color: str, largest: int) -> Iterator[str]:
    path = "L".join(f"{_x(point.score):.1f} {_y(point.right):.1f}" for point in points)
    yield f'<path d="M{path}" fill="none" stroke="{color}" stroke-opacity=".6"/>'
    for point in points:
        radius = max(2.0, _LARGEST_DOT * (point.count / largest) ** 0.5)
        yield (
            f'<circle cx="{_x(point.score):.1f}" cy="{_y(point.right):.1f}" r="{radius:.1f}" '
            f'fill="{color}" fill-opacity=".55"><title>{point.count} cases</title></circle>'
        )


def _x(score: float) -> float:
    return _LEFT + score * _SIDE


def _y(right: float) -> float:
    return _TOP + (1 - right) * _SIDE
