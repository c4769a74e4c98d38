"""Which policies a search looks at: patterns of cascades to begin with, and a policy's neighbors.

The space is small on purpose. With a few hundred holes a finer one would be fitted to chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf, log

import msgspec

from code_checks.hole import Extent
from ensemble.evaluation.members import Member
from ensemble.policy.policy import Policy, Selection, Tier, VoteKey

_ALONE, _TWO_AGREE = 0.5, 0.85
_QUORUMS = (_ALONE, 0.6, 0.75, _TWO_AGREE, 1.0)
_LONGEST = (None, 0, 20, 40, 60)
_VOTE_CHARS = (None, 30, 50, 80)
_MOST_MEMBERS = 6
_LEAST_OF_BEST = 0.5
_LEAST_WEIGHT = 0.05


@dataclass(frozen=True, slots=True)
class ModelAccuracy:
    """What was measured of one model alone."""

    member: Member
    """The model."""
    accuracy: float
    """How often its first text is right, 0 to 1, smoothed."""
    confidences: tuple[float, ...] = ()
    """The quintiles of its first texts' mean log-probabilities; none if it tells no
    probabilities."""


def beginnings(
    accuracies: Mapping[str, ModelAccuracy], extents: tuple[Extent, ...], *, cautious: bool
) -> Iterator[Policy]:
    """Yield the patterns over every choice of models, the cheapest asked first.

    If `cautious`, only what tests passed and two that agree may decide: what decides is shown
    whatever the minimum, so a calibrated minimum needs deciders that are surer than it.
    """
    names = worth_asking(accuracies)
    base = Policy(
        (), name="", minimum_agreement=0.0, prefer=tuple(names), tested_extents=extents,
        selection=Selection.TEXT, test_samples=0, last_resort=True,
    )  # fmt: skip
    cheapest_first = sorted(names, key=lambda name: (accuracies[name].member.cost, name))
    for size in range(1, len(names) + 1):
        for chosen in combinations(cheapest_first, size):
            tiers = tuple(Tier(n, cost=round(accuracies[n].member.cost, 6)) for n in chosen)
            for pattern in _cautious_patterns(tiers) if cautious else _patterns(tiers):
                yield msgspec.structs.replace(base, tiers=pattern)


def worth_asking(accuracies: Mapping[str, ModelAccuracy]) -> list[str]:
    """Return the models that take part, the better first: of those that are right at least half as
    often as the best, the best few. A worse model brings noise to a vote and to the search."""
    ranked = sorted(accuracies, key=lambda name: (-accuracies[name].accuracy, name))
    least = _LEAST_OF_BEST * accuracies[ranked[0]].accuracy
    return [name for name in ranked if accuracies[name].accuracy >= least][:_MOST_MEMBERS]


def _patterns(tiers: tuple[Tier, ...]) -> Iterator[tuple[Tier, ...]]:
    """Yield what may decide: the first candidate that passes the checks, two that agree, tests
    alone, or all together."""
    yield _with(tiers, quorum=_ALONE)
    if len(tiers) > 1:
        yield _with(tiers[:1], quorum=_ALONE) + _with(tiers[1:], quorum=_TWO_AGREE)
        yield from _cautious_patterns(tiers)
        yield _with(tiers, quorum=_ALONE, decides=False)


def _cautious_patterns(tiers: tuple[Tier, ...]) -> Iterator[tuple[Tier, ...]]:
    """Yield what may decide: only a candidate that passes tests, or also two that agree."""
    yield _with(tiers, quorum=_ALONE, longest=0)
    if len(tiers) > 1:
        first = _with(tiers[:1], quorum=_ALONE, longest=0)
        yield first + _with(tiers[1:], quorum=_TWO_AGREE)


def _with(tiers: tuple[Tier, ...], **changes: object) -> tuple[Tier, ...]:
    return tuple(msgspec.structs.replace(tier, **changes) for tier in tiers)


def neighbors(policy: Policy, accuracies: Mapping[str, ModelAccuracy]) -> Iterator[Policy]:
    """Yield the policies that differ in one thing."""
    for number, tier in enumerate(policy.tiers):
        for changed in _changed_tiers(tier, accuracies[tier.model]):
            tiers = (*policy.tiers[:number], changed, *policy.tiers[number + 1 :])
            yield msgspec.structs.replace(policy, tiers=tiers)
        if len(policy.tiers) > 1:
            tiers = (*policy.tiers[:number], *policy.tiers[number + 1 :])
            yield msgspec.structs.replace(policy, tiers=tiers)
        if number:
            one, other = policy.tiers[number - 1 : number + 1]
            tiers = (*policy.tiers[: number - 1], other, one, *policy.tiers[number + 1 :])
            yield msgspec.structs.replace(policy, tiers=tiers)
    for key in (VoteKey.TREE, VoteKey.TEXT, VoteKey.STATEMENT):
        yield msgspec.structs.replace(policy, key=key)
    for vote_chars in _VOTE_CHARS:
        yield msgspec.structs.replace(policy, vote_chars=vote_chars)
    for weights in ({}, vote_weights(accuracies, [tier.model for tier in policy.tiers])):
        yield msgspec.structs.replace(policy, weights=weights)


def _changed_tiers(tier: Tier, model: ModelAccuracy) -> Iterator[Tier]:
    for quorum in _QUORUMS:
        yield msgspec.structs.replace(tier, quorum=quorum, decides=True)
    yield msgspec.structs.replace(tier, quorum=_ALONE, decides=False)
    for longest in _LONGEST:
        yield msgspec.structs.replace(tier, longest=longest)
    for samples in range(1, min(model.member.samples, 3) + 1):
        yield msgspec.structs.replace(tier, samples=samples)
    for confidence in (-inf, *model.confidences):
        yield msgspec.structs.replace(tier, confidence=confidence)


def vote_weights(accuracies: Mapping[str, ModelAccuracy], names: Sequence[str]) -> dict[str, float]:
    """Return the weights that are best for independent voters: the logarithm of the odds that each
    is right (Nitzan and Paroush 1982), scaled to a mean of 1. A model that is more often wrong than
    right keeps hardly any."""
    odds = {
        name: max(_LEAST_WEIGHT, log(accuracies[name].accuracy / (1 - accuracies[name].accuracy)))
        for name in names
    }
    mean = sum(odds.values()) / len(odds)
    return {name: round(weight / mean, 2) for name, weight in odds.items()}
