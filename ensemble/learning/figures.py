"""What outcomes amount to: counts, shares and percentiles, of all and by what they differ in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

import msgspec

from ensemble.learning.outcomes import SuggestionEnding, SuggestionOutcome

_WELL_KEPT = 0.9


class OutcomeFigures(msgspec.Struct, frozen=True):
    """What became of some suggestions.

    `answered` were sent to the editor; `shown` of these are those that it says it showed, or all
    where it says nothing of the kind. Of the shown ones each is `accepted` as a whole, `partial`,
    `typed` by hand, `passed` over, `dismissed` or `ignored`. `kept` and `undone` are of those that
    were accepted wholly or in part; a text counts as kept if nine tenths of it stayed.
    `acceptance` is the share, 0 to 1, of the shown that were accepted wholly or in part,
    `characters` what was inserted thereby. Latencies are in milliseconds, of suggestions for which
    a model was asked; None if there are none.
    """

    answered: int = 0
    shown: int = 0
    accepted: int = 0
    partial: int = 0
    typed: int = 0
    passed: int = 0
    dismissed: int = 0
    ignored: int = 0
    kept: int = 0
    undone: int = 0
    characters: int = 0
    acceptance: float | None = None
    agreement: float | None = None
    latency_p50: float | None = None
    latency_p90: float | None = None
    latency_p99: float | None = None


class OutcomeStatistics(msgspec.Struct, frozen=True):
    """The document that `coterie stats --json` prints: all figures, and by model, tier (counted
    from 1), language, trigger and day."""

    total: OutcomeFigures
    by_model: dict[str, OutcomeFigures]
    by_tier: dict[str, OutcomeFigures]
    by_language: dict[str, OutcomeFigures]
    by_trigger: dict[str, OutcomeFigures]
    by_day: dict[str, OutcomeFigures]


def statistics_of(outcomes: Sequence[SuggestionOutcome]) -> OutcomeStatistics:
    """Return what outcomes amount to. Pure."""
    return OutcomeStatistics(
        figures_of(outcomes),
        _by(outcomes, lambda outcome: outcome.model),
        _by(outcomes, lambda outcome: str(outcome.tier + 1)),
        _by(outcomes, lambda outcome: outcome.language),
        _by(outcomes, lambda outcome: outcome.trigger),
        dict(sorted(_by(outcomes, lambda outcome: outcome.day).items())),
    )


def figures_of(outcomes: Sequence[SuggestionOutcome]) -> OutcomeFigures:
    """Return the figures of some outcomes. Pure."""
    shown = [outcome for outcome in outcomes if outcome.shown]
    ends = Counter(outcome.ending for outcome in shown)
    taken = [o for o in shown if o.ending in (SuggestionEnding.ACCEPTED, SuggestionEnding.PARTIAL)]
    asked = sorted(outcome.latency_ms for outcome in outcomes if not outcome.remembered)
    return OutcomeFigures(
        answered=len(outcomes),
        shown=len(shown),
        **{ending.value: ends[ending] for ending in SuggestionEnding},
        kept=sum((outcome.kept or 0.0) >= _WELL_KEPT for outcome in taken),
        undone=sum(outcome.undone for outcome in taken),
        characters=sum(round(outcome.accepted * outcome.characters) for outcome in taken),
        acceptance=round(len(taken) / len(shown), 4) if shown else None,
        agreement=round(fmean(outcome.share for outcome in shown), 4) if shown else None,
        latency_p50=percentile(asked, 0.5),
        latency_p90=percentile(asked, 0.9),
        latency_p99=percentile(asked, 0.99),
    )


def percentile(ordered: Sequence[float], part: float) -> float | None:
    """Return the smallest of ordered values that at least this part of them does not exceed (the
    nearest rank); None of none."""
    if not ordered:
        return None
    rank = -int(-part * len(ordered) // 1)
    return ordered[max(0, min(len(ordered), rank) - 1)]


def _by(
    outcomes: Iterable[SuggestionOutcome], key: Callable[[SuggestionOutcome], str]
) -> dict[str, OutcomeFigures]:
    """Return the figures of each group, the largest first."""
    groups: dict[str, list[SuggestionOutcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return {name: figures_of(group) for name, group in ordered}
