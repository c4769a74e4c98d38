"""What outcomes amount to: counts, shares and percentiles, of all and by what they differ in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

import msgspec

from ensemble.learning.outcomes import SuggestionEnding, SuggestionOutcome

_WELL_KEPT = 0.9
"""The part of an accepted text that must still stand for the text to count as kept."""


class OutcomeFigures(msgspec.Struct, frozen=True):
    """What became of some suggestions: counts, and what follows from them. A share or a latency
    of no suggestions is None."""

    answered: int = 0
    """Those that were sent to the editor."""
    shown: int = 0
    """Of these, those that it says it showed, or all where it says nothing of the kind."""
    accepted: int = 0
    """Of the shown ones, those that were inserted as a whole."""
    partial: int = 0
    """Of the shown ones, those of which words or lines were inserted."""
    typed: int = 0
    """Of the shown ones, those that were typed by hand."""
    passed: int = 0
    """Of the shown ones, those instead of which something else was typed."""
    dismissed: int = 0
    """Of the shown ones, those that were sent away."""
    ignored: int = 0
    """Of the shown ones, those without any of these endings."""
    kept: int = 0
    """Of those accepted wholly or in part, those of which nine tenths stayed."""
    undone: int = 0
    """Of those accepted wholly or in part, those that were taken back."""
    characters: int = 0
    """What was inserted by accepting."""
    acceptance: float | None = None
    """The part, 0 to 1, of the shown ones that were accepted wholly or in part."""
    agreement: float | None = None
    """The mean share of the votes, 0 to 1, of the shown ones."""
    latency_p50: float | None = None
    """The median, in milliseconds, of those for which a model was asked."""
    latency_p90: float | None = None
    """The same at the ninetieth percentile."""
    latency_p99: float | None = None
    """The same at the ninety-ninth percentile."""


class OutcomeStatistics(msgspec.Struct, frozen=True):
    """The document that `coterie stats --json` prints."""

    total: OutcomeFigures
    """Of all suggestions."""
    by_model: dict[str, OutcomeFigures]
    """By the model that wrote them."""
    by_tier: dict[str, OutcomeFigures]
    """By the tier of that model, counted from 1."""
    by_language: dict[str, OutcomeFigures]
    """By the document's LSP language identifier."""
    by_trigger: dict[str, OutcomeFigures]
    """By whether the request was automatic or invoked."""
    by_day: dict[str, OutcomeFigures]
    """By day, as in 2025-01-31, the earliest first."""


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
