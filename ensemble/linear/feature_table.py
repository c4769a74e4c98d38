"""Rows of named features as a table of numbers, each column standardized."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from ensemble.linear.linear_scorer import Column, Features, is_indicator
from ensemble.linear.logistic_regression import Array

_LEAST_SPREAD = 1e-6


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """What a regression is fitted to: rows of features, with their outcomes."""

    columns: tuple[Column, ...]
    """One for each feature."""
    values: Array
    """Standardized; of the shape (rows, columns)."""
    right: Array
    """For each row how right it was, 0 to 1."""
    problems: tuple[str, ...]
    """The problems, each once. Rows of one problem are not independent of each other."""
    numbers: NDArray[np.int64]
    """For each row the index of its problem."""

    @classmethod
    def of(
        cls,
        features: Sequence[Features],
        right: Iterable[float],
        problems: Sequence[str],
        names: Sequence[str],
        missing: float = nan,
    ) -> FeatureTable:
        """Return the table of the features with these names.

        Where a row lacks one that is no indicator, its value is `missing`; NaN stands for the mean.
        """
        raw = _raw(features, names, missing)
        unknown = np.isnan(raw)
        means = np.nanmean(raw, axis=0)
        scales = np.where(unknown, means, raw).std(axis=0)
        columns = tuple(
            Column(name, round(float(mean), 6), max(_LEAST_SPREAD, round(float(scale), 6)))
            for name, mean, scale in zip(names, means, scales, strict=True)
        )
        mean, scale = (np.array([getattr(c, key) for c in columns]) for key in ("mean", "scale"))
        distinct = tuple(dict.fromkeys(problems))
        order = {problem: number for number, problem in enumerate(distinct)}
        return cls(
            columns,
            (np.where(unknown, mean, raw) - mean) / scale,
            np.array([*right], dtype=float),
            distinct,
            np.array([order[problem] for problem in problems], dtype=np.int64),
        )

    def only(self, names: Collection[str]) -> Array:
        """Return the values of these columns."""
        return self.values[:, [n for n, c in enumerate(self.columns) if c.name in names]]

    def rows_of(self, problems: frozenset[str]) -> NDArray[np.bool_]:
        """Return for each row whether it belongs to one of these problems."""
        inside = np.array([problem in problems for problem in self.problems])
        return inside[self.numbers]


def varying(features: Sequence[Features], missing: float = nan) -> list[str]:
    """Return the names of the features that are not the same wherever they are known; `missing` as
    for a table."""
    names = sorted({name for row in features for name in row})
    raw = _raw(features, names, missing)
    spread = np.nanmax(raw, axis=0) - np.nanmin(raw, axis=0)
    return [name for name, width in zip(names, spread, strict=True) if width > _LEAST_SPREAD]


def _raw(features: Sequence[Features], names: Sequence[str], missing: float) -> Array:
    """Return the values as they are."""
    defaults = [0.0 if is_indicator(name) else missing for name in names]
    raw = [[row.get(n, d) for n, d in zip(names, defaults, strict=True)] for row in features]
    return np.array(raw, dtype=float).reshape(len(features), len(names))
