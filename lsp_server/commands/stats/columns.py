"""Which figures are shown to people, in the terminal and on the page."""

from __future__ import annotations

from collections.abc import Mapping

from ensemble.learning.figures import OutcomeFigures, OutcomeStatistics

HEADINGS = (
    "shown", "accepted", "partly", "typed", "passed", "dismissed", "ignored", "kept", "undone",
    "acceptance", "p50 ms", "p90 ms", "p99 ms",
)  # fmt: skip
"""The columns of every table, behind the name."""

_SHOWN_DAYS = 14


def sections(statistics: OutcomeStatistics) -> list[tuple[str, Mapping[str, OutcomeFigures]]]:
    """Return the tables that are shown, by what tells their rows apart."""
    days = dict(list(statistics.by_day.items())[-_SHOWN_DAYS:])
    return [
        ("model", {**statistics.by_model, "all": statistics.total}),
        ("tier", statistics.by_tier),
        ("language", statistics.by_language),
        ("trigger", statistics.by_trigger),
        ("day", days),
    ]


def cells(figures: OutcomeFigures) -> tuple[str, ...]:
    """Return a row of a table, without its name."""
    f = figures
    counts = (
        f.shown, f.accepted, f.partial, f.typed, f.passed, f.dismissed, f.ignored, f.kept, f.undone,
    )  # fmt: skip
    acceptance = "–" if f.acceptance is None else f"{f.acceptance:.1%}"
    latencies = (f.latency_p50, f.latency_p90, f.latency_p99)
    return (
        *(str(count) for count in counts),
        acceptance,
        *("–" if latency is None else f"{latency:.0f}" for latency in latencies),
    )
