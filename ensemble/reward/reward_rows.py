"""What a reward is fitted on: groups of candidates of which it is known whether they were right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from ensemble.linear.linear_scorer import Features


class RewardRow(msgspec.Struct, frozen=True):
    """A group's features and what became of it.

    `right`: its text passed the task's test or is the original; of a local outcome, it was accepted
    and kept. `hole` tells which rows stood for election together, the strongest first; rows of one
    `problem` (a task's problem, a document) are not independent, so they are drawn and held out
    together. Rows hold no text; a log may keep them.
    """

    features: Features
    right: bool
    hole: str
    problem: str


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
    """Return for each hole the index of the row that comes first: what passed visible tests before
    what could not be tested, then by score; of equals, the one that the vote put first."""
    return [
        max(indices, key=lambda i: (rows[i].features.get("tests", 0.0) > 0, scores[i], -i))
        for indices in elections(rows).values()
    ]
