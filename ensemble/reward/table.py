"""Rows of features as a table of numbers, each column standardized."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from ensemble.reward.regression import Array
from ensemble.reward.reward_model import Column
from ensemble.reward.reward_rows import RewardRow, problems_of

_LEAST_SPREAD = 1e-6


@dataclass(frozen=True, slots=True)
class Table:
    """Standardized values, a row for each row and a column for each feature; what was right (0 or
    1), and the number of each row's problem."""

    columns: tuple[Column, ...]
    values: Array
    right: Array
    problems: tuple[str, ...]
    numbers: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Sequence[RewardRow], names: Sequence[str]) -> Table:
        raw = _raw(rows, names)
        means = np.nanmean(raw, axis=0)
        filled = np.where(np.isnan(raw), means, raw)
        columns = tuple(
            Column(name, round(float(mean), 6), max(_LEAST_SPREAD, round(float(scale), 6)))
            for name, mean, scale in zip(names, means, filled.std(axis=0), strict=True)
        )
        scaled = [[column.standardized(row.features) for column in columns] for row in rows]
        problems = tuple(problems_of(rows))
        order = {problem: number for number, problem in enumerate(problems)}
        return cls(
            columns,
            np.array(scaled, dtype=float).reshape(len(rows), len(columns)),
            np.array([row.right for row in rows], dtype=float),
            problems,
            np.array([order[row.problem] for row in rows]),
        )

    def only(self, names: Sequence[str]) -> Array:
        """Return the values of these columns."""
        return self.values[:, [n for n, c in enumerate(self.columns) if c.name in names]]

    def of_problems(self, problems: frozenset[str]) -> NDArray[np.bool_]:
        """Return which rows belong to these problems."""
        inside = np.array([problem in problems for problem in self.problems])
        return inside[self.numbers]


def varying(rows: Sequence[RewardRow]) -> list[str]:
    """Return the features that are not the same wherever they are known."""
    names = sorted({name for row in rows for name in row.features})
    raw = _raw(rows, names)
    spread = np.nanmax(raw, axis=0) - np.nanmin(raw, axis=0)
    return [name for name, width in zip(names, spread, strict=True) if width > _LEAST_SPREAD]


def _raw(rows: Sequence[RewardRow], names: Sequence[str]) -> Array:
    """Return the values as they are, NaN where a numeric feature is unknown."""
    return np.array(
        [[row.features.get(n, 0.0 if ":" in n else nan) for n in names] for row in rows]
    ).reshape(len(rows), len(names))
