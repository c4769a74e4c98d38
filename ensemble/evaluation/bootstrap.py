"""Confidence intervals of a mean, bootstrapped by problem."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

RESAMPLES = 10_000
_SEED = 20_081


def bootstrap_interval(
    values: Sequence[float], clusters: Sequence[Hashable], level: float = 0.95
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of the mean of `values` (Efron 1979).

    `clusters` says for each value to what it belongs; whole clusters are drawn, because values of
    one cluster are not independent. The draws are seeded: equal data gives equal intervals. For a
    paired comparison of two policies give the differences of their values.
    """
    sums: dict[Hashable, float] = {}
    counts: dict[Hashable, int] = {}
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] = sums.get(cluster, 0.0) + value
        counts[cluster] = counts.get(cluster, 0) + 1
    if not sums:
        return (0.0, 0.0)
    chance = np.random.default_rng(_SEED)
    size = len(sums)
    drawn = chance.multinomial(size, np.full(size, 1 / size), size=RESAMPLES)
    means = (drawn @ np.array([*sums.values()])) / (drawn @ np.array([*counts.values()]))
    tail = (1 - level) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return (float(low), float(high))
