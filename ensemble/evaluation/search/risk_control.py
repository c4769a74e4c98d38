"""Thresholds with a finite-sample guarantee: how sure one must be so that few of those shown are
wrong, and what a request may be expected to cost.

Everything here is about holes like those that were measured: exchangeable with them. Holes of one
problem resemble each other, so it is the problems that are exchangeable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import groupby
from math import ceil, e, exp, fsum, inf, lgamma, log, log1p
from operator import itemgetter
from typing import Any

NOTHING = inf
"""The threshold that no score reaches: nothing may be shown."""


def conformal_mean(losses: Sequence[float], most: float) -> float:
    """Return a bound on the expected loss of one more case: (sum + most) / (n + 1).

    Conformal risk control (Angelopoulos et al. 2022, arXiv 2208.02814, theorem 1): the parameter
    that is chosen as the last one, on a path along which losses only fall, whose bound is at most
    α has an expected loss of at most α on the next case. No loss may exceed `most`.
    """
    return (sum(losses) + most) / (len(losses) + 1)


def conformal_threshold(
    scores: Sequence[float],
    right: Sequence[bool],
    risk: float,
    clusters: Sequence[Hashable] | None = None,
) -> float:
    """Return the lowest score from which on showing keeps the wrong ones among those shown to
    `risk`, in expectation; `NOTHING` if no score does.

    At each distinct score (an agreement stratum) the wrong ones at or above it are counted, and one
    more for the case to come, as a share of those shown: (wrong + 1) / (shown + 1). That is the
    estimate of conformal selection (Jin and Candès 2023, "Selection by prediction with conformal
    p-values"), whose expected false discovery rate it controls. The lowest stratum that satisfies
    it counts, whether or not one above it does: the strata are few, and small ones at the top fail
    for want of cases only.

    `clusters` says to what each case belongs. Whole clusters are exchangeable then, and what is to
    come is one more of them, of which as many are wrong as of the worst one seen.
    """
    lowest, shown = NOTHING, 0
    wrong: Counter[Hashable] = Counter()
    owners = clusters if clusters is not None else range(len(scores))
    cases = sorted(zip(map(_rounded, scores), right, owners, strict=True), key=_by_score)
    for score, alike in groupby(cases, key=itemgetter(0)):
        for _, is_right, owner in alike:
            shown += 1
            wrong[owner] += not is_right
        to_come = max(1, *wrong.values())
        if wrong.total() + to_come <= risk * (shown + to_come):
            lowest = score
    return lowest


def certain_threshold(
    scores: Sequence[float],
    right: Sequence[bool],
    risk: float,
    delta: float,
    clusters: Sequence[Hashable] | None = None,
) -> float:
    """Return a threshold of which one can be sure: with probability 1 − `delta` over the
    calibration cases, at most `risk` of those at or above it are wrong.

    Learn then test (Angelopoulos et al. 2021, arXiv 2110.01052): each stratum's hypothesis "the
    risk is higher" is tested by a p-value, the exact binomial one. Strata are tested in a fixed
    order, from the strictest on, and the first that cannot be rejected ends it, so no correction
    for many tests is needed. Strata with so few cases that even no error could reject are passed
    over: that is decided by their number alone.

    `clusters` says to what each case belongs. Whole clusters are independent then, and what is
    bounded is the mean over them of the part that is wrong of what is shown (`hoeffding_bentkus`).
    """
    lowest = NOTHING
    shown, wrong = Counter[Hashable](), Counter[Hashable]()
    owners = clusters if clusters is not None else range(len(scores))
    cases = sorted(zip(map(_rounded, scores), right, owners, strict=True), key=_by_score)
    for score, alike in groupby(cases, key=itemgetter(0)):
        for _, is_right, owner in alike:
            shown[owner] += 1
            wrong[owner] += not is_right
        if binomial_tail(0, len(shown), risk) > delta:
            continue
        parts = [wrong[owner] / count for owner, count in shown.items()]
        exact = binomial_tail(wrong.total(), len(shown), risk)
        if (exact if clusters is None else hoeffding_bentkus(parts, risk)) > delta:
            break
        lowest = score
    return lowest


def hoeffding_bentkus(losses: Sequence[float], risk: float) -> float:
    """Return a p-value for "these independent losses between 0 and 1 are expected to be above
    `risk`": the less of Hoeffding's bound in its tight form and of Bentkus's, e times a binomial
    tail (Bates et al. 2021, arXiv 2101.02703, section 3.1; learn then test uses it as well)."""
    count, total = len(losses), fsum(losses)
    mean = min(total / count, risk)
    bentkus = e * binomial_tail(ceil(total - 1e-9), count, risk)
    return min(1.0, bentkus, exp(-count * _divergence(mean, risk)))


def _divergence(part: float, chance: float) -> float:
    """Return the Kullback-Leibler divergence of two coins in nats; `chance` is neither 0 nor 1."""
    sides = ((part, chance), (1 - part, 1 - chance))
    return fsum(one * log(one / other) for one, other in sides if one > 0)


def binomial_tail(most: int, trials: int, chance: float) -> float:
    """Return the probability of at most `most` successes in so many trials."""
    if most >= trials:
        return 1.0
    if not 0 < chance < 1:
        return 1.0 if chance <= 0 else 0.0
    return min(1.0, sum(exp(_log_binomial(count, trials, chance)) for count in range(most + 1)))


def _log_binomial(count: int, trials: int, chance: float) -> float:
    ways = lgamma(trials + 1) - lgamma(count + 1) - lgamma(trials - count + 1)
    return ways + count * log(chance) + (trials - count) * log1p(-chance)


def _rounded(score: float) -> float:
    return round(score, 6)


def _by_score(case: tuple[Any, ...]) -> float:
    return -float(case[0])
