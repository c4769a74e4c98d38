"""Quality against cost as a picture: SVG, written by hand, that any browser shows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from ensemble.evaluation.plans import PlanKind
from ensemble.evaluation.results import Result

_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#1f2937}.axis{stroke:#9ca3af}.grid{stroke:#e5e7eb}"
    ".title{font-size:15px;font-weight:600}.muted{fill:#6b7280}"
)
_WIDTH, _HEIGHT = 960, 540
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 290, 62, 56
_LINE_HEIGHT = 15
_COLORS = {PlanKind.SINGLE: "#6b7280", PlanKind.POLICY: "#2563eb", PlanKind.BOUND: "#d97706"}


@dataclass(frozen=True, slots=True)
class _Frame:
    """The ranges that the picture shows."""

    cheapest: float
    """The least cost, at the left; the axis is logarithmic."""
    dearest: float
    """The largest cost, at the right."""
    lowest: float
    """The least pass@1, at the bottom."""
    highest: float
    """The largest pass@1, at the top."""

    @classmethod
    def around(cls, results: Sequence[Result]) -> _Frame:
        costs = [result.cost for result in results if result.cost > 0] or [1.0]
        low = min(result.ci95[0] for result in results)
        high = max(result.ci95[1] for result in results)
        return cls(
            min(costs) / 1.4, max(costs) * 1.4, math.floor(low * 20) / 20, math.ceil(high * 20) / 20
        )

    def x(self, cost: float) -> float:
        part = math.log(max(cost, self.cheapest) / self.cheapest)
        whole = math.log(self.dearest / self.cheapest)
        return _LEFT + part / whole * (_WIDTH - _LEFT - _RIGHT)

    def y(self, rate: float) -> float:
        part = (rate - self.lowest) / (self.highest - self.lowest or 1.0)
        return _HEIGHT - _BOTTOM - part * (_HEIGHT - _TOP - _BOTTOM)

    def costs(self) -> list[float]:
        """Return 1, 2 and 5 times the powers of ten that lie in the range."""
        first, last = math.floor(math.log10(self.cheapest)), math.ceil(math.log10(self.dearest))
        ticks = [step * 10.0**power for power in range(first, last + 1) for step in (1, 2, 5)]
        return [tick for tick in ticks if self.cheapest <= tick <= self.dearest]

    def rates(self) -> list[float]:
        """Return the multiples of 5 or 10 % that lie in the range."""
        step = 5 if self.highest - self.lowest <= 0.5 else 10
        first, last = round(self.lowest * 100), round(self.highest * 100)
        return [percent / 100 for percent in range(first, last + 1) if percent % step == 0]


def picture(
    results: Mapping[str, Result], title: str, axis: str = "cost of a task, relative"
) -> str:
    """Return an SVG document: each policy's pass@1 with its interval against its cost, which
    `axis` names."""
    frame = _Frame.around([*results.values()])
    parts = [*_axes(frame, axis), *_points(frame, results)]
    return svg_document(_WIDTH, _HEIGHT, _LEFT, title, parts)


def _axes(frame: _Frame, axis: str) -> Iterator[str]:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    for rate in frame.rates():
        y = frame.y(rate)
        yield f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{rate:.0%}</text>'
    for cost in frame.costs():
        x = frame.x(cost)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{cost:g}</text>'
    yield f'<path class="axis" fill="none" d="M{_LEFT} {_TOP}V{bottom}H{right}"/>'
    middle = (_LEFT + right) / 2
    yield (
        f'<text class="muted" x="{middle:.0f}" y="{_HEIGHT - 14}" text-anchor="middle">'
        f"{escape(axis)}, logarithmic</text>"
    )
    yield f'<text class="muted" x="12" y="{_TOP - 14}">pass@1, with its 95 % interval</text>'


def _points(frame: _Frame, results: Mapping[str, Result]) -> Iterator[str]:
    heights = _label_heights([frame.y(result.pass_at_1) for result in results.values()])
    labels = _WIDTH - _RIGHT + 14
    for (name, result), height in zip(results.items(), heights, strict=True):
        color = _COLORS[PlanKind(result.kind)]
        x, y = frame.x(result.cost), frame.y(result.pass_at_1)
        low, high = (frame.y(end) for end in result.ci95)
        yield (
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}" '
            f'stroke="{color}" stroke-opacity=".5"/>'
        )
        yield (
            f'<path d="M{x + 6:.1f} {y:.1f}L{labels - 4} {height - 4:.1f}" stroke="{color}" '
            'stroke-opacity=".25"/>'
        )
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{color}"/>'
        yield (
            f'<text x="{labels}" y="{height:.1f}" style="fill:{color}">'
            f"{escape(name)} {result.pass_at_1:.1%}</text>"
        )


def _label_heights(wanted: Sequence[float]) -> list[float]:
    """Return heights near the wanted ones at which one-line labels don't overlap."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    heights = [0.0] * len(wanted)
    lowest_free = _TOP + 4.0
    for index in order:
        heights[index] = max(wanted[index] + 4, lowest_free)
        lowest_free = heights[index] + _LINE_HEIGHT
    overflow = max(0.0, lowest_free - _LINE_HEIGHT - (_HEIGHT - 8))
    return [height - overflow for height in heights]


def svg_document(width: int, height: int, left: int, title: str, parts: Iterable[str]) -> str:
    """Return a document of this size in pixels: the title, `left` of the edge, and the parts."""
    begun = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{escape(title, quote=True)}">',
        f"<style>{_STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text class="title" x="{left}" y="26">{escape(title)}</text>',
    )
    return "\n".join([*begun, *parts, "</svg>"]) + "\n"
