"""What a reward is fitted on: groups of candidates of which it is known whether they were right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from ensemble.linear.linear_scorer import Features


class RewardRow(msgspec.Struct, frozen=True):
    """A group of candidates and what became of it. A row holds no text; a log may keep it."""

    features: Features
    """The group's features."""
    right: bool
    """Whether its text passed the task's test or is the original; of a local outcome, whether it
    was accepted and kept."""
    hole: str
    """The same for all groups of one election, whose rows come in its order."""
    problem: str
    """A task's problem, or a document: rows of one problem are not independent, so they are drawn
    and held out together."""


def problems_of(rows: Iterable[RewardRow]) -> list[str]:
    """Return the problems in the order in which they come."""
    return list(dict.fromkeys(row.problem for row in rows))


def elections(rows: Iterable[RewardRow]) -> dict[str, list[int]]:
    """Return for each hole the indices of its rows, in order."""
    found: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        found.setdefault(row.hole, []).append(index)
    return found


def first_ones(rows: Sequence[RewardRow], scores: Sequence[float]) -> list[int]:
    """Return for each hole the index of the row that comes first: texts that passed visible tests
    before texts without such tests, then by score; of equals, the one that the vote put first."""
    return [
        max(indices, key=lambda i: (rows[i].features.get("tests", 0.0) > 0, scores[i], -i))
        for indices in elections(rows).values()
    ]
