"""How one tensor comes out of several: pure functions of arrays.

Interpolations (soup, SLERP) need the models alone. The others add up task vectors, which are what
fine-tuning changed in a common base: they need that base.

Every method starts from one of its arguments and adds differences to it. Equal models therefore
give that model again, to the last bit, which a sum of weighted tensors would not.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence

import numpy as np

from ensemble.merging.gguf_model import Floats

_PARALLEL = 1e-6
"""Below this sine the arc between two tensors is a straight line in single precision."""


def soup(tensors: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """Return the average with these weights, which need not add up to 1.

    Wortsman et al. 2022, "Model soups" (arXiv 2203.05482), section 2: the uniform soup; with
    weights, any point between the models.
    """
    first = tensors[0]
    total = sum(weights)
    mean = np.array(first, np.float32)
    for tensor, weight in zip(tensors[1:], weights[1:], strict=True):
        mean += np.float32(weight / total) * (tensor - first)
    return mean


def slerp(first: Floats, second: Floats, part: float) -> Floats:
    """Return the point at `part` (0 to 1) of the way along the arc from `first` to `second`.

    Shoemake 1985, "Animating rotation with quaternion curves", section 3.3, with the whole tensor
    as one vector: unlike in an average, what the two do not share is not shrunk. Vectors that are
    parallel, opposite or zero have no arc, and are averaged.
    """
    angle = _angle(first, second)
    sine = math.sin(angle)
    if sine < _PARALLEL:
        return soup((first, second), (1 - part, part))
    ahead = np.float32(math.sin((1 - part) * angle) / sine)
    behind = np.float32(math.sin(part * angle) / sine)
    return ahead * first + behind * second


def task_arithmetic(base: Floats, tensors: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """Return the base with every task vector added, each times its weight.

    Ilharco et al. 2023, "Editing models with task arithmetic" (arXiv 2212.04089), section 2; a
    negative weight takes a skill away.
    """
    merged = np.array(base, np.float32)
    for tensor, weight in zip(tensors, weights, strict=True):
        merged += np.float32(weight) * (tensor - base)
    return merged


def ties(
    base: Floats, tensors: Sequence[Floats], weights: Sequence[float], density: float, scale: float
) -> Floats:
    """Trim each task vector to its largest entries, elect a sign per entry, average the entries
    that bear it, and add that, times `scale`, to the base.

    Yadav et al. 2023, "TIES-Merging" (arXiv 2306.01708), section 4 and algorithm 1. `density` is
    the part of the entries that stay. The paper trims the model as a whole; here each tensor is
    trimmed by itself, which needs no second pass over the files. Weights count in the election and
    in the average; the paper's are equal.
    """
    elected = np.zeros(base.shape, np.float32)
    for tensor, weight in zip(tensors, weights, strict=True):
        elected += np.float32(weight) * trimmed(tensor - base, density)
    np.sign(elected, out=elected)
    total, bearers = np.zeros(base.shape, np.float32), np.zeros(base.shape, np.float32)
    # The trimmed vectors are computed again rather than kept: memory would grow with the models.
    for tensor, weight in zip(tensors, weights, strict=True):
        change = trimmed(tensor - base, density)
        agrees = (np.sign(change) == elected) & (change != 0)
        np.add(total, np.float32(weight) * change, out=total, where=agrees)
        np.add(bearers, np.float32(weight), out=bearers, where=agrees)
    np.divide(total, bearers, out=total, where=bearers != 0)
    total *= np.float32(scale)
    total += base
    return total


def trimmed(change: Floats, density: float) -> Floats:
    """Return a task vector in which only this part of the entries, the largest, is not zero.

    Entries as large as the smallest that stays, stay.
    """
    kept = round(density * change.size)
    if kept >= change.size:
        return change
    if kept == 0:
        return np.zeros_like(change)
    sizes = np.abs(change).reshape(-1)
    sizes.partition(change.size - kept)
    return np.where(np.abs(change) >= sizes[change.size - kept], change, np.float32(0))


def dare(
    base: Floats,
    tensors: Sequence[Floats],
    weights: Sequence[float],
    density: float,
    seed: int,
    name: str,
) -> Floats:
    """Return the base with every task vector added after dropping entries of it at random.

    Yu et al. 2024, "Language models are super Mario" (arXiv 2311.03099), section 3.1: an entry
    stays with probability `density`, and is then divided by it, so that its expectation is what it
    was. What stays depends on the seed, on the tensor's `name` and on the model's index alone.
    """
    merged = np.array(base, np.float32)
    for index, (tensor, weight) in enumerate(zip(tensors, weights, strict=True)):
        drawn = np.random.default_rng([seed, index, zlib.crc32(name.encode())])
        stays = drawn.random(base.shape, np.float32) < density
        merged += np.where(stays, np.float32(weight / density) * (tensor - base), np.float32(0))
    return merged


def _angle(first: Floats, second: Floats) -> float:
    """Return the angle between two tensors in radians, 0 if one of them is zero.

    Kahan 2006, "How futile are mindless assessments of roundoff", section 12: exact for equal
    tensors and near them, where the cosine says nothing.
    """
    lengths = np.linalg.norm(first), np.linalg.norm(second)
    if not all(lengths):
        return 0.0
    left, right = first / lengths[0], second / lengths[1]
    apart, together = float(np.linalg.norm(left - right)), float(np.linalg.norm(left + right))
    return 2 * math.atan2(apart, together)
