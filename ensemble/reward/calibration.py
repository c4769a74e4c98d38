"""How good scores between 0 and 1 are: how well they tell right from wrong, how well they are
calibrated, and which threshold keeps most of the right ones."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import msgspec
import numpy as np

_BINS = 10


class Bin(msgspec.Struct, frozen=True):
    """Scores of about the same height."""

    count: int
    """How many they are."""
    score: float
    """Their mean."""
    right: float
    """The part, 0 to 1, of what has them that is right."""


def area_under_curve(scores: Sequence[float], right: Sequence[bool]) -> float:
    """Return the probability that a right one has a higher score than a wrong one, ties counted
    half (the area under the ROC curve; Hanley and McNeil 1982). 0.5 if there are only right ones or
    only wrong ones."""
    values, labels = np.asarray(scores, dtype=float), np.asarray(right, dtype=bool)
    good, bad = values[labels], values[~labels]
    if not good.size or not bad.size:
        return 0.5
    difference = good[:, None] - bad[None, :]
    return float(np.mean(np.where(difference == 0, 0.5, difference > 0)))


def reliability(scores: Sequence[float], right: Sequence[bool], bins: int = _BINS) -> list[Bin]:
    """Return the points of a reliability diagram: scores in bins of equal width, empty ones left
    out (Niculescu-Mizil and Caruana 2005)."""
    values, labels = np.asarray(scores, dtype=float), np.asarray(right, dtype=float)
    numbers = np.minimum((values * bins).astype(int), bins - 1)
    return [
        Bin(int(inside.sum()), float(values[inside].mean()), float(labels[inside].mean()))
        for number in range(bins)
        if (inside := numbers == number).any()
    ]


def calibration_error(scores: Sequence[float], right: Sequence[bool], bins: int = _BINS) -> float:
    """Return the expected calibration error: how far scores are from the part that is right, the
    mean over bins by their size (Guo et al. 2017)."""
    points = reliability(scores, right, bins)
    return sum(p.count * abs(p.score - p.right) for p in points) / max(1, len(scores))


def threshold_keeping(scores: Sequence[float], right: Sequence[bool], part: float) -> float:
    """Return the highest threshold that at least this part of further right ones is expected to
    reach (split conformal prediction, Papadopoulos et al. 2002); 0 where there are too few."""
    good = sorted((s for s, is_right in zip(scores, right, strict=True) if is_right), reverse=True)
    needed = ceil(part * (len(good) + 1) - 1e-9)
    return good[needed - 1] if 0 < needed <= len(good) else 0.0
